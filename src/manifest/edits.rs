//! The changes to a manifest: found in one pass, written in another, so that memory is allocated once.

use std::collections::HashMap;

use super::signer::{ManifestAccess, ManifestSigner, line_of, policy_of_uri};
use crate::{
    credentials::signed_url::LONGEST_URL,
    error::{Error, ManifestError, Result, UrlError},
    hash_algorithm::HashAlgorithm,
    policy::{Policy, check_covers, resource::Resource},
    text::Excerpt,
    wire::{
        encoding::{Spelling, encode_path_and_query},
        reference::BaseUrl,
        url::{SIGNING_PARAMETERS, Url},
    },
};

/// What stands between a URI and the parameters that are appended to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// The URI ends in a `?`.
    None,
    /// The URI has no query.
    Question,
    /// The URI has a query.
    Ampersand,
}

impl Separator {
    /// For a URI as a client reads it.
    pub(super) fn of(reference: &str) -> Self {
        let located = reference.split('#').next().unwrap_or_default();
        match located.split_once('?') {
            None => Self::Question,
            Some((_, "")) => Self::None,
            Some(_) => Self::Ampersand,
        }
    }

    const fn written(self, ampersand: &str) -> &str {
        match self {
            Self::None => "",
            Self::Question => "?",
            Self::Ampersand => ampersand,
        }
    }
}

/// The parameters of a URI: their place among all the parameters of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Query(u32);

#[derive(Debug, Clone, Copy)]
enum Insert {
    Query(Separator, Query),
    /// The same, with `&` as it is.
    RawQuery(Separator, Query),
    Text(u32),
}

/// `removed` bytes from `at` on are replaced.
#[derive(Debug, Clone, Copy)]
struct Edit {
    at: usize,
    removed: u32,
    insert: Insert,
}

/// A policy that is to be signed, for the URL of so many bytes that stands at `at`.
struct Wanted {
    policy: Policy,
    length: usize,
    at: usize,
}

/// Where the parameters of a URI belong that is written like this: before its fragment, and before the blanks at its end,
/// which clients remove.
fn uri_end(written: &str, meant: &str) -> Result<usize, ManifestError> {
    match (written.find('#'), meant.find('#')) {
        (None, Some(_)) => Err(ManifestError::FragmentInVariable(Excerpt::new(written))),
        (Some(fragment), _) => Ok(fragment),
        (None, None) => {
            let end = trim_end(written).len();
            let is_cut_in_variable = end == written.len() && trim_end(meant).len() < meant.len();
            if is_cut_in_variable { Err(ManifestError::ControlCharacter(Excerpt::new(written))) } else { Ok(end) }
        }
    }
}

fn trim_end(reference: &str) -> &str {
    reference.trim_end_matches(|c: char| c <= ' ')
}

/// The changes to one manifest, in the order of the text.
pub(super) struct Edits<'s> {
    signer: &'s ManifestSigner,
    ampersand: &'static str,
    changes: Vec<Edit>,
    texts: Vec<String>,
    /// One for a grant; for one policy a URI, as many as there are policies.
    queries: Vec<String>,
    wanted: Vec<Wanted>,
    known: HashMap<String, Query>,
    has_raw: bool,
    /// What a grant covers, ready to be compared.
    pattern: Resource,
}

/// Below this many bytes for each change, the list of changes grows as it is needed.
const BYTES_A_CHANGE: usize = 16;

/// The folder of the manifest, among the texts.
const FOLDER: u32 = 0;

impl<'s> Edits<'s> {
    /// The parameters that all URIs have in common, unless each has its own.
    pub(super) const SHARED: Query = Query(0);

    /// `ampersand` is how the format writes `&`; `static_query` are the parameters of
    /// [`ManifestAccess::ManifestUrl`].
    pub(super) fn new(
        signer: &'s ManifestSigner,
        ampersand: &'static str,
        static_query: impl FnOnce(HashAlgorithm) -> String,
    ) -> Self {
        let (queries, pattern) = match &signer.access {
            ManifestAccess::Grant(grant) => {
                let resource = grant.policy().resource().unwrap_or("*");
                (vec![grant.query().replace('&', ampersand)], Resource::new(resource))
            }
            ManifestAccess::EachUri(..) => (Vec::new(), Resource::new("*")),
            ManifestAccess::ManifestUrl(hash) => (vec![static_query(*hash)], Resource::new("*")),
        };
        let texts = vec![signer.base.directory().to_owned()];
        let (changes, wanted, known) = (Vec::new(), Vec::new(), HashMap::new());
        Self { signer, ampersand, changes, texts, queries, wanted, known, has_raw: false, pattern }
    }

    /// Makes room for changes of about every second line.
    pub(super) fn reserve_for(&mut self, text: &str) {
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        self.changes.reserve((lines / 2 + 8).min(text.len() / BYTES_A_CHANGE));
    }

    /// Signs one URI, if it is to be signed. It starts at `at` in the manifest, is `written` there, and a client reads it
    /// as `meant`, relative to `base`.
    pub(super) fn sign(&mut self, base: &BaseUrl, at: usize, written: &str, meant: &str) -> Result<()> {
        if std::ptr::eq(base, &raw const self.signer.base) && self.signer.is_plain(meant) {
            if self.signer.absolute {
                self.push(at, 0, Insert::Text(FOLDER));
            }
            self.append(at + written.len(), Separator::Question, Query(0));
            return Ok(());
        }
        let Some(url) = self.signer.resolve(base, meant)? else {
            return Ok(());
        };
        let query = self.query(&url, at)?;
        let end = uri_end(written, meant)?;
        let meant = trim_end(meant);
        let separator = if self.signer.absolute || self.is_respelled(&meant[..meant.find('#').unwrap_or(meant.len())]) {
            self.replace(at, end, url.as_str());
            Separator::of(url.as_str())
        } else {
            Separator::of(meant)
        };
        self.append(at + end, separator, query);
        Ok(())
    }

    /// Whether clients may send the URI in different spellings, of which a policy for this URI covers one.
    pub(super) fn is_respelled(&self, located: &str) -> bool {
        matches!(self.signer.access, ManifestAccess::EachUri(..))
            && encode_path_and_query(located.trim_matches(' '), Spelling::Pattern) != located
    }

    /// The parameters that sign the URL of the URI at `at`.
    pub(super) fn query(&mut self, url: &Url, at: usize) -> Result<Query> {
        match &self.signer.access {
            ManifestAccess::Grant(grant) => {
                let resource = grant.policy().resource().unwrap_or("*");
                check_covers(resource, || &self.pattern, url)?;
                check_length(url.as_str().len(), grant.query())?;
            }
            ManifestAccess::ManifestUrl(_) => check_length(url.as_str().len(), "")?,
            ManifestAccess::EachUri(_, conditions) => {
                let policy = policy_of_uri(url, conditions)?;
                return Ok(self.query_of(policy, url.as_str().len(), at));
            }
        }
        Ok(Query(0))
    }

    /// The parameters that sign everything that a pattern of URLs covers, for a template.
    pub(super) fn query_of_all(&self, pattern: &Url, template: &str) -> Result<Query> {
        match &self.signer.access {
            ManifestAccess::Grant(grant) => {
                grant.policy().check_covers_pattern(pattern.as_str())?;
                check_length(pattern.as_str().len(), grant.query())?;
            }
            ManifestAccess::ManifestUrl(_) => check_length(pattern.as_str().len(), "")?,
            ManifestAccess::EachUri(..) => return Err(ManifestError::Template(Excerpt::new(template)).into()),
        }
        Ok(Self::SHARED)
    }

    /// The parameters of a policy that is yet to be signed, for the URL of `length` bytes that stands at `at`.
    pub(super) fn query_of(&mut self, policy: Policy, length: usize, at: usize) -> Query {
        if let Some(known) = self.known.get(policy.to_json()) {
            return *known;
        }
        let query = Query(index(self.wanted.len()));
        self.known.insert(policy.to_json().to_owned(), query);
        self.wanted.push(Wanted { policy, length, at });
        query
    }

    /// Appends parameters to a URI that ends at `at`.
    pub(super) fn append(&mut self, at: usize, separator: Separator, query: Query) {
        self.push(at, 0, Insert::Query(separator, query));
    }

    /// The same where `&` is not escaped.
    pub(super) fn append_raw(&mut self, at: usize, separator: Separator, query: Query) {
        self.has_raw = true;
        self.push(at, 0, Insert::RawQuery(separator, query));
    }

    /// Replaces `removed` bytes.
    pub(super) fn replace(&mut self, at: usize, removed: usize, text: &str) {
        let insert = Insert::Text(index(self.texts.len()));
        self.texts.push(text.to_owned());
        self.push(at, removed, insert);
    }

    /// The place of a text that is known later, for [`Edits::set_text`].
    pub(super) fn reserve(&mut self, at: usize) -> usize {
        self.replace(at, 0, "");
        self.texts.len() - 1
    }

    pub(super) fn set_text(&mut self, place: usize, text: String) {
        self.texts[place] = text;
    }

    fn push(&mut self, at: usize, removed: usize, insert: Insert) {
        self.changes.push(Edit { at, removed: index(removed), insert });
    }

    /// Makes the signatures that are needed.
    pub(super) fn finish<'t>(mut self, text: &'t str, keep_going: &dyn Fn() -> Result<()>) -> Result<Rewritten<'t>> {
        if let ManifestAccess::EachUri(signer, _) = &self.signer.access {
            let policies: Vec<_> = self.wanted.iter().map(|wanted| &wanted.policy).collect();
            let queries = signer.queries_while(&policies, keep_going)?;
            for (wanted, query) in self.wanted.iter().zip(&queries) {
                check_length(wanted.length, query)
                    .map_err(|error| Error::from(error).in_manifest(line_of(text, wanted.at)))?;
            }
            self.queries = queries.into_iter().map(|query| query.replace('&', self.ampersand)).collect();
        }
        let Self { ampersand, mut changes, texts, queries, has_raw, .. } = self;
        if !changes.is_sorted_by_key(|edit| edit.at) {
            changes.sort_unstable_by_key(|edit| edit.at);
        }
        let raw = |query: &String| query.replace(ampersand, "&");
        let raw_queries = if has_raw { queries.iter().map(raw).collect() } else { Vec::new() };
        Ok(Rewritten { text, ampersand, changes, texts, queries, raw_queries })
    }
}

/// A signed manifest, ready to be written.
#[derive(Debug)]
pub struct Rewritten<'t> {
    text: &'t str,
    ampersand: &'static str,
    changes: Vec<Edit>,
    texts: Vec<String>,
    queries: Vec<String>,
    raw_queries: Vec<String>,
}

impl Rewritten<'_> {
    /// How many bytes the text has.
    #[must_use]
    pub fn len(&self) -> usize {
        let grown = self.changes.iter().map(|edit| {
            let [separator, text] = self.inserted(edit.insert);
            separator.len() + text.len()
        });
        let removed = self.changes.iter().map(|edit| edit.removed as usize);
        self.text.len() + grown.sum::<usize>() - removed.sum::<usize>()
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `write` with each part of the text, in their order, and whether the part was added. Nothing is copied.
    pub fn write_to<'s>(&'s self, mut write: impl FnMut(&'s str, bool)) {
        let mut at = 0;
        for edit in &self.changes {
            write(&self.text[at..edit.at], false);
            let [separator, text] = self.inserted(edit.insert);
            write(separator, true);
            write(text, true);
            at = edit.at + edit.removed as usize;
        }
        write(&self.text[at..], false);
    }

    /// The whole text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.len());
        self.write_to(|part, _| text.push_str(part));
        text
    }

    fn inserted(&self, insert: Insert) -> [&str; 2] {
        match insert {
            Insert::Text(text) => [&self.texts[text as usize], ""],
            Insert::Query(separator, Query(query)) => {
                [separator.written(self.ampersand), &self.queries[query as usize]]
            }
            Insert::RawQuery(separator, Query(query)) => [separator.written("&"), &self.raw_queries[query as usize]],
        }
    }
}

fn check_length(url: usize, query: &str) -> Result<(), UrlError> {
    let length = url + 1 + query.len();
    if length > LONGEST_URL { Err(UrlError::TooLong { length, limit: LONGEST_URL }) } else { Ok(()) }
}

/// No manifest has as many texts as a `u32` counts.
fn index(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32")
}

/// The names of the signing parameters that a custom policy sends.
pub(super) fn parameter_names(hash: HashAlgorithm) -> impl Iterator<Item = &'static str> {
    SIGNING_PARAMETERS
        .into_iter()
        .filter(move |name| *name != "Expires" && (*name != "Hash-Algorithm" || hash == HashAlgorithm::Sha256))
}

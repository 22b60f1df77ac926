//! HLS: where the URIs of a playlist stand ([RFC 8216](https://www.rfc-editor.org/rfc/rfc8216) and its successor,
//! draft-pantos-hls-rfc8216bis).

use memchr::{memchr, memchr_iter};

use super::{
    attributes::{Attribute, Attributes},
    edits::{Edits, Rewritten, parameter_names},
    signer::{ManifestAccess, ManifestSigner, line_of},
    variables::{Variables, query_value},
};
use crate::{
    error::{Error, ManifestError, Result},
    hash_algorithm::HashAlgorithm,
    text::Excerpt,
    wire::{reference::is_located, url::SIGNING_PARAMETERS},
};

const FIRST_LINE: &str = "#EXTM3U";

/// The version that has `QUERYPARAM`.
const STATIC_VERSION: u32 = 11;

/// How many lines are read between two looks at the caller.
const LINES_AT_ONCE: usize = 4_096;

/// Signs the URIs of a playlist, in one pass over its lines.
pub(super) fn sign<'t>(
    signer: &ManifestSigner,
    text: &'t str,
    keep_going: &dyn Fn() -> Result<()>,
) -> Result<Rewritten<'t>> {
    let start = check_start(text)?;
    check_line_ends(text)?;
    let mut playlist = Playlist::new(signer, text);
    let (mut at, mut number) = (start, 0);
    for end in memchr_iter(b'\n', &text.as_bytes()[start..]).map(|end| start + end).chain([text.len()]) {
        number += 1;
        playlist.line(at, &text[at..end]).map_err(|error| error.in_manifest(number))?;
        at = end + 1;
        if number.is_multiple_of(LINES_AT_ONCE) {
            keep_going()?;
        }
    }
    playlist.finish(text, keep_going)
}

/// Where the first line starts, which is after a byte order mark.
fn check_start(text: &str) -> Result<usize, ManifestError> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = body.lines().next().ok_or(ManifestError::Empty)?;
    if first.trim_end() != FIRST_LINE {
        return Err(ManifestError::NotAPlaylist(Excerpt::new(first)));
    }
    Ok(text.len() - body.len())
}

fn check_line_ends(text: &str) -> Result<()> {
    let bytes = text.as_bytes();
    let lone = memchr_iter(b'\r', bytes).find(|at| bytes.get(at + 1).is_some_and(|next| *next != b'\n'));
    lone.map_or(Ok(()), |at| Err(Error::from(ManifestError::LoneCarriageReturn).in_manifest(line_of(text, at))))
}

/// What a tag has to do with URIs.
enum Tag {
    /// These attributes are URIs.
    Uris(&'static [(&'static str, Content)]),
    /// The next URI is that of a playlist.
    Variant,
    Define,
    Version,
    Other,
}

/// What a URI leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// A file that is sent unchanged.
    File,
    /// A playlist of this presentation.
    Playlist,
    /// A playlist of another presentation, whose URI may have to be absolute.
    Interstitial,
}

/// The kind of a tag by its name after `#EXT-X-`.
fn kind_of(name: &str) -> Tag {
    use Content::{File, Interstitial, Playlist};

    match name {
        "KEY" | "SESSION-KEY" | "MAP" | "PART" | "PRELOAD-HINT" | "SESSION-DATA" => Tag::Uris(&[("URI", File)]),
        "MEDIA" | "I-FRAME-STREAM-INF" | "IMAGE-STREAM-INF" | "RENDITION-REPORT" => Tag::Uris(&[("URI", Playlist)]),
        "CONTENT-STEERING" => Tag::Uris(&[("SERVER-URI", File)]),
        "DATERANGE" => Tag::Uris(&[("X-ASSET-URI", Interstitial), ("X-ASSET-LIST", File), ("X-URI", File)]),
        "STREAM-INF" => Tag::Variant,
        "DEFINE" => Tag::Define,
        "VERSION" => Tag::Version,
        _ => Tag::Other,
    }
}

/// A playlist that is being read.
struct Playlist<'s> {
    signer: &'s ManifestSigner,
    edits: Edits<'s>,
    variables: Variables,
    /// The next URI line is that of a media playlist.
    variant_follows: bool,
    definitions: Option<Definitions>,
}

/// The definitions of the signing parameters in a static playlist.
struct Definitions {
    hash: HashAlgorithm,
    /// Among the texts of the edits.
    place: usize,
    has_version: bool,
}

impl<'s> Playlist<'s> {
    fn new(signer: &'s ManifestSigner, text: &str) -> Self {
        let mut edits = Edits::new(signer, "&", |hash| static_query(signer, hash));
        edits.reserve_for(text);
        let definitions = match &signer.access {
            ManifestAccess::ManifestUrl(hash) => {
                let second_line = memchr(b'\n', text.as_bytes()).map_or(text.len(), |end| end + 1);
                Some(Definitions { hash: *hash, place: edits.reserve(second_line), has_version: false })
            }
            ManifestAccess::Grant(_) | ManifestAccess::EachUri(..) => None,
        };
        Self { signer, edits, variables: Variables::default(), variant_follows: false, definitions }
    }

    /// Reads one line without its line feed.
    fn line(&mut self, at: usize, line: &str) -> Result<()> {
        if let Some(tag) = line.strip_prefix("#EXT-X-") {
            return self.tag(at + line.len() - tag.len(), tag.trim_end());
        }
        if line.starts_with('#') {
            return Ok(());
        }
        let uri = line.trim_matches([' ', '\t', '\r']);
        if uri.is_empty() || uri.starts_with('#') {
            return Ok(());
        }
        let content = if std::mem::take(&mut self.variant_follows) { Content::Playlist } else { Content::File };
        self.uri(at + line.len() - line.trim_start_matches([' ', '\t', '\r']).len(), uri, content)
    }

    /// Reads a tag; `tag` starts after `#EXT-X-`.
    fn tag(&mut self, at: usize, tag: &str) -> Result<()> {
        let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
        let at = at + tag.len() - value.len();
        match kind_of(name) {
            Tag::Other => {}
            Tag::Variant => self.variant_follows = true,
            Tag::Version => self.version(at, value),
            Tag::Define => self.define(value)?,
            Tag::Uris(names) => {
                for attribute in Attributes::new(value) {
                    let Attribute { name, value, at: place } = attribute?;
                    if let Some((_, content)) = names.iter().find(|(known, _)| *known == name) {
                        self.uri(at + place, value, *content)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn uri(&mut self, at: usize, written: &str, content: Content) -> Result<()> {
        let meant = self.variables.expand(written)?;
        let base = &self.signer.base;
        if self.signer.app_playlists && content != Content::File {
            if !is_located(&meant) {
                return Ok(());
            }
            if content == Content::Playlist && self.signer.resolve(base, &meant)?.is_some() {
                return Err(ManifestError::AbsolutePlaylist(Excerpt::new(&meant)).into());
            }
        }
        self.edits.sign(base, at, written, &meant)
    }

    fn define(&mut self, list: &str) -> Result<()> {
        let (mut name, mut value) = (None, None);
        for attribute in Attributes::new(list) {
            let found = attribute?;
            match found.name {
                "NAME" => name = Some(found.value),
                "VALUE" => value = Some(self.variables.expand(found.value)?.into_owned()),
                "IMPORT" => {
                    name = Some(found.value);
                    value = self.given(found.value);
                }
                "QUERYPARAM" => {
                    name = Some(found.value);
                    value = query_value(self.signer.base.query(), found.value).or_else(|| self.given(found.value));
                }
                _ => {}
            }
        }
        let Some(name) = name else { return Ok(()) };
        if SIGNING_PARAMETERS.contains(&name) {
            return Err(ManifestError::DefinesParameter(Excerpt::new(name)).into());
        }
        self.variables.define(name, value)
    }

    /// The value that the caller has for a variable.
    fn given(&self, name: &str) -> Option<String> {
        self.signer.variables.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())
    }

    /// Raises the version of a static playlist.
    fn version(&mut self, at: usize, value: &str) {
        if let Some(definitions) = &mut self.definitions {
            definitions.has_version = true;
            if value.trim().parse::<u32>().is_ok_and(|version| version < STATIC_VERSION) {
                self.edits.replace(at, value.len(), &STATIC_VERSION.to_string());
            }
        }
    }

    fn finish<'t>(mut self, text: &'t str, keep_going: &dyn Fn() -> Result<()>) -> Result<Rewritten<'t>> {
        if let Some(Definitions { hash, place, has_version }) = self.definitions {
            let version = (!has_version).then(|| format!("#EXT-X-VERSION:{STATIC_VERSION}"));
            let referred = parameter_names(hash).filter(|name| written_out(self.signer, name).is_none());
            let names = referred.map(|name| format!("#EXT-X-DEFINE:QUERYPARAM=\"{name}\""));
            let lines: Vec<String> = version.into_iter().chain(names).collect();
            self.edits.set_text(place, laid_out(&lines, text));
        }
        self.edits.finish(text, keep_going)
    }
}

/// Lines to be inserted after the first line, with the same line ends.
fn laid_out(lines: &[String], text: &str) -> String {
    match text.split_once('\n') {
        None => ["\n", &lines.join("\n")].concat(),
        Some((first, _)) => {
            let end = if first.ends_with('\r') { "\r\n" } else { "\n" };
            [&lines.join(end), end].concat()
        }
    }
}

/// What each URI of a static playlist has for a query.
fn static_query(signer: &ManifestSigner, hash: HashAlgorithm) -> String {
    let pair = |name| match written_out(signer, name) {
        Some(value) => format!("{name}={value}"),
        None => format!("{name}={{${name}}}"),
    };
    parameter_names(hash).map(pair).collect::<Vec<_>>().join("&")
}

/// The value of a parameter that is the same for all viewers, if it is to be written out.
fn written_out<'s>(signer: &'s ManifestSigner, name: &str) -> Option<&'s str> {
    let key_id = signer.key_id.as_deref()?;
    match name {
        "Key-Pair-Id" => Some(key_id),
        "Hash-Algorithm" => Some(HashAlgorithm::Sha256.name()),
        _ => None,
    }
}

//! `ManifestSigner`: which URIs of a manifest are signed, and how.

use crate::{
    credentials::signed_url::LONGEST_URL,
    error::{ManifestError, Result, UrlError},
    hash_algorithm::HashAlgorithm,
    policy::{Conditions, Policy},
    sign::{Grant, Signer, signer::check_key_id},
    text::Excerpt,
    wire::{
        reference::BaseUrl,
        url::{Url, normalize_host},
    },
};

/// How each URI of a manifest gets its signature.
#[derive(Debug, Clone)]
pub enum ManifestAccess {
    /// The parameters of one grant are appended to each URI. The grant has to cover all of them.
    Grant(Box<Grant>),
    /// Each URI gets a custom policy of its own, which ends in `*`, and a signature.
    EachUri(Signer, Conditions),
    /// Each URI takes the parameters from the URL of the manifest when it is played, so that the manifest is the same
    /// for all viewers. The hash decides whether `Hash-Algorithm` is among the parameters.
    ManifestUrl(HashAlgorithm),
}

/// Signs manifests.
///
/// ```
/// use cloudfront_signer::{
///     Conditions, EpochSeconds, KeyKind, ManifestAccess, ManifestSigner, PrivateKey, Signer,
/// };
///
/// let signer = Signer::new("K2JCJMDEHXQW5F", PrivateKey::generate(KeyKind::EcdsaP256)?)?;
/// let until = Conditions::until(EpochSeconds::new(1_767_290_400)?);
/// let grant = signer.grant("https://d111111abcdef8.cloudfront.net/show/*", until)?;
/// let query = grant.query().to_owned();
/// let base_url = "https://d111111abcdef8.cloudfront.net/show/index.m3u8";
/// let signer = ManifestSigner::new(base_url, ManifestAccess::Grant(Box::new(grant)))?;
/// let signed = signer.sign_hls("#EXTM3U\n#EXTINF:4,\n1.ts\n")?;
/// assert_eq!(signed.to_text(), format!("#EXTM3U\n#EXTINF:4,\n1.ts?{query}\n"));
/// # Ok::<(), cloudfront_signer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManifestSigner {
    pub(super) base: BaseUrl,
    pub(super) access: ManifestAccess,
    hosts: Vec<String>,
    pub(super) absolute: bool,
    pub(super) app_playlists: bool,
    pub(super) variables: Vec<(String, String)>,
    /// Written out in static playlists.
    pub(super) key_id: Option<String>,
    /// Up to this many bytes, a plain relative URI needs no comparison with the policy: what the folder of the manifest
    /// contains is covered.
    longest_plain: Option<usize>,
}

impl ManifestSigner {
    /// `base_url` is the absolute URL of the manifest, which relative URIs are resolved against; it may be signed.
    ///
    /// # Errors
    /// [`UrlError`] for the base URL, and [`ManifestError::NarrowPolicy`] for a grant that the parameters which players
    /// add to URLs would make useless.
    pub fn new(base_url: &str, access: ManifestAccess) -> Result<Self> {
        let base = BaseUrl::parse(base_url)?;
        if let ManifestAccess::Grant(grant) = &access {
            check_ends_in_star(grant.policy().resource().unwrap_or("*"))?;
        }
        let longest_plain = longest_plain(&access, base.directory());
        let (hosts, variables) = (Vec::new(), Vec::new());
        Ok(Self { base, access, hosts, absolute: false, app_playlists: false, variables, key_id: None, longest_plain })
    }

    /// The resource that covers everything in the folder of a manifest, by the URL of the manifest.
    ///
    /// # Errors
    /// [`UrlError`], and [`ManifestError::WildcardFolder`] for a folder whose name is a pattern for others.
    pub fn folder_of(base_url: &str) -> Result<String> {
        let base = BaseUrl::parse(base_url)?;
        let folder = base.directory();
        if folder.contains('*') {
            return Err(ManifestError::WildcardFolder(Excerpt::new(folder)).into());
        }
        Ok([folder, "*"].concat())
    }

    /// The same, which also signs URIs of other hosts, such as `cdn.example.com` or `localhost:8080`.
    ///
    /// # Errors
    /// [`UrlError::BadDomain`].
    pub fn with_hosts<H: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = H>) -> Result<Self> {
        for host in hosts {
            let host = host.as_ref();
            let is_bare = !host.contains(['/', '?', '#', '@', '\\']);
            if !is_bare || Url::parse(&["https://", host].concat()).is_err() {
                return Err(UrlError::BadDomain(host.into()).into());
            }
            // Of both schemes: the policy decides about the scheme.
            self.hosts.extend(["https", "http"].map(|scheme| normalize_host(scheme, host).into_owned()));
        }
        Ok(self)
    }

    /// The same, but signed URIs are written as absolute URLs: for a manifest that is sent from another place than its
    /// base URL, such as an application.
    #[must_use]
    pub fn absolute(self) -> Self {
        Self { absolute: true, ..self }
    }

    /// The same, for an application that sends the playlists: [`ManifestSigner::absolute`], except that the URIs of
    /// playlists in an HLS playlist are left unchanged, and so lead to the application.
    #[must_use]
    pub fn with_playlists_from_app(self) -> Self {
        Self { absolute: true, app_playlists: true, ..self }
    }

    /// The same, with values for the variables that an HLS playlist imports: `EXT-X-DEFINE` with `IMPORT`, or with a
    /// `QUERYPARAM` that the base URL does not have.
    #[must_use]
    pub fn with_variables(self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: variables.into_iter().collect(), ..self }
    }

    /// The same, with the key pair id and the hash written out in static HLS playlists, instead of references to the
    /// playlist's URL: names of variables have no hyphens in Shaka Player 5. All viewers' URLs must be signed with that key.
    ///
    /// # Errors
    /// [`SigningError::EmptyKeyId`](crate::SigningError::EmptyKeyId) and
    /// [`SigningError::BadKeyId`](crate::SigningError::BadKeyId).
    pub fn with_key_id(self, key_id: &str) -> Result<Self> {
        check_key_id(key_id)?;
        Ok(Self { key_id: Some(key_id.to_owned()), ..self })
    }

    /// The URL of a URI that is signed, or none: the URI of another scheme or host, and an empty one, are left alone.
    ///
    /// `reference` is the URI as a client reads it: with the values of variables, without the entities of XML.
    pub(super) fn resolve(&self, base: &BaseUrl, reference: &str) -> Result<Option<Url>> {
        let is_own = |host: &str| host == self.base.host() || self.hosts.iter().any(|own| own == host);
        if reference.len() > LONGEST_URL {
            // Not copied: its beginning says whether it is signed.
            let end = (0..=LONGEST_URL).rev().find(|end| reference.is_char_boundary(*end)).unwrap_or_default();
            let found = base.resolve(&reference[..end], is_own)?.map(|_| reference.len());
            return found.map_or(Ok(None), |length| Err(UrlError::TooLong { length, limit: LONGEST_URL }.into()));
        }
        let url = base.resolve(reference, is_own)?;
        if url.is_some() && reference.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(ManifestError::ControlCharacter(Excerpt::new(reference)).into());
        }
        Ok(url)
    }

    /// The same as `longest_plain` for another folder.
    pub(super) fn longest_plain_in(&self, folder: &str) -> Option<usize> {
        longest_plain(&self.access, folder)
    }

    /// Whether a URI that is relative to the folder of the manifest is signed without further questions: nothing in it
    /// is resolved, encoded or compared, because it consists of harmless characters.
    pub(super) fn is_plain(&self, reference: &str) -> bool {
        self.longest_plain.is_some_and(|longest| reference.len() <= longest) && is_plain_reference(reference.as_bytes())
    }
}

/// Up to how many bytes a plain URI that is relative to a folder needs no comparison with the policy.
fn longest_plain(access: &ManifestAccess, folder: &str) -> Option<usize> {
    match access {
        ManifestAccess::Grant(grant) => {
            let room = LONGEST_URL.checked_sub(folder.len() + grant.query().len() + 1);
            room.filter(|_| covers_folder(grant.policy().resource().unwrap_or("*"), folder))
        }
        ManifestAccess::EachUri(..) => None,
        ManifestAccess::ManifestUrl(_) => LONGEST_URL.checked_sub(folder.len()),
    }
}

/// The line, counted from 1, of a place in a manifest.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() + 1
}

/// Whether a resource covers the URL of a folder with any text after it.
fn covers_folder(resource: &str, folder: &str) -> bool {
    let Some(start) = resource.strip_suffix('*') else { return false };
    // A `?` may be a wildcard, or the start of a query.
    !start.contains(['*', '?']) && (start.is_empty() || folder.starts_with(start))
}

fn check_ends_in_star(resource: &str) -> Result<(), ManifestError> {
    if resource.ends_with('*') { Ok(()) } else { Err(ManifestError::NarrowPolicy(Excerpt::new(resource))) }
}

/// The custom policy for one URI. Its `*` lets the parameters pass that players add, and so covers names that begin
/// with this one.
pub(super) fn policy_of_uri(url: &Url, conditions: &Conditions) -> Result<Policy> {
    if Url::parse(url.as_str())?.as_str() != url.as_str() {
        return Err(ManifestError::Wildcard(Excerpt::new(url.as_str())).into());
    }
    Policy::custom(&[url.as_str(), "*"].concat(), conditions.clone())
}

/// A path below the folder without anything that clients treat specially: no scheme, query, fragment, escape, variable
/// or dot segment.
pub(super) fn is_plain_reference(reference: &[u8]) -> bool {
    const HARMLESS: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            #[allow(clippy::cast_possible_truncation, reason = "below 128")]
            let character = byte as u8;
            table[byte] = character.is_ascii_alphanumeric() || matches!(character, b'-' | b'_' | b'.' | b'~' | b'/');
            byte += 1;
        }
        table
    };
    // A segment that starts with a dot may be a dot segment.
    let mut before = b'/';
    let starts_in_folder = !matches!(reference.first(), None | Some(b'/'));
    starts_in_folder
        && reference.iter().all(|byte| {
            let is_harmless = HARMLESS[usize::from(*byte)] && !(before == b'/' && *byte == b'.');
            before = *byte;
            is_harmless
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_covered_by_its_beginning_only() {
        let folder = "https://a.example/b/c/";
        for resource in ["*", "https://a.example/b/c/*", "https://a.example/*", "https://a.example*"] {
            assert!(covers_folder(resource, folder), "{resource}");
        }
        for resource in
            ["https://a.example/b/c/", "https://a.example/b/c/d*", "*://a.example/*", "https://a.example/?/c/*"]
        {
            assert!(!covers_folder(resource, folder), "{resource}");
        }
    }

    #[test]
    fn special_references_are_not_plain() {
        for plain in ["1.ts", "a/b-c_d~1.ts", "a..ts", "a/b..c"] {
            assert!(is_plain_reference(plain.as_bytes()), "{plain}");
        }
        for special in [
            "", "/1.ts", "../1.ts", "./1.ts", "a/../b", "a/.b", "a:b", "a?b", "a#b", "a%2e", "{$a}", "a b", "é", "a\\b",
        ] {
            assert!(!is_plain_reference(special.as_bytes()), "{special}");
        }
    }
}

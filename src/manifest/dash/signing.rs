//! How one URI of an MPD is signed, given all URLs that it is relative to.

use super::{bases::Base, uri::Uri, xml::is_blank};
use crate::{
    error::{ManifestError, Result},
    hash_algorithm::HashAlgorithm,
    manifest::{
        edits::{Edits, Separator},
        signer::{ManifestAccess, ManifestSigner, is_plain_reference},
    },
    text::Excerpt,
    wire::url::Url,
};

/// What a URI leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A segment, or all segments of a Representation.
    Segment,
    /// Segments, by a template.
    Template,
    /// Another document: an MPD, a part of one, a patch, a steering manifest.
    Document,
}

/// The changes to an MPD, and what decides about them.
pub(super) struct Signing<'s> {
    pub(super) signer: &'s ManifestSigner,
    pub(super) edits: Edits<'s>,
}

impl<'s> Signing<'s> {
    pub(super) fn new(signer: &'s ManifestSigner) -> Self {
        // A static MPD has no parameters in its URIs.
        Self { signer, edits: Edits::new(signer, "&amp;", |_: HashAlgorithm| String::new()) }
    }

    /// Whether players take the parameters from the URL of the MPD.
    pub(super) const fn is_static(&self) -> bool {
        matches!(self.signer.access, ManifestAccess::ManifestUrl(_))
    }

    /// Signs a URI that is relative to all of `bases`, if its host is to be signed for. `absolute` writes it as a URL.
    pub(super) fn sign(&mut self, uri: &Uri<'_>, bases: &[Base], target: Target, absolute: bool) -> Result<()> {
        if is_plain(uri, bases) && !absolute && target != Target::Document {
            if !self.is_static() {
                self.append(uri, Separator::Question, Edits::SHARED);
            }
            return Ok(());
        }
        let pattern = if target == Target::Template { uri.pattern() } else { None };
        let urls = self.urls(uri, pattern.as_deref().unwrap_or(&uri.meant), bases)?;
        let Some(first) = urls.first() else { return Ok(()) };
        let mut query = Edits::SHARED;
        for url in &urls {
            query = if pattern.is_some() {
                self.edits.query_of_all(url, &uri.meant)?
            } else {
                self.edits.query(url, uri.at)?
            };
        }
        if self.is_static() {
            let is_segment = target != Target::Document;
            return if is_segment { Ok(()) } else { Err(ManifestError::NotASegment(excerpt(uri)).into()) };
        }
        if matches!(self.signer.access, ManifestAccess::EachUri(..)) && urls.len() > 1 {
            return Err(ManifestError::SeveralUrls(excerpt(uri)).into());
        }
        if absolute || (pattern.is_none() && self.edits.is_respelled(uri.located())) {
            self.replace(uri, first)?;
            self.append(uri, Separator::of(first.as_str()), query);
        } else {
            self.append(uri, Separator::of(&uri.meant), query);
        }
        Ok(())
    }

    /// Writes a URI as the URL that it is, without parameters.
    pub(super) fn make_absolute(&mut self, uri: &Uri<'_>, base: &Base) -> Result<()> {
        match base.resolve(self.signer, &uri.meant)? {
            Some(url) => self.replace(uri, &url),
            None => Ok(()),
        }
    }

    /// The different URLs, of hosts that are signed for, or none.
    fn urls(&self, uri: &Uri<'_>, meant: &str, bases: &[Base]) -> Result<Vec<Url>> {
        let mut urls: Vec<Url> = Vec::new();
        let mut others = 0;
        for base in bases {
            match base.resolve(self.signer, meant)? {
                Some(url) if urls.contains(&url) => {}
                Some(url) => urls.push(url),
                None => others += 1,
            }
        }
        // In a static MPD, each Representation is judged by all its URIs.
        if !urls.is_empty() && others > 0 && !self.is_static() {
            return Err(ManifestError::MixedHosts(excerpt(uri)).into());
        }
        // A reference may spell a blank that is not removed with those around the URI.
        if !urls.is_empty() && uri.meant.trim_matches(is_blank).len() < uri.meant.len() {
            return Err(ManifestError::ControlCharacter(excerpt(uri)).into());
        }
        Ok(urls)
    }

    fn replace(&mut self, uri: &Uri<'_>, url: &Url) -> Result<()> {
        if !uri.is_whole {
            return Err(ManifestError::MarkupInUri(excerpt(uri)).into());
        }
        let url = url.as_str();
        let written = if uri.is_raw { url.to_owned() } else { escaped(url) };
        self.edits.replace(uri.at, uri.end - uri.at, &written);
        Ok(())
    }

    fn append(&mut self, uri: &Uri<'_>, separator: Separator, query: crate::manifest::edits::Query) {
        if uri.is_raw {
            self.edits.append_raw(uri.end, separator, query);
        } else {
            self.edits.append(uri.end, separator, query);
        }
    }
}

/// Whether a URI is signed without further questions, whichever base it is relative to.
fn is_plain(uri: &Uri<'_>, bases: &[Base]) -> bool {
    !bases.is_empty()
        && bases.iter().all(|base| base.covers_plain(uri.meant.len()))
        && is_plain_reference(uri.meant.as_bytes())
}

/// A URL has no other characters that XML reserves in text and attributes: `<`, `>` and `"` are percent-encoded, and `'`
/// in the path only.
pub(super) fn escaped(url: &str) -> String {
    url.replace('&', "&amp;").replace('\'', "&#39;")
}

pub(super) fn excerpt(uri: &Uri<'_>) -> Excerpt {
    Excerpt::new(&uri.meant)
}

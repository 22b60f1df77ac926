//! DASH: where the URIs of an MPD stand (ISO/IEC 23009-1).
//!
//! A `BaseURL` is signed only if it ends a chain and so is what players request: a file whose segments are byte ranges.
//! Players resolve the URIs of segments against other base URLs, and drop their queries (RFC 3986 section 5.2), so those
//! are left unchanged. Which is which is decided at the end of each Representation, by what it inherits.

mod bases;
mod closing;
mod documents;
mod ids;
mod levels;
mod signing;
mod static_query;
mod uri;
mod xml;

use self::{
    bases::{Base, Bases},
    levels::{Inherited, Levels, REPRESENTATION, role},
    signing::{Signing, Target},
    static_query::Properties,
    uri::{Content, Uri},
    xml::{Attribute, Element, Node, Scanner, is_blank},
};
use super::{
    edits::Rewritten,
    signer::{ManifestSigner, line_of},
};
use crate::{
    error::{Error, ManifestError, Result},
    text::Excerpt,
    wire::reference::is_located,
};

/// How many nodes are read between two looks at the caller.
const NODES_AT_ONCE: usize = 4_096;

/// What a URI in the text of an element is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    BaseUrl,
    Document,
    Steering { by_foreign_proxy: bool },
}

/// Signs the URIs of an MPD, in one pass over its elements.
pub(super) fn sign<'t>(
    signer: &ManifestSigner,
    text: &'t str,
    keep_going: &dyn Fn() -> Result<()>,
) -> Result<Rewritten<'t>> {
    let mut mpd = Mpd::new(signer, text)?;
    let mut number = 0_usize;
    while let Some(node) = mpd.scanner.next()? {
        mpd.node(&node)?;
        number += 1;
        if number.is_multiple_of(NODES_AT_ONCE) {
            keep_going()?;
        }
    }
    mpd.signing.edits.finish(text, keep_going)
}

/// An MPD that is being read.
struct Mpd<'s, 't> {
    text: &'t str,
    scanner: Scanner<'t>,
    levels: Levels<'t>,
    manifest: Bases,
    signing: Signing<'s>,
    properties: Properties<'t>,
    /// The URI that is being read, in the text of an element.
    content: Option<(Content, Kind)>,
    /// The blanks that were read last.
    blanks: &'t str,
}

impl<'s, 't> Mpd<'s, 't> {
    fn new(signer: &'s ManifestSigner, text: &'t str) -> Result<Self> {
        let manifest: Bases = [Base::of_manifest(signer)].into();
        Ok(Self {
            text,
            scanner: Scanner::new(text)?,
            levels: Levels::new(text, manifest.clone()),
            manifest,
            signing: Signing::new(signer),
            properties: Properties::default(),
            content: None,
            blanks: "",
        })
    }

    fn node(&mut self, node: &Node<'t>) -> Result<()> {
        let blanks = std::mem::take(&mut self.blanks);
        match node {
            Node::Start(element) => {
                self.start(element, blanks).map_err(|error| self.in_line(error, element.at))?;
            }
            Node::Text(text) => {
                if let Some((content, _)) = &mut self.content {
                    content.push(text).map_err(|error| error.in_manifest(line_of(self.text, text.at)))?;
                } else if text.written.trim_matches(is_blank).is_empty() && !text.is_raw {
                    self.blanks = text.written;
                }
            }
            Node::End { at, end } => self.end(*end).map_err(|error| self.in_line(error, *at))?,
            Node::Other => {}
        }
        Ok(())
    }

    fn start(&mut self, element: &Element<'t>, blanks: &'t str) -> Result<()> {
        if self.content.is_some() {
            return Err(ManifestError::MarkupInUri(Excerpt::new(element.name)).into());
        }
        let depth = self.scanner.depth();
        if let Some(parent) = self.levels.at_depth(depth - 1) {
            parent.slot.child_starts(element, blanks);
        }
        self.check_parameters(element)?;
        if !element.is_dash {
            return Ok(());
        }
        if let Some(href) = self.scanner.xlink(element)? {
            self.linked(href)?;
        }
        if self.levels.open(*element, depth) {
            return Ok(());
        }
        let is_child = self.levels.at_depth(depth - 1).is_some();
        match element.name {
            "BaseURL" if is_child => self.content = Some((Content::default(), Kind::BaseUrl)),
            "Location" | "PatchLocation" | "ImportedMPD" => self.content = Some((Content::default(), Kind::Document)),
            "ContentSteering" => {
                let by_foreign_proxy = self.proxy(element)?;
                self.content = Some((Content::default(), Kind::Steering { by_foreign_proxy }));
            }
            "SegmentTemplate" => self.template(element)?,
            "SegmentURL" => self.segment_url(element)?,
            "SegmentBase" => self.add_role(role::BASE),
            "InitializationSet" => self.initialization_set(element)?,
            "SupplementalProperty" | "EssentialProperty" => self.property(element)?,
            "Initialization" | "RepresentationIndex" | "BitstreamSwitching" => self.source(element)?,
            name if name.ends_with("Presentation") => self.alternative(element)?,
            _ if element.mentions("sourceURL") => self.source(element)?,
            _ => {}
        }
        Ok(())
    }

    /// The end of the innermost element.
    fn end(&mut self, end: usize) -> Result<()> {
        let depth = self.scanner.depth();
        if let Some((content, kind)) = self.content.take() {
            let uri = content.finish(self.text)?;
            match kind {
                Kind::BaseUrl => self.levels.add_base_url(uri)?,
                Kind::Document => self.document(&uri)?,
                Kind::Steering { by_foreign_proxy } => self.steering(&uri, by_foreign_proxy)?,
            }
        }
        if self.levels.at_depth(depth + 1).is_some() {
            self.close_level()?;
        }
        if let Some(parent) = self.levels.at_depth(depth) {
            parent.slot.child_ends(end);
        }
        Ok(())
    }

    fn template(&mut self, element: &Element<'t>) -> Result<()> {
        for attribute in element.attributes() {
            let Attribute { name, value } = attribute?;
            let role = match name {
                "media" => role::MEDIA,
                "index" => role::INDEX,
                "initialization" => role::INITIALIZATION,
                "bitstreamSwitching" => role::SWITCHING,
                _ => continue,
            };
            self.segment(value, role, true)?;
        }
        Ok(())
    }

    fn segment_url(&mut self, element: &Element<'t>) -> Result<()> {
        let mut has_media = false;
        for attribute in element.attributes() {
            let Attribute { name, value } = attribute?;
            match name {
                "media" => {
                    has_media = true;
                    self.segment(value, role::LISTED_MEDIA, false)?;
                }
                "index" => self.segment(value, role::LISTED_INDEX, false)?,
                _ => {}
            }
        }
        if !has_media {
            self.add_role(role::BASE);
        }
        Ok(())
    }

    /// An element with a `sourceURL`, or with a byte range of the base URL.
    fn source(&mut self, element: &Element<'t>) -> Result<()> {
        let role = match element.name {
            "RepresentationIndex" => role::LISTED_INDEX,
            "BitstreamSwitching" => role::LISTED_SWITCHING,
            _ => role::LISTED_INITIALIZATION,
        };
        let Some(value) = element.attribute("sourceURL")? else {
            self.add_role(role::BASE);
            return Ok(());
        };
        self.segment(value, role, false)
    }

    fn add_role(&mut self, role: u16) {
        if let Some(level) = self.levels.innermost() {
            level.roles |= role;
        }
    }

    /// A URI of segments. That of a Representation is signed at once, others when it is known what they are relative to.
    fn segment(&mut self, value: &'t str, role: u16, is_template: bool) -> Result<()> {
        let at = self.place(value);
        let count = self.levels.count();
        let Some(level) = self.levels.innermost() else { return Ok(()) };
        if value.trim_matches(is_blank).is_empty() {
            level.roles |= role::BASE;
            return Ok(());
        }
        level.roles |= role;
        level.ids.add(value)?;
        if self.signing.is_static() {
            self.add_host(at, value)?;
        }
        if count <= REPRESENTATION {
            let length = u32::try_from(value.len()).map_err(|_| ManifestError::MarkupInUri(Excerpt::new(value)))?;
            if let Some(level) = self.levels.innermost() {
                level.inherited.push(Inherited { at, length, role, is_template });
            }
            return Ok(());
        }
        let uri = Uri::of_attribute(at, value)?;
        let bases = self.levels.bases(self.signing.signer, count)?;
        self.signing.sign(&uri, &bases, target_of(is_template), false)
    }

    fn add_host(&mut self, at: usize, value: &'t str) -> Result<()> {
        let uri = Uri::of_attribute(at, value)?;
        let signer = self.signing.signer;
        let is_own = is_located(&uri.meant) && signer.resolve(&signer.base, &uri.meant)?.is_some();
        if let Some(level) = self.levels.innermost() {
            level.hosts.are_relative |= !is_located(&uri.meant);
            level.hosts.has_own |= is_own;
            level.hosts.has_foreign |= !is_own && leads_to_a_host(&uri.meant);
        }
        Ok(())
    }

    fn initialization_set(&mut self, element: &Element<'t>) -> Result<()> {
        let Some(value) = element.attribute("initialization")? else { return Ok(()) };
        let uri = Uri::of_attribute(self.place(value), value)?;
        let bases = self.levels.bases(self.signing.signer, self.levels.count())?;
        self.signing.sign(&uri, &bases, Target::Template, false)
    }

    /// An MPD that takes parameters from its own URL would add them to signed URIs.
    fn check_parameters(&self, element: &Element<'t>) -> Result<()> {
        if !matches!(element.name, "UrlQueryInfo" | "ExtUrlQueryInfo" | "RequestParam") {
            return Ok(());
        }
        let uses_query = element.attribute("useMPDUrlQuery")?.map(|value| value.trim_matches(is_blank));
        if self.signing.is_static() || matches!(uses_query, Some("true" | "1")) {
            return Err(ManifestError::TakesParameters(Excerpt::new(element.name)).into());
        }
        Ok(())
    }

    /// Where a part of the text is in it.
    fn place(&self, part: &str) -> usize {
        part.as_ptr().addr() - self.text.as_ptr().addr()
    }

    /// The error with its line, unless it has one.
    fn in_line(&self, error: Error, at: usize) -> Error {
        match error {
            Error::InManifest { .. } => error,
            _ => error.in_manifest(line_of(self.text, at)),
        }
    }
}

const fn target_of(is_template: bool) -> Target {
    if is_template { Target::Template } else { Target::Segment }
}

/// Whether a URI that names a scheme or a host is requested from a host.
fn leads_to_a_host(meant: &str) -> bool {
    let meant = meant.trim_start_matches(|c: char| c <= ' ');
    let scheme = meant.split(':').next().unwrap_or_default();
    meant.starts_with(['/', '\\']) && is_located(meant)
        || is_located(meant) && ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{HashAlgorithm, ManifestAccess, SigningError};

    #[test]
    fn a_caller_can_end_the_work() {
        let access = ManifestAccess::ManifestUrl(HashAlgorithm::Sha1);
        let signer = ManifestSigner::new("https://a.example/b.mpd", access).unwrap();
        let text = format!("<MPD><Period>{}</Period></MPD>", "<S/>".repeat(10 * NODES_AT_ONCE));
        let looks = Cell::new(0);
        let ends = || {
            looks.set(looks.get() + 1);
            if looks.get() == 3 { Err(SigningError::Empty.into()) } else { Ok(()) }
        };
        assert!(matches!(sign(&signer, &text, &ends), Err(Error::Signing(SigningError::Empty))));
        assert_eq!(looks.get(), 3);
    }

    #[test]
    fn where_uris_lead() {
        for uri in ["https://a/", "HTTP://a", "//a", "\\\\a", "https:a", " //a"] {
            assert!(leads_to_a_host(uri), "{uri}");
        }
        for uri in ["a", "/a", "urn:a", "data:,", ""] {
            assert!(!leads_to_a_host(uri), "{uri}");
        }
    }
}

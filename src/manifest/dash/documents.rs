//! URIs of other documents than segments: MPDs and their parts, patches, steering manifests.

use super::{
    Mpd, leads_to_a_host,
    signing::{Target, excerpt},
    uri::Uri,
    xml::{Attribute, Element, is_blank},
};
use crate::{
    error::{ManifestError, Result},
    text::Excerpt,
    wire::reference::is_located,
};

impl<'t> Mpd<'_, 't> {
    /// An event that leads to another MPD: `uri` in the text of the standard, `url` in its schema.
    pub(super) fn alternative(&mut self, element: &Element<'t>) -> Result<()> {
        for attribute in element.attributes() {
            let Attribute { name, value } = attribute?;
            if matches!(name, "uri" | "url") {
                self.document(&Uri::of_attribute(self.place(value), value)?)?;
            }
        }
        Ok(())
    }

    /// Some properties lead to the MPD that follows, or that replaces this one if it fails.
    pub(super) fn property(&mut self, element: &Element<'t>) -> Result<()> {
        let scheme = element.attribute("schemeIdUri")?.unwrap_or_default().trim_matches(is_blank);
        if self.signing.is_static() && scheme.starts_with("urn:mpeg:dash:urlparam:") {
            return Err(ManifestError::TakesParameters(Excerpt::new(scheme)).into());
        }
        if !matches!(scheme, "urn:mpeg:dash:chaining:2016" | "urn:mpeg:dash:fallback:2016") {
            return Ok(());
        }
        for value in element.attribute("value")?.unwrap_or_default().split(is_blank) {
            self.document(&Uri::of_attribute(self.place(value), value)?)?;
        }
        Ok(())
    }

    /// The proxy of a steering server, which is asked with the URL of that server in its query. Returns whether it is of
    /// another host.
    pub(super) fn proxy(&mut self, steering: &Element<'t>) -> Result<bool> {
        let Some(value) = steering.attribute("proxyServerURL")? else { return Ok(false) };
        let uri = Uri::of_attribute(self.place(value), value)?;
        self.document(&uri)?;
        Ok(!uri.located().is_empty() && self.manifest[0].resolve(self.signing.signer, &uri.meant)?.is_none())
    }

    /// The URL of a steering server.
    pub(super) fn steering(&mut self, uri: &Uri<'_>, by_foreign_proxy: bool) -> Result<()> {
        if by_foreign_proxy && self.manifest[0].resolve(self.signing.signer, &uri.meant)?.is_some() {
            return Err(ManifestError::ForeignProxy(excerpt(uri)).into());
        }
        self.document(uri)
    }

    /// A URI of another document than a segment, which players resolve against the URL of the MPD.
    pub(super) fn document(&mut self, uri: &Uri<'_>) -> Result<()> {
        let bases = self.manifest.clone();
        self.signing
            .sign(uri, &bases, Target::Document, self.signing.signer.absolute)
            .map_err(|error| self.in_line(error, uri.at))
    }

    /// A part of the MPD that is a document of its own.
    pub(super) fn linked(&mut self, href: &'t str) -> Result<()> {
        let uri = Uri::of_attribute(self.place(href), href)?;
        let bases = self.levels.bases(self.signing.signer, self.levels.count())?;
        let is_own = bases[0].resolve(self.signing.signer, &uri.meant)?.is_some();
        if !is_own && (leads_to_a_host(&uri.meant) || !is_located(&uri.meant)) {
            self.properties.add_foreign();
        }
        let absolute = self.signing.signer.absolute && bases.len() == 1;
        self.signing.sign(&uri, &bases, Target::Document, absolute)
    }
}

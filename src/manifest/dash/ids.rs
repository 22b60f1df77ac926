//! Templates with the id of a Representation, which may be any text, and which players insert unchanged. dash.js does
//! so in the URIs of lists, too, which are no templates.

use super::{
    uri::{Uri, read},
    xml::Element,
};
use crate::{
    error::{ManifestError, Result},
    text::Excerpt,
    wire::reference::leaves_folder,
};

const IDENTIFIER: &str = "$RepresentationID";

/// Where templates have the id of a Representation.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ids {
    anywhere: bool,
    /// Before the first slash, where a colon ends a scheme.
    at_start: bool,
}

impl Ids {
    pub(super) const fn and(self, other: Self) -> Self {
        Self { anywhere: self.anywhere || other.anywhere, at_start: self.at_start || other.at_start }
    }

    /// Adds a template, as it is written.
    pub(super) fn add(&mut self, written: &str) -> Result<()> {
        // A reference may spell any character.
        if !written.contains(&IDENTIFIER[1..]) && !written.contains('&') {
            return Ok(());
        }
        let uri = Uri::of_attribute(0, written)?;
        self.anywhere |= uri.meant.contains(IDENTIFIER);
        let start = uri.meant.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        if let Some(place) = start.find(IDENTIFIER) {
            if start[place..].contains(':') {
                return Err(ManifestError::SchemeInTemplate(Excerpt::new(&uri.meant)).into());
            }
            self.at_start = true;
        }
        Ok(())
    }

    /// Refuses the id of a Representation with which a template leads elsewhere than with any name in its place.
    pub(super) fn check(self, representation: &Element<'_>) -> Result<()> {
        if !self.anywhere {
            return Ok(());
        }
        let id = read(representation.attribute("id")?.unwrap_or_default(), false)?;
        let is_special = |c: char| matches!(c, '?' | '#' | '\\') || c.is_ascii_control();
        let is_scheme = self.at_start && id.contains(':');
        // Browsers remove the blanks before a URI, and then there may be two slashes.
        let is_trimmed = id.trim_matches(' ').len() < id.len();
        if id.contains(is_special) || is_scheme || is_trimmed || leaves_folder(&id) {
            return Err(ManifestError::IdInTemplate(Excerpt::new(&id)).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(template: &str) -> Ids {
        let mut ids = Ids::default();
        ids.add(template).unwrap();
        ids
    }

    #[test]
    fn templates_have_ids_at_their_start_or_later() {
        for (template, anywhere, at_start) in [
            ("$Number$.m4s", false, false),
            ("$RepresentationID$/1.m4s", true, true),
            ("a-$RepresentationID$.m4s", true, true),
            ("&#x24;Representation&#73;D$", true, true),
            ("a/$RepresentationID$:b", true, false),
            ("/$RepresentationID$", true, false),
            ("?$RepresentationID$", true, false),
        ] {
            let found = ids(template);
            assert_eq!((found.anywhere, found.at_start), (anywhere, at_start), "{template}");
        }
        assert!(Ids::default().add("$RepresentationID$://a.example/").is_err());
    }
}

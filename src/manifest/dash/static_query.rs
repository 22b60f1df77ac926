//! The property of a static MPD that makes players add the parameters of the MPD's URL to the URLs of segments
//! (ISO/IEC 23009-1 Annex I, `urn:mpeg:dash:urlparam:2014`).
//!
//! dash.js and Shaka look for it in the MPD, and in each AdaptationSet and Representation; what they find above holds
//! below. It is in the MPD if all segments are of hosts that are signed for, and otherwise in their Representations
//! only, because the other hosts would receive the signature.

use super::{bases::Base, xml::Element};
use crate::manifest::edits::Edits;

/// The elements that the schema orders before an EssentialProperty of a Representation.
const BEFORE_IN_REPRESENTATION: [&str; 5] =
    ["FramePacking", "AudioChannelConfiguration", "ContentProtection", "OutputProtection", "EssentialProperty"];

/// Those that it orders after an EssentialProperty of an MPD.
const AFTER_IN_MPD: [&str; 3] = ["SupplementalProperty", "UTCTiming", "LeapSecondInformation"];

/// The hosts of URIs.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hosts {
    /// Of the base URLs, which are known later.
    pub(super) are_relative: bool,
    pub(super) has_own: bool,
    pub(super) has_foreign: bool,
}

impl Hosts {
    pub(super) const fn add(&mut self, other: Self) {
        self.are_relative |= other.are_relative;
        self.has_own |= other.has_own;
        self.has_foreign |= other.has_foreign;
    }

    /// The hosts, with those of the base URLs.
    pub(super) fn relative_to(mut self, bases: &[Base]) -> Self {
        if self.are_relative {
            self.has_own |= bases.iter().any(Base::is_own);
            self.has_foreign |= bases.iter().any(|base| !base.is_own());
        }
        self
    }
}

/// Where children can be inserted into an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'t> {
    pub(super) element: Element<'t>,
    /// For a property.
    property_at: usize,
    /// For a first `BaseURL`.
    base_url_at: usize,
    /// The line break and the blanks before a child.
    indent: &'t str,
    child: &'t str,
    has_child: bool,
}

impl<'t> Slot<'t> {
    pub(super) const fn new(element: &Element<'t>) -> Self {
        let at = element.end;
        Self { element: *element, property_at: at, base_url_at: at, indent: "", child: "", has_child: false }
    }

    /// A child starts, with blanks before it.
    pub(super) const fn child_starts(&mut self, child: &Element<'t>, blanks: &'t str) {
        if !self.has_child {
            self.indent = blanks;
            self.has_child = true;
        }
        self.child = if child.is_dash { child.name } else { "" };
    }

    /// The child that started last has ended.
    pub(super) fn child_ends(&mut self, end: usize) {
        let is_before = match self.element.name {
            "MPD" => !self.child.is_empty() && !AFTER_IN_MPD.contains(&self.child),
            _ => BEFORE_IN_REPRESENTATION.contains(&self.child),
        };
        if is_before {
            self.property_at = end;
        }
        if self.child == "ProgramInformation" {
            self.base_url_at = end;
        }
    }

    pub(super) fn insert_base_url(&self, edits: &mut Edits<'_>, content: &str) {
        if !self.element.is_empty {
            let Self { indent, element: Element { prefix, .. }, .. } = self;
            edits.replace(self.base_url_at, 0, &format!("{indent}<{prefix}BaseURL>{content}</{prefix}BaseURL>"));
        }
    }

    fn insert_property(&self, edits: &mut Edits<'_>) {
        let Self { indent, element: Element { prefix, name, end, is_empty, .. }, .. } = self;
        let property = format!(
            "{indent}<{prefix}EssentialProperty schemeIdUri=\"urn:mpeg:dash:urlparam:2014\" \
             xmlns:up=\"urn:mpeg:dash:schema:urlparam:2014\">\
             <up:UrlQueryInfo queryTemplate=\"$querypart$\" useMPDUrlQuery=\"true\"/></{prefix}EssentialProperty>"
        );
        if *is_empty {
            edits.replace(end - 2, 2, &format!(">{property}</{prefix}{name}>"));
        } else {
            edits.replace(self.property_at, 0, &property);
        }
    }
}

/// Where the property has to stand.
#[derive(Debug, Default)]
pub(super) struct Properties<'t> {
    /// In the Representations whose segments are signed.
    own: Vec<Slot<'t>>,
    has_foreign: bool,
}

impl<'t> Properties<'t> {
    /// Something is requested from another host.
    pub(super) const fn add_foreign(&mut self) {
        self.has_foreign = true;
    }

    pub(super) fn add_own(&mut self, representation: Slot<'t>) {
        self.own.push(representation);
    }

    pub(super) fn insert(&self, mpd: &Slot<'t>, edits: &mut Edits<'_>) {
        if self.has_foreign {
            self.own.iter().for_each(|representation| representation.insert_property(edits));
        } else if !self.own.is_empty() {
            mpd.insert_property(edits);
        }
    }
}

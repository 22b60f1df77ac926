//! The levels of an MPD: MPD, Period, AdaptationSet, Representation. What is written on one holds for those below it.

use super::{
    bases::{Bases, UsedBases, join},
    ids::Ids,
    static_query::{Hosts, Slot},
    uri::Uri,
    xml::Element,
};
use crate::{
    error::{ManifestError, Result},
    manifest::signer::{ManifestSigner, line_of},
};

/// The elements of each level.
const NAMES: [&[&str]; 4] = [&["MPD"], &["Period"], &["AdaptationSet", "EmptyAdaptationSet"], &["Representation"]];

pub(super) const REPRESENTATION: usize = 3;

/// What the URIs of a level are for. A lower level with a URI for the same replaces them.
pub(super) mod role {
    /// Of a template.
    pub(in super::super) const MEDIA: u16 = 1;
    pub(in super::super) const INDEX: u16 = 2;
    pub(in super::super) const INITIALIZATION: u16 = 4;
    pub(in super::super) const SWITCHING: u16 = 8;
    /// Of elements: players differ in what they make of a template above a list.
    pub(in super::super) const LISTED_MEDIA: u16 = 16;
    pub(in super::super) const LISTED_INDEX: u16 = 32;
    pub(in super::super) const LISTED_INITIALIZATION: u16 = 64;
    pub(in super::super) const LISTED_SWITCHING: u16 = 128;
    /// The base URL itself is the media: segments are byte ranges of it.
    pub(in super::super) const BASE: u16 = 256;
}

/// A `BaseURL` element.
pub(super) struct BaseUrlElement<'t> {
    pub(super) uri: Uri<'t>,
    /// Whether it ends a chain, and so is itself what players request.
    pub(super) is_media: bool,
}

/// A URI that the Representations of a level inherit, and that is relative to the base URLs of each of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inherited {
    pub(super) at: usize,
    pub(super) length: u32,
    pub(super) role: u16,
    pub(super) is_template: bool,
}

pub(super) struct Level<'t> {
    /// How many elements are open in it.
    pub(super) depth: usize,
    pub(super) base_urls: Vec<BaseUrlElement<'t>>,
    /// Known once something is relative to them.
    bases: Option<Bases>,
    pub(super) roles: u16,
    pub(super) inherited: Vec<Inherited>,
    pub(super) used: UsedBases,
    pub(super) has_representation: bool,
    /// Of its templates.
    pub(super) ids: Ids,
    pub(super) hosts: Hosts,
    pub(super) slot: Slot<'t>,
}

/// The open levels, from the MPD down.
pub(super) struct Levels<'t> {
    text: &'t str,
    manifest: Bases,
    open: Vec<Level<'t>>,
}

impl<'t> Levels<'t> {
    pub(super) const fn new(text: &'t str, manifest: Bases) -> Self {
        Self { text, manifest, open: Vec::new() }
    }

    /// Opens the level of an element, if it is one where it stands.
    pub(super) fn open(&mut self, element: Element<'t>, depth: usize) -> bool {
        let is_child = self.open.last().is_none_or(|above| above.depth + 1 == depth);
        let names = NAMES.get(self.open.len()).copied().unwrap_or_default();
        if !element.is_dash || !is_child || !names.contains(&element.name) {
            return false;
        }
        self.open.push(Level {
            depth,
            base_urls: Vec::new(),
            bases: None,
            roles: 0,
            inherited: Vec::new(),
            used: UsedBases::default(),
            has_representation: false,
            ids: Ids::default(),
            hosts: Hosts::default(),
            slot: Slot::new(&element),
        });
        true
    }

    /// Closes the innermost level.
    pub(super) fn close(&mut self) -> Option<Level<'t>> {
        self.open.pop()
    }

    pub(super) const fn count(&self) -> usize {
        self.open.len()
    }

    pub(super) fn innermost(&mut self) -> Option<&mut Level<'t>> {
        self.open.last_mut()
    }

    /// Where the templates of all open levels have the id of a Representation.
    pub(super) fn ids(&self) -> Ids {
        self.open.iter().fold(Ids::default(), |ids, level| ids.and(level.ids))
    }

    /// The level whose element is open with `depth` elements.
    pub(super) fn at_depth(&mut self, depth: usize) -> Option<&mut Level<'t>> {
        self.innermost().filter(|level| level.depth == depth)
    }

    /// What the URIs of a level are relative to; the manifest itself for the level above the first.
    pub(super) fn bases(&mut self, signer: &ManifestSigner, count: usize) -> Result<Bases> {
        if let Some(known) = self.open[..count].last().and_then(|level| level.bases.as_ref()) {
            return Ok(known.clone());
        }
        let mut above = self.manifest.clone();
        for level in &mut self.open[..count] {
            let bases = match &level.bases {
                Some(known) => known.clone(),
                None if level.base_urls.is_empty() => above,
                None => {
                    let contents: Vec<&str> = level.base_urls.iter().map(|element| &*element.uri.meant).collect();
                    let at = level.base_urls[0].uri.at;
                    join(signer, &above, &contents).map_err(|error| error.in_manifest(line_of(self.text, at)))?
                }
            };
            level.bases = Some(bases.clone());
            above = bases;
        }
        Ok(above)
    }

    /// Adds a `BaseURL` to the innermost level.
    pub(super) fn add_base_url(&mut self, uri: Uri<'t>) -> Result<(), ManifestError> {
        let Some(level) = self.open.last_mut() else { return Ok(()) };
        if level.bases.is_some() {
            return Err(ManifestError::LateBaseUrl(super::signing::excerpt(&uri)));
        }
        level.base_urls.push(BaseUrlElement { uri, is_media: false });
        Ok(())
    }

    /// At the end of a Representation: which of the URIs above it are relative to its base URLs, and which base URL is
    /// its media. Returns the hosts of its segments.
    pub(super) fn use_in_representation(&mut self, bases: &Bases) -> Result<Hosts> {
        let mut roles = 0;
        let mut hosts = Hosts::default();
        for level in self.open.iter_mut().rev() {
            let inherited = level.roles & !roles;
            // Else the base URLs of a long MPD, of which each is for its own templates, would be too many.
            if inherited != 0 {
                level.used.add(bases, inherited)?;
            }
            level.has_representation = true;
            roles |= level.roles;
            hosts.add(level.hosts);
        }
        if roles & (role::MEDIA | role::LISTED_MEDIA) == 0 || roles & role::BASE != 0 {
            hosts.are_relative = true;
            for level in self.open.iter_mut().rev() {
                level.base_urls.iter_mut().for_each(|element| element.is_media = true);
                // An empty one leaves what is above it.
                let is_empty = |element: &BaseUrlElement<'_>| element.uri.located().is_empty();
                if !level.base_urls.is_empty() && !level.base_urls.iter().any(is_empty) {
                    break;
                }
            }
        }
        Ok(hosts.relative_to(bases))
    }
}

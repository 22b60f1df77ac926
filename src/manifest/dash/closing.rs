//! What is signed at the end of a level, when all base URLs are known.

use super::{
    Mpd,
    bases::{Base, Bases},
    levels::{Inherited, Level, REPRESENTATION},
    signing::{Target, escaped},
    target_of,
    uri::Uri,
};
use crate::{
    error::{ManifestError, Result},
    wire::reference::is_located,
};

impl<'t> Mpd<'_, 't> {
    pub(super) fn close_level(&mut self) -> Result<()> {
        let count = self.levels.count();
        if count > REPRESENTATION {
            self.close_representation(count)?;
        }
        let bases = self.levels.bases(self.signing.signer, count)?;
        let above = self.levels.bases(self.signing.signer, count - 1)?;
        let Some(level) = self.levels.close() else { return Ok(()) };
        self.sign_inherited(&level, &bases)?;
        self.sign_base_urls(&level, &above, count == 1)?;
        if count == 1 && self.signing.is_static() {
            self.properties.insert(&level.slot, &mut self.signing.edits);
        }
        Ok(())
    }

    fn close_representation(&mut self, count: usize) -> Result<()> {
        let bases = self.levels.bases(self.signing.signer, count)?;
        self.check_id(&bases)?;
        let hosts = self.levels.use_in_representation(&bases)?;
        if !self.signing.is_static() {
            return Ok(());
        }
        if hosts.has_own && hosts.has_foreign {
            return Err(ManifestError::MixedRepresentation.into());
        }
        let Some(level) = self.levels.innermost() else { return Ok(()) };
        if hosts.has_own {
            self.properties.add_own(level.slot);
        }
        if hosts.has_foreign {
            self.properties.add_foreign();
        }
        Ok(())
    }

    /// Players insert the id of a Representation into templates as it is: the signature would go wherever that leads.
    fn check_id(&mut self, bases: &Bases) -> Result<()> {
        let ids = self.levels.ids();
        let Some(level) = self.levels.innermost().filter(|_| bases.iter().any(Base::is_own)) else { return Ok(()) };
        let element = level.slot.element;
        ids.check(&element).map_err(|error| self.in_line(error, element.at))
    }

    /// Signs what the Representations of a level have inherited, relative to the base URLs of each.
    fn sign_inherited(&mut self, level: &Level<'t>, bases: &Bases) -> Result<()> {
        let mut of_role: Option<(u16, Bases)> = None;
        for inherited in &level.inherited {
            let Inherited { at, length, role, is_template } = *inherited;
            let bases = match &of_role {
                _ if !level.has_representation => bases.clone(),
                Some((known, bases)) if *known == role => bases.clone(),
                _ => {
                    let bases = level.used.of(role);
                    of_role = Some((role, bases.clone()));
                    bases
                }
            };
            let signed = Uri::of_attribute(at, &self.text[at..at + length as usize])
                .and_then(|uri| self.signing.sign(&uri, &bases, target_of(is_template), false));
            signed.map_err(|error| self.in_line(error, at))?;
        }
        Ok(())
    }

    /// Signs the base URLs of a level that are media themselves. Those of the MPD may become absolute.
    fn sign_base_urls(&mut self, level: &Level<'t>, above: &Bases, is_mpd: bool) -> Result<()> {
        let absolute = is_mpd && self.signing.signer.absolute;
        for element in &level.base_urls {
            let uri = &element.uri;
            let changed = if element.is_media {
                self.signing.sign(uri, above, Target::Segment, absolute)
            } else if absolute && !is_located(&uri.meant) {
                self.signing.make_absolute(uri, &above[0])
            } else {
                Ok(())
            };
            changed.map_err(|error| self.in_line(error, uri.at))?;
        }
        if absolute && level.base_urls.is_empty() {
            let folder = escaped(self.signing.signer.base.directory());
            level.slot.insert_base_url(&mut self.signing.edits, &folder);
        }
        Ok(())
    }
}

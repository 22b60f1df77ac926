//! What the URIs of an MPD are relative to: the URL of the MPD, changed by `BaseURL` elements, which may be several on
//! each level.

use std::rc::Rc;

use crate::{
    error::{ManifestError, Result},
    manifest::signer::ManifestSigner,
    wire::{
        reference::{BaseUrl, is_located},
        url::Url,
    },
};

/// So many are resolved for each URI. Some levels with some base URLs each would multiply.
const MOST: usize = 256;

/// A URL that URIs are relative to.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// Of a host that is signed for.
    Own(Rc<Own>),
    /// Of another host or scheme.
    Foreign,
}

#[derive(Debug)]
pub(super) struct Own {
    url: BaseUrl,
    /// Up to this many bytes, a plain relative URI needs no comparison with the policy.
    longest_plain: Option<usize>,
}

impl Base {
    /// The URL of the MPD.
    pub(super) fn of_manifest(signer: &ManifestSigner) -> Self {
        Self::own(signer, signer.base.clone())
    }

    fn own(signer: &ManifestSigner, url: BaseUrl) -> Self {
        let longest_plain = signer.longest_plain_in(url.directory());
        Self::Own(Rc::new(Own { url, longest_plain }))
    }

    /// What the content of a `BaseURL` element makes of this one.
    pub(super) fn join(&self, signer: &ManifestSigner, meant: &str) -> Result<Self> {
        // Nothing, or a fragment alone.
        if meant.is_empty() || meant.starts_with('#') {
            return Ok(self.clone());
        }
        match self.resolve(signer, meant)? {
            Some(url) => Ok(Self::own(signer, BaseUrl::parse(url.as_str())?)),
            None => Ok(Self::Foreign),
        }
    }

    /// The URL of a URI that is signed, or none.
    pub(super) fn resolve(&self, signer: &ManifestSigner, meant: &str) -> Result<Option<Url>> {
        match self {
            Self::Own(own) => signer.resolve(&own.url, meant),
            Self::Foreign if is_located(meant) => signer.resolve(&signer.base, meant),
            Self::Foreign => Ok(None),
        }
    }

    /// Whether a plain URI of so many bytes is signed without further questions.
    pub(super) fn covers_plain(&self, length: usize) -> bool {
        matches!(self, Self::Own(own) if own.longest_plain.is_some_and(|longest| length <= longest))
    }

    pub(super) const fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(one), Self::Own(other)) => one.url.directory() == other.url.directory(),
            (Self::Foreign, Self::Foreign) => true,
            _ => false,
        }
    }
}

/// Different bases, which all apply.
pub(super) type Bases = Rc<[Base]>;

/// The bases that the contents of `BaseURL` elements make of those of the level above.
pub(super) fn join(signer: &ManifestSigner, above: &Bases, contents: &[&str]) -> Result<Bases> {
    let mut joined: Vec<Base> = Vec::new();
    for base in above.iter() {
        for meant in contents {
            let found = base.join(signer, meant)?;
            if !joined.iter().any(|known| known.is_same(&found)) {
                joined.push(found);
            }
            if joined.len() > MOST {
                return Err(ManifestError::TooManyBaseUrls(MOST).into());
            }
        }
    }
    Ok(joined.into())
}

/// The bases that inherited URIs are used with, and the roles in which they are.
#[derive(Debug, Default)]
pub(super) struct UsedBases(Vec<(Base, u16)>);

impl UsedBases {
    pub(super) fn add(&mut self, bases: &[Base], roles: u16) -> Result<()> {
        for base in bases {
            match self.0.iter().position(|(known, _)| known.is_same(base)) {
                Some(place) => self.0[place].1 |= roles,
                None if self.0.len() == MOST => return Err(ManifestError::TooManyBaseUrls(MOST).into()),
                None => self.0.push((base.clone(), roles)),
            }
        }
        Ok(())
    }

    /// The bases of URIs in a role.
    pub(super) fn of(&self, role: u16) -> Bases {
        self.0.iter().filter(|(_, roles)| roles & role != 0).map(|(base, _)| base.clone()).collect()
    }
}

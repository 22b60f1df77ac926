//! The arguments of `sign_hls` and `sign_dash`.

use std::sync::Arc;

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBytes, PyMapping, PyString},
};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    convert::{Bytes, Text, Texts},
    exceptions::{RaiseExt as _, wrong_type},
    grant::Grant,
    signer::CloudFrontSigner,
    signer_state::Ready,
    terms::GivenTerms,
};
use crate::{Error, HashAlgorithm, ManifestAccess, ManifestError, ManifestSigner, Policy, Result, Signer};

/// A manifest, as `str` or as `bytes` in UTF-8.
pub(super) enum Manifest {
    Text(Text),
    Bytes(Bytes),
}

impl Parse for Manifest {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<PyBytes>() {
            return Bytes::parse(name, value).map(Self::Bytes);
        }
        if value.is_instance_of::<PyString>() {
            return Text::parse(name, value).map(Self::Text);
        }
        Err(wrong_type(name, "str or bytes", value))
    }
}

impl Manifest {
    pub(super) fn text(&self) -> Result<&str> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Bytes(bytes) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
                Err(ManifestError::Utf16.into())
            }
            Self::Bytes(bytes) => str::from_utf8(bytes).map_err(|error| {
                let before = &bytes[..error.valid_up_to()];
                let line = memchr::memchr_iter(b'\n', before).count() + 1;
                Error::InManifest { line, error: Box::new(ManifestError::NotUtf8.into()) }
            }),
        }
    }
}

/// Where the parameters come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are written into the manifest.
    Inline,
    /// They are taken from the manifest's own URL.
    Query,
}

impl Parse for Mode {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        choice(name, value, &[("inline", Self::Inline), ("query", Self::Query)])
    }
}

/// What one signature is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Presentation,
    Uri,
}

impl Parse for Scope {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        choice(name, value, &[("presentation", Self::Presentation), ("uri", Self::Uri)])
    }
}

/// Where players fetch the playlists that an HLS playlist leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Playlists {
    CloudFront,
    App,
}

impl Parse for Playlists {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        choice(name, value, &[("cloudfront", Self::CloudFront), ("app", Self::App)])
    }
}

fn choice<T: Copy>(name: &str, value: &Bound<'_, PyAny>, choices: &[(&str, T)]) -> PyResult<T> {
    let text = Text::parse(name, value)?;
    if let Some((_, chosen)) = choices.iter().find(|(word, _)| *word == &*text) {
        return Ok(*chosen);
    }
    let expected: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
    let found = crate::Excerpt::new(&text);
    Err(PyValueError::new_err(format!("{name}: expected {}, found {found:?}", expected.join(" or "))))
}

/// The values of variables by their names.
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Parse for Variables {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mapping = value.cast::<PyMapping>().map_err(|_| wrong_type(name, "a mapping of str to str", value))?;
        let pair = |item: Bound<'_, PyAny>| {
            let (key, value) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            Ok((Text::parse(name, &key)?.to_owned(), Text::parse(name, &value)?.to_owned()))
        };
        mapping.items()?.iter().map(pair).collect::<PyResult<_>>().map(Self)
    }
}

/// The arguments that both formats share.
pub(super) struct GivenManifest<'py> {
    pub(super) base_url: Arg<name::base_url, Text>,
    pub(super) grant: Option<Bound<'py, PyAny>>,
    pub(super) signer: Option<Bound<'py, PyAny>>,
    pub(super) mode: Option<Arg<name::mode, Mode>>,
    pub(super) hosts: Option<Arg<name::hosts, Texts>>,
    pub(super) scope: Option<Arg<name::scope, Scope>>,
    pub(super) absolute: Option<Arg<name::absolute, bool>>,
    pub(super) hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
    pub(super) key_id: Option<Arg<name::key_id, Text>>,
    pub(super) terms: GivenTerms,
}

impl GivenManifest<'_> {
    /// What signs the manifest, with the signature of a presentation made.
    pub(super) fn parsed(self, py: Python<'_>) -> PyResult<ManifestSigner> {
        let Self { base_url, grant, signer, mode, hosts, scope, absolute, hash_algorithm, key_id, terms } = self;
        let (base_url, mode) = (base_url.parsed()?, mode.parsed()?.unwrap_or(Mode::Inline));
        let scope = scope.parsed()?.unwrap_or(Scope::Presentation);
        let key = Key::new(grant.as_ref(), signer.as_ref())?;
        let access = match mode {
            Mode::Query => static_access(key, scope, hash_algorithm.parsed()?, &terms)?,
            Mode::Inline if hash_algorithm.is_some() => {
                return Err(PyTypeError::new_err(
                    "hash_algorithm is for mode=\"query\": a grant or signer has its own",
                ));
            }
            Mode::Inline if key_id.is_some() => {
                return Err(PyTypeError::new_err("key_id is for mode=\"query\": a grant or signer has its own"));
            }
            Mode::Inline => key.access(py, &base_url, scope, terms)?,
        };
        let signer = ManifestSigner::new(&base_url, access).raise(py)?;
        let signer = match hosts.parsed()? {
            Some(hosts) => signer.with_hosts(hosts.0).raise_for(py, "hosts")?,
            None => signer,
        };
        let signer = match key_id.parsed()? {
            Some(key_id) => signer.with_key_id(&key_id).raise_for(py, "key_id")?,
            None => signer,
        };
        Ok(if absolute.parsed()?.unwrap_or(false) { signer.absolute() } else { signer })
    }
}

/// What signs.
enum Key {
    None,
    Grant(Box<crate::Grant>),
    Signer(Arc<Ready>),
}

impl Key {
    fn new(grant: Option<&Bound<'_, PyAny>>, signer: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        match (grant, signer) {
            (Some(_), Some(_)) => Err(PyTypeError::new_err("give either a grant or a signer: both were given")),
            (Some(grant), None) => match grant.cast::<Grant>() {
                Ok(grant) => Ok(Self::Grant(Box::new(grant.get().0.clone()))),
                Err(_) => Err(wrong_type("grant", "a Grant", grant)),
            },
            (None, Some(signer)) => match signer.cast::<CloudFrontSigner>() {
                Ok(signer) => CloudFrontSigner::ready(signer).map(Self::Signer),
                Err(_) => Err(wrong_type("signer", "a CloudFrontSigner", signer)),
            },
            (None, None) => Ok(Self::None),
        }
    }

    fn access(self, py: Python<'_>, base_url: &str, scope: Scope, terms: GivenTerms) -> PyResult<ManifestAccess> {
        match self {
            Self::None => Err(PyTypeError::new_err("give a grant, or a signer with an expiry: neither was given")),
            Self::Grant(_) if terms.are_given() || scope == Scope::Uri => {
                Err(PyTypeError::new_err("a Grant has its own terms: leave out expires and all other terms"))
            }
            Self::Grant(grant) => Ok(ManifestAccess::Grant(grant)),
            Self::Signer(ready) if scope == Scope::Uri => each_uri(py, &ready, terms),
            Self::Signer(ready) => presentation(py, &ready, base_url, terms),
        }
    }
}

fn static_access(key: Key, scope: Scope, hash: Option<HashAlgorithm>, terms: &GivenTerms) -> PyResult<ManifestAccess> {
    if terms.are_given() || scope == Scope::Uri {
        return Err(PyTypeError::new_err("mode=\"query\" makes no signature: leave out expires and all other terms"));
    }
    let own = match key {
        Key::None => None,
        Key::Grant(grant) => Some(grant.hash_algorithm()),
        Key::Signer(ready) => Some(ready.signer.hash_algorithm()),
    };
    Ok(ManifestAccess::ManifestUrl(hash.or(own).unwrap_or(HashAlgorithm::Sha1)))
}

fn each_uri(py: Python<'_>, ready: &Ready, terms: GivenTerms) -> PyResult<ManifestAccess> {
    if terms.resource.is_some() || terms.policy.is_some() {
        return Err(PyTypeError::new_err("scope=\"uri\" makes a policy for each URI: leave out resource and policy"));
    }
    let conditions = terms.with_defaults(ready.defaults).conditions.parsed_to_sign(py)?;
    Ok(ManifestAccess::EachUri(ready.signer.clone(), conditions))
}

/// One grant: for a policy, a resource, or the folder of the manifest.
fn presentation(py: Python<'_>, ready: &Ready, base_url: &str, terms: GivenTerms) -> PyResult<ManifestAccess> {
    let grant = if terms.policy.is_some() {
        let policy = terms.policy_alone(py)?;
        ready.work(py, |signer| signer.grant_policy(policy))?
    } else {
        let GivenTerms { conditions, resource, .. } = terms.with_defaults(ready.defaults);
        let resource = match resource.parsed()? {
            Some(resource) => resource.to_owned(),
            None => ManifestSigner::folder_of(base_url).raise(py)?,
        };
        let is_aligned = conditions.is_aligned();
        let policy = Policy::custom(&resource, conditions.parsed_to_sign(py)?).raise(py)?;
        // Within the grid, all playlists have the same signature.
        let grant = |signer: &Signer| {
            if is_aligned { signer.grant_policy_reusing_signatures(policy) } else { signer.grant_policy(policy) }
        };
        ready.work(py, grant)?
    };
    Ok(ManifestAccess::Grant(Box::new(grant)))
}

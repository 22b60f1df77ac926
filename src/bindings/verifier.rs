//! `Verifier` and `Decision`.

use pyo3::{prelude::*, types::PyMapping};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    convert::Text,
    exceptions::wrong_type,
    policy::Policy,
    request::{CookieHeader, SentText, ViewerAddress},
    time::Moment,
};
use crate::{Denial, Request, Via};

/// Decides requests as the edge does, for a set of trusted keys.
///
/// `keys` maps key pair ids to PublicKey objects, public keys of `cryptography` or PEM text; what is no key raises InvalidKeyError.
///
/// >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
/// >>> key = PrivateKey.generate("ecdsa-p256")
/// >>> verifier = Verifier({"K2JCJMDEHXQW5F": key.public_key()})
/// >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
/// >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=1767290400)
/// >>> verifier.check(url, now=1767290000)
/// <Decision 200>
/// >>> verifier.check(url, now=1767291120).reason
/// 'expired 12 minutes ago (2026-01-01 18:00:00 UTC)'
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Verifier(pub(super) crate::Verifier);

#[pymethods]
impl Verifier {
    #[new]
    fn new(keys: Arg<name::keys, TrustedKeys>) -> PyResult<Self> {
        Ok(Self(crate::Verifier::new(keys.parsed()?.0)))
    }

    /// Decide one request; nothing that a viewer can send raises.
    ///
    /// `url` is the whole URL as it came over the wire. `cookies` is the Cookie header, or a mapping of names to values.
    /// `ip_address` is the viewer's address as text (or of the module ipaddress); None, or what is no address, is outside
    /// of every range. `now` is any moment: a datetime with its zone, a timedelta from the present, seconds since 1970, or
    /// ISO 8601 text with an offset; the present when left out.
    #[pyo3(signature = (url, *, cookies=None, ip_address=None, now=None))]
    fn check(
        &self,
        py: Python<'_>,
        url: Arg<name::url, SentText>,
        cookies: Option<Arg<name::cookies, CookieHeader>>,
        ip_address: Option<Arg<name::ip_address, ViewerAddress>>,
        now: Option<Arg<name::now, Moment>>,
    ) -> PyResult<Decision> {
        let (url, cookies, address) = (url.parsed()?, cookies.parsed()?, ip_address.parsed()?);
        let request = Request {
            url: &url.0,
            cookies: cookies.as_ref().map_or("", |cookies| &cookies.0),
            ip_address: address.and_then(|address| address.0),
            now: Moment::or_now(now, py)?,
        };
        Ok(Decision(py.detach(|| self.0.check(&request))))
    }

    /// The trusted key pair ids, sorted.
    #[getter]
    fn key_ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.0.key_ids().collect();
        ids.sort_unstable();
        ids
    }

    fn __repr__(&self) -> String {
        format!("<Verifier {}>", crate::mask_secrets(&self.key_ids().join(", ")))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// The edge's answer to one request; true if it is let in.
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Decision(pub(super) crate::Decision);

#[pymethods]
impl Decision {
    /// Whether the request goes on to the origin.
    #[getter]
    fn allowed(&self) -> bool {
        self.0.is_allowed()
    }

    /// 200, or 403.
    #[getter]
    fn status(&self) -> u16 {
        if self.0.is_allowed() { 200 } else { 403 }
    }

    /// The edge's code, such as "AccessDenied"; None if allowed.
    #[getter]
    fn code(&self) -> Option<&'static str> {
        self.0.denial().map(|denial| denial.code().name())
    }

    /// The edge's message, such as "Access denied"; None if allowed.
    #[getter]
    fn message(&self) -> Option<&'static str> {
        self.0.denial().map(|denial| denial.code().message())
    }

    /// Why it was denied, for people; None if allowed.
    #[getter]
    fn reason(&self) -> Option<String> {
        self.0.denial().map(Denial::to_string)
    }

    /// The policy, once its signature was found to be right.
    #[getter]
    fn policy(&self) -> Option<Policy> {
        self.0.policy().cloned().map(Policy)
    }

    /// The key pair id that was sent, or None.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.0.key_id()
    }

    /// "url" or "cookies": where the credentials were; None if there were none.
    #[getter]
    fn via(&self) -> Option<&'static str> {
        self.0.via().map(Via::name)
    }

    fn __bool__(&self) -> bool {
        self.0.is_allowed()
    }

    fn __repr__(&self) -> String {
        match self.0.denial() {
            None => "<Decision 200>".to_owned(),
            Some(denial) => format!("<Decision 403 {}: {denial}>", denial.code().name()),
        }
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// A mapping of key pair ids to public keys.
struct TrustedKeys(Vec<(String, crate::PublicKey)>);

impl Parse for TrustedKeys {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(keys) = value.cast::<PyMapping>() else {
            return Err(wrong_type(name, "a mapping of key pair ids to public keys", value));
        };
        let mut trusted = Vec::new();
        for pair in keys.items()? {
            let (id, key) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            trusted.push((Text::parse(name, &id)?.to_string(), crate::PublicKey::parse(name, &key)?));
        }
        Ok(Self(trusted))
    }
}

/// A `Verifier` as an argument of other functions.
pub(super) struct GivenVerifier(pub(super) Py<Verifier>);

impl Parse for GivenVerifier {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        match value.cast::<Verifier>() {
            Ok(verifier) => Ok(Self(verifier.clone().unbind())),
            Err(_) => Err(wrong_type(name, "Verifier", value)),
        }
    }
}

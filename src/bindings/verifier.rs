//! `Verifier` and `Decision`.

use pyo3::{prelude::*, types::PyMapping};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    convert::Text,
    exceptions::wrong_type,
    html,
    policy::Policy,
    request::{CookieHeader, SentText, ViewerAddress},
    time::Time,
};
use crate::{Denial, Excerpt, Request, Via, explain::policy_rows};

/// Decides requests as the edge does, for a set of trusted keys.
///
/// Args:
///     keys: A mapping of key pair ids to PublicKey objects, public keys of `cryptography`, or PEM text.
///
/// Raises:
///     InvalidKeyError: A value is not a public key.
///     TypeError: The argument is not such a mapping.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
///     >>> key = PrivateKey.generate("ecdsa-p256")
///     >>> verifier = Verifier({"K2JCJMDEHXQW5F": key.public_key()})
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
///     >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=1767290400)
///     >>> verifier.check(url, now=1767290000)
///     <Decision 200>
///     >>> verifier.check(url, now=1767291120).reason
///     'expired 12 minutes ago (2026-01-01 18:00:00 UTC)'
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Verifier(pub(super) crate::Verifier);

#[pymethods]
impl Verifier {
    #[new]
    fn new(keys: Arg<name::keys, TrustedKeys>) -> PyResult<Self> {
        Ok(Self(crate::Verifier::new(keys.parsed()?.0)))
    }

    /// Decide one request. Nothing that a viewer can send raises an exception.
    ///
    /// Args:
    ///     url: The whole URL as it was requested.
    ///     cookies: The Cookie header, or a mapping of names to values.
    ///     ip_address: The viewer's address, as text or an object of the module `ipaddress`. None, and text that is not
    ///         an address, is outside every range.
    ///     now: The time of the request: a `datetime` with a time zone, a `timedelta` from the present, seconds since
    ///         1970, or ISO 8601 text with an offset. The default is the present.
    ///
    /// Returns:
    ///     The decision, which is true if the request is allowed.
    ///
    /// Raises:
    ///     InvalidPolicyError: `now` is not a valid time.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import PrivateKey, Verifier
    ///     >>> verifier = Verifier({"K2JCJMDEHXQW5F": PrivateKey.generate("ecdsa-p256").public_key()})
    ///     >>> verifier.check("https://d111111abcdef8.cloudfront.net/a.mp4")
    ///     <Decision 403 MissingKey: not signed: neither the URL nor a cookie carries a key pair id>
    #[pyo3(signature = (url, *, cookies=None, ip_address=None, now=None))]
    fn check(
        &self,
        py: Python<'_>,
        url: Arg<name::url, SentText>,
        cookies: Option<Arg<name::cookies, CookieHeader>>,
        ip_address: Option<Arg<name::ip_address, ViewerAddress>>,
        now: Option<Arg<name::now, Time>>,
    ) -> PyResult<Decision> {
        let (url, cookies, address) = (url.parsed()?, cookies.parsed()?, ip_address.parsed()?);
        let request = Request {
            url: &url.0,
            cookies: cookies.as_ref().map_or("", |cookies| &cookies.0),
            ip_address: address.and_then(|address| address.0),
            now: Time::or_now(now, py)?,
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

/// The edge's answer to one request, made by `Verifier.check`; true if the request is allowed.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey, Verifier
///     >>> verifier = Verifier({"K2JCJMDEHXQW5F": PrivateKey.generate("ecdsa-p256").public_key()})
///     >>> decision = verifier.check("https://d111111abcdef8.cloudfront.net/a.mp4?Key-Pair-Id=K1")
///     >>> decision.allowed, decision.status, decision.code, decision.message
///     (False, 403, 'InvalidKey', 'Unknown Key')
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Decision(pub(super) crate::Decision);

#[pymethods]
impl Decision {
    /// Whether the request is passed on to the origin.
    #[getter]
    fn allowed(&self) -> bool {
        self.0.is_allowed()
    }

    /// The status code: 200 or 403.
    #[getter]
    fn status(&self) -> u16 {
        if self.0.is_allowed() { 200 } else { 403 }
    }

    /// The error code of the edge, such as "AccessDenied"; None if allowed.
    #[getter]
    fn code(&self) -> Option<&'static str> {
        self.0.denial().map(|denial| denial.code().name())
    }

    /// The error message of the edge, such as "Access denied"; None if allowed.
    #[getter]
    fn message(&self) -> Option<&'static str> {
        self.0.denial().map(|denial| denial.code().message())
    }

    /// Why the request was denied, in plain words; None if allowed.
    #[getter]
    fn reason(&self) -> Option<String> {
        self.0.denial().map(Denial::to_string)
    }

    /// The policy, if its signature is valid.
    #[getter]
    fn policy(&self) -> Option<Policy> {
        self.0.policy().cloned().map(Policy)
    }

    /// The key pair id that was sent, or None.
    #[getter]
    fn key_id(&self) -> Option<&str> {
        self.0.key_id()
    }

    /// Where the credentials were: "url" or "cookies"; None if there were none.
    #[getter]
    fn via(&self) -> Option<&'static str> {
        self.0.via().map(Via::name)
    }

    fn __bool__(&self) -> bool {
        self.0.is_allowed()
    }

    fn _repr_html_(&self) -> String {
        html::table(self.rows())
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

impl Decision {
    /// What was decided, why, and for which credentials, for people.
    pub(super) fn rows(&self) -> Vec<html::Row> {
        let mut rows = Vec::new();
        match self.0.denial() {
            None => rows.push(("decision", "200 allowed".to_owned())),
            Some(denial) => {
                let code = denial.code();
                rows.push(("decision", format!("403 {}: {}", code.name(), code.message())));
                rows.push(("reason", denial.to_string()));
            }
        }
        rows.extend(self.via().map(|via| ("via", via.to_owned())));
        rows.extend(self.key_id().map(|id| ("key pair id", Excerpt::new(id).to_string())));
        if let Some(policy) = self.0.policy() {
            // Without the time left: `now` may be another time than the present.
            rows.extend(policy_rows(policy, None));
        }
        rows
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

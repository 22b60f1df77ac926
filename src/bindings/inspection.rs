//! `inspect`, `Inspection`, `Diagnosis` and `Mistake`.

use pyo3::{
    prelude::*,
    types::{PySequence, PyString},
};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    convert::Text,
    exceptions::RaiseExt as _,
    html,
    policy::Policy,
    request::{CookieHeader, SentText, ViewerAddress},
    time::Time,
    verifier::{Decision, GivenVerifier},
};
use crate::{Circumstances, mask_secrets};

type Cookies = Arg<name::cookies, CookieHeader>;
type IpAddress = Arg<name::ip_address, ViewerAddress>;
type Now = Arg<name::now, Time>;
type Verifier = Arg<name::verifier, GivenVerifier>;

/// Show what a signed URL or cookies contain. No key is needed, and nothing is verified.
///
/// Args:
///     url_or_cookies: A signed URL, a Cookie header, Set-Cookie lines (one text, or a list as from
///         SignedCookies.headers), or a mapping of cookie names to values.
///
/// Raises:
///     InvalidUrlError: The text is neither a signed URL nor CloudFront's cookies.
///     TypeError: The argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, inspect
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
///     >>> inspection = inspect(signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=1767290400))
///     >>> inspection.policy.resource, inspection.key_id, inspection.signature_kind
///     ('https://d111111abcdef8.cloudfront.net/a.mp4', 'K2JCJMDEHXQW5F', 'RSA-2048')
#[pyfunction]
pub(super) fn inspect(py: Python<'_>, url_or_cookies: Arg<name::url_or_cookies, Signed>) -> PyResult<Inspection> {
    crate::Inspection::new(&url_or_cookies.parsed()?.0).map(Inspection).raise(py)
}

/// The contents of a signed URL or of cookies, made by `inspect`. Nothing is verified.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
///     >>> key = PrivateKey.generate("ecdsa-p256")
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
///     >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
///     >>> inspection.via, inspection.url, inspection.expires
///     ('url', 'https://media.example.com/a.mp4', 1767290400)
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Inspection(crate::Inspection);

#[pymethods]
impl Inspection {
    /// Where the credentials were: "url" or "cookies".
    #[getter]
    fn via(&self) -> &'static str {
        self.0.via().name()
    }

    /// The URL without its signing parameters; None for cookies.
    #[getter]
    fn url(&self) -> Option<String> {
        self.0.url()
    }

    /// The policy. None if it cannot be read, or is a canned one in cookies, which depends on the URL that is
    /// requested.
    #[getter]
    fn policy(&self) -> Option<Policy> {
        self.0.policy().ok().flatten().map(Policy)
    }

    /// The key pair id, or None.
    #[getter]
    fn key_id(&self) -> Option<String> {
        self.0.key_id()
    }

    /// The hash algorithm as it was sent; "SHA1" if there was none.
    #[getter]
    fn hash_algorithm(&self) -> String {
        self.0.hash_algorithm()
    }

    /// When access ends, in seconds since 1970, even if the policy itself is unknown; None if it cannot be read.
    #[getter]
    fn expires(&self) -> Option<u64> {
        self.0.expires().map(crate::EpochSeconds::get)
    }

    /// The kind of key that the length of the signature indicates, such as "RSA-2048"; None without a readable
    /// signature.
    #[getter]
    fn signature_kind(&self) -> Option<&'static str> {
        self.0.signature_kind()
    }

    /// Describe the contents in plain words.
    ///
    /// Args:
    ///     now: The time that times are compared with: a `datetime` with a time zone, a `timedelta` from the present,
    ///         seconds since 1970, or ISO 8601 text with an offset. The default is the present.
    ///
    /// Returns:
    ///     Pairs of a label and a text.
    ///
    /// Raises:
    ///     InvalidPolicyError: `now` is not a valid time.
    ///     TypeError: The argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
    ///     >>> key = PrivateKey.generate("ecdsa-p256")
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
    ///     >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
    ///     >>> inspection.rows(now=1767290000)[0]
    ///     ('signed', 'URL, canned policy')
    #[pyo3(signature = (now=None))]
    fn rows(&self, py: Python<'_>, now: Option<Now>) -> PyResult<Vec<(&'static str, String)>> {
        Ok(self.0.rows(Time::or_now(now, py)?))
    }

    /// Decide a request with these credentials as the edge does, and explain a denial.
    ///
    /// Args:
    ///     verifier: The trusted keys.
    ///     request: The URL that is requested. Cookies require it; for a signed URL the default is that URL.
    ///     cookies: The Cookie header, or a mapping of names to values.
    ///     ip_address: The viewer's address, as text or an object of the module `ipaddress`. None, and text that is not
    ///         an address, is outside every range.
    ///     now: The time of the request: a `datetime` with a time zone, a `timedelta` from the present, seconds since
    ///         1970, or ISO 8601 text with an offset. The default is the present.
    ///
    /// Returns:
    ///     The diagnosis, which is true if the request is allowed.
    ///
    /// Raises:
    ///     InvalidUrlError: There are cookies, but no `request`.
    ///     InvalidPolicyError: `now` is not a valid time.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
    ///     >>> key = PrivateKey.generate("ecdsa-p256")
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
    ///     >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
    ///     >>> inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
    ///     <Diagnosis expired>
    #[pyo3(signature = (verifier, *, request=None, cookies=None, ip_address=None, now=None))]
    fn diagnose(
        &self,
        py: Python<'_>,
        verifier: Verifier,
        request: Option<Arg<name::request, Text>>,
        cookies: Option<Cookies>,
        ip_address: Option<IpAddress>,
        now: Option<Now>,
    ) -> PyResult<Diagnosis> {
        let verifier = verifier.parsed()?;
        let (request, cookies, address) = (request.parsed()?, cookies.parsed()?, ip_address.parsed()?);
        let circumstances = Circumstances {
            request: request.as_deref(),
            cookies: cookies.as_ref().map_or("", |cookies| &cookies.0),
            ip_address: address.and_then(|address| address.0),
            now: Time::or_now(now, py)?,
        };
        let verifier = &verifier.0.get().0;
        py.detach(|| crate::Diagnosis::of(&self.0, verifier, &circumstances)).map(Diagnosis).raise(py)
    }

    fn __str__(&self, py: Python<'_>) -> PyResult<String> {
        let rows = self.rows(py, None)?.into_iter().map(|(label, text)| format!("{label:<13}{text}"));
        Ok(rows.collect::<Vec<_>>().join("\n"))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        self.rows(py, None).map(html::table)
    }

    fn __repr__(&self) -> String {
        format!("<Inspection of {}>", mask_secrets(&self.0.url().unwrap_or_else(|| "cookies".to_owned())))
    }
}

/// The edge's answer to a request, and what is wrong if it is denied; true if it is allowed. Made by
/// `Inspection.diagnose`.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
///     >>> key = PrivateKey.generate("ecdsa-p256")
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
///     >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
///     >>> diagnosis = inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
///     >>> diagnosis.decision.reason
///     'expired 2 hours ago (2026-01-01 18:00:00 UTC)'
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Diagnosis(crate::Diagnosis);

#[pymethods]
impl Diagnosis {
    /// The edge's answer.
    #[getter]
    fn decision(&self) -> Decision {
        Decision(self.0.decision.clone())
    }

    /// What is wrong; empty if the request is allowed.
    #[getter]
    fn mistakes(&self) -> Vec<Mistake> {
        self.0.mistakes.iter().cloned().map(Mistake).collect()
    }

    /// What will fail later or with other clients, whether the request is allowed or not.
    #[getter]
    fn warnings(&self) -> Vec<Mistake> {
        self.0.warnings.iter().cloned().map(Mistake).collect()
    }

    fn __str__(&self) -> String {
        mask_secrets(&self.0.to_string()).into_owned()
    }

    fn __bool__(&self) -> bool {
        self.0.decision.is_allowed()
    }

    fn _repr_html_(&self) -> String {
        let mut rows = self.decision().rows();
        for (label, mistakes) in [("wrong", self.mistakes()), ("warning", self.warnings())] {
            for mistake in mistakes {
                rows.extend([(label, mistake.found()), ("right", mistake.advice())]);
            }
        }
        html::table(rows)
    }

    fn __repr__(&self) -> String {
        let names: Vec<_> = self.0.mistakes.iter().map(crate::Mistake::name).collect();
        format!("<Diagnosis {}>", if names.is_empty() { "allowed".to_owned() } else { names.join(", ") })
    }
}

/// One mistake: its name, what was found, and what to do. Made by `Inspection.diagnose` and `explain_answer`.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, inspect
///     >>> key = PrivateKey.generate("ecdsa-p256")
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", key)
///     >>> inspection = inspect(signer.sign_url("https://media.example.com/a.mp4", expires=1767290400))
///     >>> diagnosis = inspection.diagnose(Verifier({"K2JCJMDEHXQW5F": key.public_key()}), now=1767300000)
///     >>> [mistake.name for mistake in diagnosis.mistakes]
///     ['expired']
#[pyclass(module = "cloudfront_signer", frozen)]
pub(super) struct Mistake(crate::Mistake);

#[pymethods]
impl Mistake {
    /// A name for programs, such as "expired" or "other-hash".
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    /// What was found.
    #[getter]
    fn found(&self) -> String {
        mask_secrets(&self.0.to_string()).into_owned()
    }

    /// What to do.
    #[getter]
    fn advice(&self) -> String {
        mask_secrets(&self.0.advice()).into_owned()
    }

    fn _repr_html_(&self) -> String {
        html::table(vec![("mistake", self.0.name().to_owned()), ("wrong", self.found()), ("right", self.advice())])
    }

    fn __repr__(&self) -> String {
        format!("<Mistake {}: {}>", self.0.name(), self.found())
    }
}

/// The names of all mistakes: every value that `Mistake.name` can have. The names are stable.
///
/// Examples:
///     >>> from cloudfront_signer._native import mistake_names
///     >>> "expired" in mistake_names()
///     True
#[pyfunction]
pub(super) fn mistake_names() -> Vec<&'static str> {
    crate::Mistake::names().collect()
}

/// Explain the answer of CloudFront, or of S3 behind it, to a request for a signed URL.
///
/// Args:
///     url: The URL that was requested.
///     status: The status code; None if `body` contains the status line.
///     body: The text of the answer, with or without its status line and headers.
///     verifier: The trusted keys. With them the URL is diagnosed too, and its own mistakes come first.
///     ip_address: The viewer's address, as text or an object of the module `ipaddress`.
///     now: The time that times are compared with: a `datetime` with a time zone, a `timedelta` from the present,
///         seconds since 1970, or ISO 8601 text with an offset. The default is the present.
///
/// Returns:
///     The mistakes; empty if the file was served.
///
/// Raises:
///     InvalidUrlError: The URL cannot be read.
///     InvalidPolicyError: `now` is not a valid time.
///     TypeError: An argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import explain_answer
///     >>> body = "<Error><Code>AccessDenied</Code><RequestId>R</RequestId><HostId>H</HostId></Error>"
///     >>> explain_answer("https://d111111abcdef8.cloudfront.net/a.mp4", 403, body)[0].name
///     's3-denied'
#[pyfunction]
#[pyo3(signature = (url, status=None, body=None, *, verifier=None, ip_address=None, now=None))]
pub(super) fn explain_answer(
    py: Python<'_>,
    url: Arg<name::url, Text>,
    status: Option<u16>,
    body: Option<Arg<name::body, SentText>>,
    verifier: Option<Verifier>,
    ip_address: Option<IpAddress>,
    now: Option<Now>,
) -> PyResult<Vec<Mistake>> {
    let (url, body, verifier) = (url.parsed()?, body.parsed()?, verifier.parsed()?);
    let ip_address = ip_address.parsed()?.and_then(|address| address.0);
    let circumstances = Circumstances { request: None, cookies: "", ip_address, now: Time::or_now(now, py)? };
    let answer = crate::Answer::new(status, body.as_ref().map_or("", |body| &body.0));
    let verifier = verifier.as_ref().map(|verifier| &verifier.0.get().0);
    let mistakes = py.detach(|| answer.explain(&url, verifier, &circumstances)).raise(py)?;
    Ok(mistakes.into_iter().map(Mistake).collect())
}

/// A signed URL or cookies, in one text.
pub(super) struct Signed(String);

impl Parse for Signed {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        match value.cast::<PySequence>() {
            // A string is a sequence of strings too.
            Ok(lines) if !value.is_instance_of::<PyString>() => {
                let lines = lines.try_iter()?.map(|line| Ok(Text::parse(name, &line?)?.to_string()));
                Ok(Self(lines.collect::<PyResult<Vec<_>>>()?.join("\n")))
            }
            _ => CookieHeader::parse("cookies", value).map(|header| Self(header.0)),
        }
    }
}

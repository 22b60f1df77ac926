//! `CloudFrontSigner`.

use std::sync::Arc;

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyAttributeError, PyTypeError},
    intern,
    prelude::*,
    pybacked::PyBackedStr,
    types::{PyDict, PyTuple, PyType},
};

use super::{
    attributes::{deep_copy, shallow_copy},
    convert::{RaiseExt as _, each, errors, flag, hash_algorithm, text},
    cookies::SignedCookies,
    grant::Grant,
    interrupts::Interrupts,
    settings::{Settings, bare_domain, timedelta},
    signer_state::{Options, Ready, State},
    terms::{Arguments, Covered, Defaults, covered},
    time::{Expiry, Rules},
};
use crate::{Error, Policy, PolicyError};

/// Signs URLs, cookies and stream names for one key pair id.
///
/// `rsa_signer` is a PrivateKey, a private key of `cryptography`, or any callable from bytes to bytes, as in botocore.
/// `hash_algorithm` is "SHA1" or "SHA256"; the default is SHA1 for RSA and callables, SHA256 for ECDSA. `expires` and
/// `align` are used by every method where a call gives none. `domain` is kept for the caller's URLs. `key_id` and
/// `rsa_signer` can be replaced, and a subclass can have its own `__init__`, as in botocore. Safe to share between threads:
/// each call signs with the pair that it found when it began.
///
/// Times: `expires` is a datetime with its zone, a timedelta from now, a number of seconds since 1970, or ISO 8601 text
/// with an offset; numpy's times are UTC, as numpy counts. Raises InvalidPolicyError for a datetime without a zone (botocore's
/// methods take it as UTC), for a number past the year 5000, which is in milliseconds, for an expiry before 2001, which is
/// a span, and for a negative span. `not_before` is any moment, past ones included, but a number before 2001 is refused as
/// a span. What has expired when it is signed raises ExpiredWarning. `align`, a timedelta or a number of seconds, rounds
/// the expiry up to that grid.
///
/// >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
/// >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
/// >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", expires=2000000000)
/// >>> url.split("&Signature=")[0]
/// 'https://d111111abcdef8.cloudfront.net/video.mp4?Expires=2000000000'
#[pyclass(module = "cloudfront_signer", frozen, subclass)]
pub(super) struct CloudFrontSigner(pub(super) State);

#[pymethods]
impl CloudFrontSigner {
    /// Takes anything, so that a subclass may have an `__init__` of its own, as botocore's class allows.
    #[new]
    #[pyo3(
        signature = (*_arguments, **_keywords),
        text_signature = "(key_id, rsa_signer, *, hash_algorithm=None, expires=None, align=None, domain=None)"
    )]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self(State::default())
    }

    #[pyo3(signature = (key_id, rsa_signer, *, hash_algorithm=None, expires=None, align=None, domain=None))]
    fn __init__(
        slf: &Bound<'_, Self>,
        key_id: &Bound<'_, PyAny>,
        rsa_signer: &Bound<'_, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
        expires: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
        domain: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let options = Options {
            hash: self::hash_algorithm(hash_algorithm)?,
            defaults: Defaults::read(expires, align)?,
            domain: domain.map(bare_domain).transpose()?.map(Into::into),
        };
        let state = &slf.get().0;
        if slf.is_exact_instance_of::<Self>() {
            return state.set(Some(key_id), Some(rsa_signer), options);
        }
        // As botocore does it: a subclass may have attributes of its own under these names.
        state.set_options(options);
        slf.setattr(intern!(slf.py(), "key_id"), key_id)?;
        slf.setattr(intern!(slf.py(), "rsa_signer"), rsa_signer)
    }

    /// A signer from the environment: {prefix}KEY_PAIR_ID and {prefix}PRIVATE_KEY (a path, PEM, PEM in one line, or base64
    /// of PEM), and where they are set {prefix}PASSPHRASE, {prefix}HASH_ALGORITHM, {prefix}DOMAIN, {prefix}EXPIRES (a span
    /// such as 3600, 30m, 2h or 7d, or ISO 8601 text with an offset) and {prefix}ALIGN (a span).
    ///
    /// Raises SigningError for what is missing, and each argument's own error, with the variable's name, for what is wrong.
    #[classmethod]
    #[pyo3(signature = (prefix=None), text_signature = "($cls, prefix='CLOUDFRONT_SIGNER_')")]
    fn from_env<'py>(cls: &Bound<'py, PyType>, prefix: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let prefix = prefix.map(|prefix| text("prefix", prefix)).transpose()?;
        let settings = Settings::new(cls.py(), prefix.as_deref().unwrap_or("CLOUDFRONT_SIGNER_"))?;
        let (arguments, keywords) = settings.arguments()?;
        cls.call(arguments, Some(&keywords))
    }

    /// The key pair id. It can be replaced, as in botocore.
    #[getter]
    fn key_id(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.key_id(py)
    }

    #[setter(key_id)]
    fn set_key_id(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_key_id(value.py(), Some(value))
    }

    #[deleter(key_id)]
    fn delete_key_id(&self, py: Python<'_>) -> PyResult<()> {
        self.0.set_key_id(py, None)
    }

    /// What was given as signer. It can be replaced, as in botocore, and what replaces it signs.
    #[getter]
    fn rsa_signer(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.rsa_signer(py)
    }

    #[setter(rsa_signer)]
    fn set_rsa_signer(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_rsa_signer(value.py(), Some(value))
    }

    #[deleter(rsa_signer)]
    fn delete_rsa_signer(&self, py: Python<'_>) -> PyResult<()> {
        self.0.set_rsa_signer(py, None)
    }

    /// "SHA1" or "SHA256".
    #[getter]
    fn hash_algorithm(slf: &Bound<'_, Self>) -> PyResult<&'static str> {
        Ok(Self::ready(slf)?.signer.hash_algorithm().name())
    }

    /// When access ends where a call does not say it: a timedelta from then on, seconds since 1970, or None.
    #[getter]
    fn expires<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.0.options().defaults.expires {
            None => Ok(None),
            Some(Expiry::FromNow(seconds)) => timedelta(py, seconds).map(Some),
            Some(Expiry::At(moment)) => Ok(Some(moment.get().into_pyobject(py)?.into_any())),
        }
    }

    /// The grid that an expiry is rounded up to where a call does not say it, as a timedelta, or None.
    #[getter]
    fn align<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.options().defaults.align.map(|seconds| timedelta(py, seconds)).transpose()
    }

    /// The distribution's host name, or None.
    #[getter]
    fn domain(&self) -> Option<String> {
        self.0.options().domain.map(|domain| domain.to_string())
    }

    /// botocore's method: a canned policy for `date_less_than`, or the given custom policy. Same bytes.
    #[pyo3(signature = (url, date_less_than=None, policy=None))]
    fn generate_presigned_url(
        slf: &Bound<'_, Self>,
        url: &Bound<'_, PyAny>,
        date_less_than: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let arguments = Arguments {
            expires: date_less_than,
            policy,
            defaults: ready.defaults,
            rules: Rules::Botocore,
            ..Default::default()
        };
        ready.sign_one(&text("url", url)?, &arguments, url.py())
    }

    /// botocore's method: the JSON of a policy. A resource that is no URL, such as a stream's name, stays as it is.
    #[pyo3(signature = (resource, date_less_than, date_greater_than=None, ip_address=None))]
    #[allow(clippy::unused_self, reason = "a method in botocore")]
    fn build_policy(
        &self,
        resource: &Bound<'_, PyAny>,
        date_less_than: &Bound<'_, PyAny>,
        date_greater_than: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let py = resource.py();
        // botocore takes an empty string, among others, for "no address" and "no start".
        let given = |value: &&Bound<'_, PyAny>| value.is_truthy().unwrap_or(true);
        let (date_greater_than, ip_address) = (date_greater_than.filter(given), ip_address.filter(given));
        let arguments = Arguments {
            expires: Some(date_less_than),
            not_before: date_greater_than,
            ip_address,
            rules: Rules::Botocore,
            ..Default::default()
        };
        let (resource, conditions) = (text("resource", resource)?, arguments.conditions(py)?);
        let policy = match Policy::custom(&resource, conditions.clone()) {
            Err(Error::InvalidPolicy(PolicyError::BadResource(_))) => Policy::custom_as_given(&resource, conditions),
            policy => policy.raise(py)?,
        };
        Ok(policy.to_json().to_owned())
    }

    /// Sign one URL, with a canned policy unless a start, an address or a resource asks for a custom one.
    ///
    /// A `*` in the URL is literal and goes out as `%2A`: wildcards come from `resource` or `policy` alone.
    #[pyo3(signature = (url, *, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_url(
        slf: &Bound<'_, Self>,
        url: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        resource: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let defaults = ready.defaults;
        let arguments =
            Arguments { expires, not_before, ip_address, resource, policy, align, defaults, ..Default::default() };
        ready.sign_one(&text("url", url)?, &arguments, url.py())
    }

    /// Sign many URLs on all cores; the results come in their order. Equal policies are signed once.
    ///
    /// If one is refused, its exception has an attribute `index`: which one, counted from 0.
    #[pyo3(signature = (urls, *, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_urls(
        slf: &Bound<'_, Self>,
        urls: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        resource: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<String>> {
        let ready = Self::ready(slf)?;
        let py = urls.py();
        let urls: Vec<PyBackedStr> =
            each("urls", "an iterable of str", urls)?.map(|url| text("urls", &url?)).collect::<PyResult<_>>()?;
        let defaults = ready.defaults;
        let arguments =
            Arguments { expires, not_before, ip_address, resource, policy, align, defaults, ..Default::default() };
        let terms = arguments.terms(py)?;
        ready.work(py, |signer| {
            let interrupts = Interrupts::new();
            signer.sign_urls_while(&urls, &terms, &|| interrupts.check())
        })
    }

    /// Sign cookies for a resource, which may hold wildcards.
    ///
    /// A `policy` needs no resource beside it, and is refused where it does not certainly cover the one that is given:
    /// each `*` of the resource must be met by a `*` of the policy's, each `?` by a `?` or `*`.
    #[pyo3(signature = (resource=None, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_cookies(
        slf: &Bound<'_, Self>,
        resource: Option<&Bound<'_, PyAny>>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<SignedCookies> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let defaults = ready.defaults;
        let arguments = Arguments { expires, not_before, ip_address, policy, align, defaults, ..Default::default() };
        let signed = match covered(resource, &arguments, py)? {
            Covered::Resource(resource, terms) => ready.work(py, |signer| signer.sign_cookies(&resource, &terms)),
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_cookies_for_policy(policy)),
        };
        signed.map(SignedCookies)
    }

    /// Sign the parameters alone, as a dict, for a URL or for a resource with wildcards: `Expires` or `Policy`,
    /// `Signature`, `Key-Pair-Id` and, for SHA-256, `Hash-Algorithm`. Their values stand in a query as they are.
    ///
    /// The policy is the one that sign_cookies signs: canned where nothing but an expiry is given and nothing in the
    /// resource is a wildcard. A `policy` needs no resource beside it.
    #[pyo3(signature = (resource=None, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn signed_parameters<'py>(
        slf: &Bound<'py, Self>,
        resource: Option<&Bound<'_, PyAny>>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (ready, py) = (Self::ready(slf)?, slf.py());
        let defaults = ready.defaults;
        let arguments = Arguments { expires, not_before, ip_address, policy, align, defaults, ..Default::default() };
        let signed = match covered(resource, &arguments, py)? {
            Covered::Resource(resource, terms) => ready.work(py, |signer| signer.sign_parameters(&resource, &terms)),
            Covered::Policy(policy) => ready.work(py, |signer| signer.sign_parameters_for_policy(policy)),
        };
        let parameters = PyDict::new(py);
        for (name, value) in signed? {
            parameters.set_item(name, value)?;
        }
        Ok(parameters)
    }

    /// Sign the name of an RTMP stream: the resource is the name alone.
    #[pyo3(
        signature = (name, *, expires=None, escape=None, align=None),
        text_signature = "($self, name, *, expires=None, escape=True, align=None)"
    )]
    fn sign_stream(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        escape: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let (ready, py) = (Self::ready(slf)?, name.py());
        let arguments = Arguments { expires, align, defaults: ready.defaults, ..Default::default() };
        let escape = flag("escape", escape, true)?;
        let (name, end) = (text("name", name)?, arguments.conditions_to_sign(py)?.expires());
        ready.work(py, |signer| signer.sign_stream(&name, end, escape))
    }

    /// Sign once for all the URLs that a resource covers.
    #[pyo3(signature = (resource, *, expires=None, not_before=None, ip_address=None, align=None))]
    fn grant(
        slf: &Bound<'_, Self>,
        resource: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Grant> {
        let ready = Self::ready(slf)?;
        let py = resource.py();
        let resource = text("resource", resource)?;
        let defaults = ready.defaults;
        let arguments = Arguments { expires, not_before, ip_address, align, defaults, ..Default::default() };
        let conditions = arguments.conditions_to_sign(py)?;
        ready.work(py, |signer| signer.grant(&resource, conditions)).map(Grant)
    }

    fn __repr__(&self) -> String {
        let Some(ready) = self.0.ready() else {
            return "CloudFrontSigner()".to_owned();
        };
        let (key_id, hash) = (ready.signer.key_id(), ready.signer.hash_algorithm());
        format!("CloudFrontSigner(key_id='{key_id}', hash_algorithm='{hash}')")
    }

    #[allow(clippy::unused_self, reason = "a method in Python")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a CloudFrontSigner holds a private key and cannot be pickled"))
    }

    #[allow(clippy::needless_pass_by_value, reason = "the signature that PyO3 knows")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.0.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        shallow_copy(slf)
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, memo: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        deep_copy(slf, memo)
    }
}

impl CloudFrontSigner {
    /// What signs now. A subclass is asked for the attributes, as botocore asks, since it may have its own of them.
    fn ready(slf: &Bound<'_, Self>) -> PyResult<Arc<Ready>> {
        let (py, state) = (slf.py(), &slf.get().0);
        if slf.is_exact_instance_of::<Self>() {
            return state.ready().ok_or_else(not_set_up);
        }
        let attribute = |name| {
            slf.getattr(name).map_err(|error| {
                if state.ready().is_none() && error.is_instance_of::<PyAttributeError>(py) {
                    let raised = not_set_up();
                    raised.set_cause(py, Some(error));
                    return raised;
                }
                error
            })
        };
        state.ready_for(&attribute(intern!(py, "key_id"))?, &attribute(intern!(py, "rsa_signer"))?)
    }
}

fn not_set_up() -> PyErr {
    errors::SigningError::new_err(
        "key_id or rsa_signer is not set: CloudFrontSigner.__init__ was not called, or one of them was deleted",
    )
}

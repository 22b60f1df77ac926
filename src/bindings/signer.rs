//! `CloudFrontSigner` and `signed_url`.

use std::sync::Arc;

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyAttributeError, PyTypeError},
    intern,
    prelude::*,
    pybacked::PyBackedStr,
    types::{PyDict, PyTuple},
};

use super::{
    convert::{Arguments, RaiseExt as _, errors, hash_algorithm, policy, private_key, text, time},
    cookies::SignedCookies,
    grant::Grant,
    interrupts::Interrupts,
    key::PrivateKey,
    signer_state::{Options, Ready, State},
};
use crate::{Error, Policy, PolicyError, Terms};

/// Signs URLs, cookies and stream names for one key pair id.
///
/// `rsa_signer` is a PrivateKey, or any callable from bytes to bytes, as in botocore. `hash_algorithm` is "SHA1" or
/// "SHA256"; the default is SHA1 for RSA and callables, SHA256 for ECDSA. `key_id` and `rsa_signer` can be replaced, and a
/// subclass can have its own `__init__`, as in botocore. Safe to share between threads: each call signs with the pair that
/// it found when it began.
///
/// >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
/// >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
/// >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", expires=1767290400)
/// >>> url.split("&Signature=")[0]
/// 'https://d111111abcdef8.cloudfront.net/video.mp4?Expires=1767290400'
#[pyclass(module = "cloudfront_signer", frozen, subclass)]
pub(super) struct CloudFrontSigner(State);

#[pymethods]
impl CloudFrontSigner {
    /// Takes anything, so that a subclass may have an `__init__` of its own, as botocore's class allows.
    #[new]
    #[pyo3(
        signature = (*_arguments, **_keywords),
        text_signature = "(key_id, rsa_signer, *, hash_algorithm=None)"
    )]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self(State::default())
    }

    #[pyo3(signature = (key_id, rsa_signer, *, hash_algorithm=None))]
    fn __init__(
        slf: &Bound<'_, Self>,
        key_id: &Bound<'_, PyAny>,
        rsa_signer: &Bound<'_, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let options = Options { hash: self::hash_algorithm(hash_algorithm)? };
        let state = &slf.get().0;
        if slf.is_exact_instance_of::<Self>() {
            return state.set(Some(key_id), Some(rsa_signer), options);
        }
        // As botocore does it: a subclass may have attributes of its own under these names.
        state.set_options(options);
        slf.setattr(intern!(slf.py(), "key_id"), key_id)?;
        slf.setattr(intern!(slf.py(), "rsa_signer"), rsa_signer)
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

    /// botocore's method: a canned policy for `date_less_than`, or the given custom policy. Same bytes.
    #[pyo3(signature = (url, date_less_than=None, policy=None))]
    fn generate_presigned_url(
        slf: &Bound<'_, Self>,
        url: &Bound<'_, PyAny>,
        date_less_than: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let py = url.py();
        let url = text(url)?;
        match (date_less_than, policy) {
            (Some(_), Some(_)) => Err(Error::from(PolicyError::ExpiryAndPolicy)).raise(py),
            (None, None) => Err(Error::from(PolicyError::NeitherExpiryNorPolicy)).raise(py),
            (Some(end), None) => {
                let end = time("date_less_than", end)?;
                ready.work(py, |signer| signer.sign_url_canned(&url, end))
            }
            (None, Some(policy)) => {
                let terms = Terms::Policy(self::policy(policy)?);
                ready.work(py, |signer| signer.sign_url(&url, &terms))
            }
        }
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
            ..Default::default()
        };
        let (resource, conditions) = (text(resource)?, arguments.conditions(py)?);
        let policy = match Policy::custom(&resource, conditions.clone()) {
            Err(Error::InvalidPolicy(PolicyError::BadResource(_))) => Policy::custom_as_given(&resource, conditions),
            policy => policy.raise(py)?,
        };
        Ok(policy.to_json().to_owned())
    }

    /// Sign one URL, with a canned policy unless a start, an address, a resource or a `*` asks for a custom one.
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
        let py = url.py();
        let url = text(url)?;
        let terms = Arguments { expires, not_before, ip_address, resource, policy, align }.terms(py)?;
        if align.is_none() {
            return ready.work(py, |signer| signer.sign_url(&url, &terms));
        }
        // Without letting the interpreter go, which costs more than what is left to do.
        match ready.signer.recall_url(&url, &terms).raise(py)? {
            Some(signed) => Ok(signed),
            None => ready.work(py, |signer| signer.sign_url_remembering(&url, &terms)),
        }
    }

    /// Sign many URLs on all cores; the results come in their order. Equal policies are signed once.
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
        if urls.is_instance_of::<pyo3::types::PyString>() {
            return Err(PyTypeError::new_err("urls: a list of URLs is due, found one str; use sign_url"));
        }
        let urls: Vec<PyBackedStr> = urls.try_iter()?.map(|url| text(&url?)).collect::<PyResult<_>>()?;
        let terms = Arguments { expires, not_before, ip_address, resource, policy, align }.terms(py)?;
        ready.work(py, |signer| {
            let interrupts = Interrupts::new();
            signer.sign_urls_while(&urls, &terms, &|| interrupts.check())
        })
    }

    /// Sign cookies for a resource, which may hold wildcards.
    #[pyo3(signature = (resource, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_cookies(
        slf: &Bound<'_, Self>,
        resource: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<SignedCookies> {
        let ready = Self::ready(slf)?;
        let py = resource.py();
        let resource = text(resource)?;
        let terms = Arguments { expires, not_before, ip_address, policy, align, ..Default::default() }.terms(py)?;
        ready.work(py, |signer| signer.sign_cookies(&resource, &terms)).map(SignedCookies)
    }

    /// Sign the name of an RTMP stream: the resource is the name alone.
    #[pyo3(signature = (name, *, expires, escape=true))]
    fn sign_stream(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        expires: &Bound<'_, PyAny>,
        escape: bool,
    ) -> PyResult<String> {
        let ready = Self::ready(slf)?;
        let py = name.py();
        let (name, end) = (text(name)?, time("expires", expires)?);
        ready.work(py, |signer| signer.sign_stream(&name, end, escape))
    }

    /// Sign once for all the URLs that a resource covers.
    #[pyo3(signature = (resource, *, expires, not_before=None, ip_address=None, align=None))]
    fn grant(
        slf: &Bound<'_, Self>,
        resource: &Bound<'_, PyAny>,
        expires: &Bound<'_, PyAny>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Grant> {
        let ready = Self::ready(slf)?;
        let py = resource.py();
        let resource = text(resource)?;
        let arguments = Arguments { expires: Some(expires), not_before, ip_address, align, ..Default::default() };
        let conditions = arguments.conditions(py)?;
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
        let copy = Self::duplicate(slf)?;
        // Only a subclass has one.
        if let Some(own) = slf.getattr_opt(intern!(slf.py(), "__dict__"))? {
            copy.getattr(intern!(slf.py(), "__dict__"))?.cast::<PyDict>()?.update(own.cast()?)?;
        }
        Ok(copy)
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, memo: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let (py, copy) = (slf.py(), Self::duplicate(slf)?);
        if let Some(own) = slf.getattr_opt(intern!(py, "__dict__"))? {
            // It may lead back to this object.
            memo.set_item(slf.as_ptr().addr(), &copy)?;
            let own = py.import("copy")?.call_method1("deepcopy", (own, memo))?;
            copy.getattr(intern!(py, "__dict__"))?.cast::<PyDict>()?.update(own.cast()?)?;
        }
        Ok(copy)
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

    /// Without `__init__`, which a subclass may have changed.
    fn duplicate<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let copy =
            py.get_type::<Self>().call_method1(intern!(py, "__new__"), (slf.get_type(),))?.cast_into::<Self>()?;
        copy.get().0.copy_from(py, &slf.get().0)?;
        Ok(copy)
    }
}

fn not_set_up() -> PyErr {
    errors::SigningError::new_err(
        "key_id or rsa_signer is not set: CloudFrontSigner.__init__ was not called, or one of them was deleted",
    )
}

/// Sign one URL with a key that may be a PrivateKey, PEM text or a pathlib.Path.
///
/// The key is read on each call: for more than a few URLs make a CloudFrontSigner once.
///
/// >>> from cloudfront_signer import PrivateKey, signed_url
/// >>> url = signed_url("https://d111111abcdef8.cloudfront.net/a.mp4", key_id="K2JCJMDEHXQW5F",
/// ...                  private_key=PrivateKey.generate("ecdsa-p256"), expires=1767290400)
/// >>> url.endswith("&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256")
/// True
#[pyfunction]
#[pyo3(signature = (url, *, key_id, private_key, expires, not_before=None, ip_address=None, resource=None, hash_algorithm=None))]
#[allow(clippy::too_many_arguments, reason = "keyword arguments")]
pub(super) fn signed_url(
    url: &Bound<'_, PyAny>,
    key_id: &Bound<'_, PyAny>,
    private_key: &Bound<'_, PyAny>,
    expires: &Bound<'_, PyAny>,
    not_before: Option<&Bound<'_, PyAny>>,
    ip_address: Option<&Bound<'_, PyAny>>,
    resource: Option<&Bound<'_, PyAny>>,
    hash_algorithm: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let key = Bound::new(url.py(), PrivateKey(self::private_key(private_key, None)?))?;
    let ready = Ready::new(key_id, key.as_any(), Options { hash: self::hash_algorithm(hash_algorithm)? })?;
    let arguments = Arguments { expires: Some(expires), not_before, ip_address, resource, ..Default::default() };
    let (url, terms) = (text(url)?, arguments.terms(url.py())?);
    ready.work(key.py(), |signer| signer.sign_url(&url, &terms))
}

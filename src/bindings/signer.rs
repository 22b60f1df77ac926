//! `CloudFrontSigner` and `signed_url`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyRuntimeError, PyTypeError},
    prelude::*,
    pybacked::PyBackedStr,
    types::PyBytes,
};

use super::{
    convert::{Arguments, RaiseExt as _, hash_algorithm, policy, private_key, text, time, wrong_type},
    cookies::SignedCookies,
    grant::Grant,
    interrupts::Interrupts,
    key::{PrivateKey, RsaSigner},
};
use crate::{Error, HashAlgorithm, MessageSigner, Policy, PolicyError, Result, Signer, SigningError, Terms};

/// Signs URLs, cookies and stream names for one key pair id.
///
/// `rsa_signer` is a PrivateKey, or any callable from bytes to bytes, as in botocore. `hash_algorithm` is "SHA1" or
/// "SHA256"; the default is SHA1 for RSA and callables, SHA256 for ECDSA. Immutable, and safe to share between threads.
///
/// >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
/// >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
/// >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", expires=1767290400)
/// >>> url.split("&Signature=")[0]
/// 'https://d111111abcdef8.cloudfront.net/video.mp4?Expires=1767290400'
#[pyclass(module = "cloudfront_signer", frozen, subclass)]
pub(super) struct CloudFrontSigner {
    signer: Signer,
    given: Arc<Given>,
    /// Signing leaves Python, so the interpreter can be let go meanwhile.
    native: bool,
}

#[pymethods]
impl CloudFrontSigner {
    #[new]
    #[pyo3(signature = (key_id, rsa_signer, *, hash_algorithm=None))]
    fn new(
        key_id: &Bound<'_, PyAny>,
        rsa_signer: &Bound<'_, PyAny>,
        hash_algorithm: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = key_id.py();
        let key_id = text(key_id)?;
        let hash = self::hash_algorithm(hash_algorithm)?;
        let key = if let Ok(key) = rsa_signer.cast::<PrivateKey>() {
            Some(key.get().0.clone())
        } else {
            rsa_signer.cast::<RsaSigner>().ok().map(|signer| signer.get().0.clone())
        };
        let native = key.is_some();
        let given = Arc::new(Given(Mutex::new(Some(rsa_signer.clone().unbind()))));
        let signer = if let Some(key) = key {
            let hash = hash.unwrap_or(key.kind().default_hash_algorithm());
            Signer::with(&key_id, Arc::new(key), hash)
        } else if rsa_signer.is_callable() {
            Signer::with(&key_id, given.clone(), hash.unwrap_or(HashAlgorithm::Sha1))
        } else {
            return Err(wrong_type("rsa_signer", "a PrivateKey or a callable from bytes to bytes", rsa_signer));
        };
        Ok(Self { signer: signer.raise(py)?, given, native })
    }

    /// The key pair id.
    #[getter]
    fn key_id(&self) -> &str {
        self.signer.key_id()
    }

    /// What was given as signer.
    #[getter]
    fn rsa_signer(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.given.get(py)
    }

    /// "SHA1" or "SHA256".
    #[getter]
    fn hash_algorithm(&self) -> &'static str {
        self.signer.hash_algorithm().name()
    }

    /// botocore's method: a canned policy for `date_less_than`, or the given custom policy. Same bytes.
    #[pyo3(signature = (url, date_less_than=None, policy=None))]
    fn generate_presigned_url(
        &self,
        url: &Bound<'_, PyAny>,
        date_less_than: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let py = url.py();
        let url = text(url)?;
        match (date_less_than, policy) {
            (Some(_), Some(_)) => Err(Error::from(PolicyError::ExpiryAndPolicy)).raise(py),
            (None, None) => Err(Error::from(PolicyError::NeitherExpiryNorPolicy)).raise(py),
            (Some(end), None) => {
                let end = time("date_less_than", end)?;
                self.work(py, |signer| signer.sign_url_canned(&url, end))
            }
            (None, Some(policy)) => {
                let terms = Terms::Policy(self::policy(policy)?);
                self.work(py, |signer| signer.sign_url(&url, &terms))
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
        // botocore takes an empty string for "no address".
        let ip_address = ip_address.filter(|given| given.is_truthy().unwrap_or(true));
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
        &self,
        url: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        resource: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let py = url.py();
        let url = text(url)?;
        let terms = Arguments { expires, not_before, ip_address, resource, policy, align }.terms(py)?;
        if align.is_none() {
            return self.work(py, |signer| signer.sign_url(&url, &terms));
        }
        // Without letting the interpreter go, which costs more than what is left to do.
        match self.signer.recall_url(&url, &terms).raise(py)? {
            Some(signed) => Ok(signed),
            None => self.work(py, |signer| signer.sign_url_remembering(&url, &terms)),
        }
    }

    /// Sign many URLs on all cores; the results come in their order. Equal policies are signed once.
    #[pyo3(signature = (urls, *, expires=None, not_before=None, ip_address=None, resource=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_urls(
        &self,
        urls: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        resource: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<String>> {
        let py = urls.py();
        if urls.is_instance_of::<pyo3::types::PyString>() {
            return Err(PyTypeError::new_err("urls: a list of URLs is due, found one str; use sign_url"));
        }
        let urls: Vec<PyBackedStr> = urls.try_iter()?.map(|url| text(&url?)).collect::<PyResult<_>>()?;
        let terms = Arguments { expires, not_before, ip_address, resource, policy, align }.terms(py)?;
        self.work(py, |signer| {
            let interrupts = Interrupts::new();
            signer.sign_urls_while(&urls, &terms, &|| interrupts.check())
        })
    }

    /// Sign cookies for a resource, which may hold wildcards.
    #[pyo3(signature = (resource, *, expires=None, not_before=None, ip_address=None, policy=None, align=None))]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn sign_cookies(
        &self,
        resource: &Bound<'_, PyAny>,
        expires: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<SignedCookies> {
        let py = resource.py();
        let resource = text(resource)?;
        let terms = Arguments { expires, not_before, ip_address, policy, align, ..Default::default() }.terms(py)?;
        self.work(py, |signer| signer.sign_cookies(&resource, &terms)).map(SignedCookies)
    }

    /// Sign the name of an RTMP stream: the resource is the name alone.
    #[pyo3(signature = (name, *, expires, escape=true))]
    fn sign_stream(&self, name: &Bound<'_, PyAny>, expires: &Bound<'_, PyAny>, escape: bool) -> PyResult<String> {
        let py = name.py();
        let (name, end) = (text(name)?, time("expires", expires)?);
        self.work(py, |signer| signer.sign_stream(&name, end, escape))
    }

    /// Sign once for all the URLs that a resource covers.
    #[pyo3(signature = (resource, *, expires, not_before=None, ip_address=None, align=None))]
    fn grant(
        &self,
        resource: &Bound<'_, PyAny>,
        expires: &Bound<'_, PyAny>,
        not_before: Option<&Bound<'_, PyAny>>,
        ip_address: Option<&Bound<'_, PyAny>>,
        align: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Grant> {
        let py = resource.py();
        let resource = text(resource)?;
        let arguments = Arguments { expires: Some(expires), not_before, ip_address, align, ..Default::default() };
        let conditions = arguments.conditions(py)?;
        self.work(py, |signer| signer.grant(&resource, conditions)).map(Grant)
    }

    fn __repr__(&self) -> String {
        let (key_id, hash) = (self.signer.key_id(), self.signer.hash_algorithm());
        format!("CloudFrontSigner(key_id='{key_id}', hash_algorithm='{hash}')")
    }

    #[allow(clippy::unused_self, reason = "a method in Python")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a CloudFrontSigner holds a private key and cannot be pickled"))
    }

    #[allow(clippy::needless_pass_by_value, reason = "the signature that PyO3 knows")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        // Unseen while another thread looks at it, the object counts as in use.
        self.given.0.try_lock().map_or(Ok(()), |given| visit.call(&*given))
    }

    fn __clear__(&self) {
        let given = self.given.lock().take();
        drop(given);
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

impl CloudFrontSigner {
    /// Lets the interpreter go while a native key signs; a callable needs it.
    fn work<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&Signer) -> Result<T> + Send) -> PyResult<T> {
        if self.native { py.detach(|| work(&self.signer)) } else { work(&self.signer) }.raise(py)
    }
}

/// What was given as signer: the one reference to it, so that the garbage collector can see and drop it.
struct Given(Mutex<Option<Py<PyAny>>>);

impl Given {
    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock().as_ref().map(|given| given.clone_ref(py))
    }

    /// Held for a moment, in which Python does not run.
    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller's own signer.
impl MessageSigner for Given {
    fn sign(&self, message: &[u8], _hash: HashAlgorithm) -> Result<Vec<u8>> {
        Python::attach(|py| {
            let returned = self
                .get(py)
                .ok_or_else(|| PyRuntimeError::new_err("this signer was garbage: use it before it is collected"))
                .and_then(|callable| callable.call1(py, (PyBytes::new(py, message),)))
                // One that is written in C does not look for Ctrl-C.
                .and_then(|returned| py.check_signals().map(|()| returned.into_bound(py)))
                .map_err(|raised| SigningError::Caller(Box::new(raised)))?;
            if let Ok(signature) = returned.cast::<PyBytes>() {
                return Ok(signature.as_bytes().to_vec());
            }
            let found = returned.get_type().name().map_or_else(|_| "something else".into(), |name| name.to_string());
            Err(SigningError::NotBytes(found.as_str().into()).into())
        })
    }
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
    let signer = CloudFrontSigner::new(key_id, key.as_any(), hash_algorithm)?;
    signer.sign_url(url, Some(expires), not_before, ip_address, resource, None, None)
}

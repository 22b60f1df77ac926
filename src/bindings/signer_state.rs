//! What a `CloudFrontSigner` signs with: set by `__init__`, replaced attribute by attribute, and used as a whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyAttributeError, PyRuntimeError},
    intern,
    prelude::*,
    types::{PyBytes, PyString},
};

use super::{
    arguments::Parse as _,
    conditions::Defaults,
    convert::Text,
    exceptions::{RaiseExt as _, wrong_type},
    key_argument::private_key_object,
    terms::GivenTerms,
};
use crate::{HashAlgorithm, MessageSigner, Result, Signer, SigningError};

/// The arguments other than the key pair id and the signer. They cannot be replaced.
#[derive(Clone, Default)]
pub(super) struct Options {
    pub(super) hash: Option<HashAlgorithm>,
    pub(super) defaults: Defaults,
    pub(super) domain: Option<Arc<str>>,
}

/// Everything that one operation signs with. It does not change while another thread replaces an attribute.
pub(super) struct Ready {
    pub(super) signer: Signer,
    pub(super) defaults: Defaults,
    /// Signing runs no Python, so the interpreter is released meanwhile.
    native: bool,
}

impl Ready {
    pub(super) fn with_key(py: Python<'_>, key_id: &str, key: crate::PrivateKey, options: &Options) -> PyResult<Self> {
        let hash = options.hash.unwrap_or(key.kind().default_hash_algorithm());
        let signer = Signer::with(key_id, Arc::new(key), hash).raise(py)?;
        Ok(Self { signer, defaults: options.defaults, native: true })
    }

    fn new(
        key_id: &Bound<'_, PyAny>,
        rsa_signer: &Bound<'_, PyAny>,
        given: &Arc<Given>,
        options: &Options,
    ) -> PyResult<Self> {
        let py = key_id.py();
        let key_id = Text::parse("key_id", key_id)?;
        if let Some(key) = private_key_object(rsa_signer)? {
            return Self::with_key(py, &key_id, key, options);
        }
        if !rsa_signer.is_callable() {
            return Err(wrong_type("rsa_signer", "a PrivateKey or a callable from bytes to bytes", rsa_signer));
        }
        let hash = hash_for(rsa_signer, options.hash)?;
        let signer = Signer::with(&key_id, given.clone(), hash).raise(py)?;
        Ok(Self { signer, defaults: options.defaults, native: false })
    }

    /// Signs one URL. If the expiry is rounded up to a grid, the signature is kept for equal policies.
    pub(super) fn sign_one(&self, py: Python<'_>, url: &str, given: GivenTerms) -> PyResult<String> {
        let terms = given.parsed(py)?;
        if !terms.reuses_signatures() {
            return self.work(py, |signer| signer.sign_url(url, &terms));
        }
        // Attached to the interpreter but for the signature: to detach costs more than the rest of this work.
        let sign = |sign: &(dyn Fn() -> Result<String> + Sync)| if self.native { py.detach(sign) } else { sign() };
        self.signer.sign_url_around(url, &terms, sign).raise(py)
    }

    /// Releases the interpreter while a native key signs. A callable needs it.
    pub(super) fn work<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&Signer) -> Result<T> + Send) -> PyResult<T> {
        if self.native { py.detach(|| work(&self.signer)) } else { work(&self.signer) }.raise(py)
    }
}

/// The hash algorithm for a callable: that of its attribute `hash_algorithm`, which the classes of `keys` have.
fn hash_for(callable: &Bound<'_, PyAny>, given: Option<HashAlgorithm>) -> PyResult<HashAlgorithm> {
    let own = callable.getattr_opt(intern!(callable.py(), "hash_algorithm"))?;
    // Only text: a mock has every attribute.
    let own = own.filter(PyAnyMethods::is_instance_of::<PyString>);
    let own = own.map(|own| HashAlgorithm::parse("hash_algorithm", &own)).transpose()?;
    match (given, own) {
        (Some(given), Some(signer)) if given != signer => Err(crate::Error::from(SigningError::OtherHashAlgorithm {
            given: given.to_string(),
            signer: signer.to_string(),
        }))
        .raise(callable.py()),
        (given, own) => Ok(given.or(own).unwrap_or(HashAlgorithm::Sha1)),
    }
}

/// The attributes of one object.
#[derive(Default)]
pub(super) struct State(Mutex<Attributes>);

#[derive(Default)]
struct Attributes {
    key_id: Option<Py<PyAny>>,
    rsa_signer: Option<Py<PyAny>>,
    options: Options,
    built: Option<Built>,
}

impl Attributes {
    /// Fails if both are set but cannot sign.
    fn new(
        key_id: Option<&Bound<'_, PyAny>>,
        rsa_signer: Option<&Bound<'_, PyAny>>,
        options: Options,
    ) -> PyResult<Self> {
        let built = match (key_id, rsa_signer) {
            (Some(key_id), Some(rsa_signer)) => Some(Built::new(key_id, rsa_signer, &options)?),
            _ => None,
        };
        let own = |value: &Bound<'_, PyAny>| value.clone().unbind();
        Ok(Self { key_id: key_id.map(own), rsa_signer: rsa_signer.map(own), options, built })
    }
}

/// A signer that is ready, with the attributes that it was made from.
struct Built {
    key_id: Py<PyAny>,
    given: Arc<Given>,
    ready: Arc<Ready>,
}

impl Built {
    fn new(key_id: &Bound<'_, PyAny>, rsa_signer: &Bound<'_, PyAny>, options: &Options) -> PyResult<Self> {
        let given = Arc::new(Given::new(rsa_signer));
        let ready = Arc::new(Ready::new(key_id, rsa_signer, &given, options)?);
        Ok(Self { key_id: key_id.clone().unbind(), given, ready })
    }
}

impl State {
    pub(super) fn key_id(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let key_id = self.lock().key_id.as_ref().map(|key_id| key_id.clone_ref(py));
        key_id.ok_or_else(|| PyAttributeError::new_err("key_id is not set"))
    }

    pub(super) fn rsa_signer(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let rsa_signer = self.lock().rsa_signer.as_ref().map(|signer| signer.clone_ref(py));
        rsa_signer.ok_or_else(|| PyAttributeError::new_err("rsa_signer is not set"))
    }

    pub(super) fn set_key_id(&self, py: Python<'_>, key_id: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        loop {
            let (_, rsa_signer, options) = self.given(py);
            let attributes = Attributes::new(key_id, rsa_signer.as_ref().map(|signer| signer.bind(py)), options)?;
            if self.replace_if(attributes, |current| is_same(current.rsa_signer.as_ref(), rsa_signer.as_ref())) {
                return Ok(());
            }
        }
    }

    pub(super) fn set_rsa_signer(&self, py: Python<'_>, rsa_signer: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        loop {
            let (key_id, _, options) = self.given(py);
            let attributes = Attributes::new(key_id.as_ref().map(|key_id| key_id.bind(py)), rsa_signer, options)?;
            if self.replace_if(attributes, |current| is_same(current.key_id.as_ref(), key_id.as_ref())) {
                return Ok(());
            }
        }
    }

    pub(super) fn options(&self) -> Options {
        self.lock().options.clone()
    }

    pub(super) fn set_options(&self, options: Options) {
        self.lock().options = options;
    }

    /// Replaces everything, or nothing if the new attributes cannot sign.
    pub(super) fn set(
        &self,
        key_id: Option<&Bound<'_, PyAny>>,
        rsa_signer: Option<&Bound<'_, PyAny>>,
        options: Options,
    ) -> PyResult<()> {
        let attributes = Attributes::new(key_id, rsa_signer, options)?;
        self.replace_if(attributes, |_| true);
        Ok(())
    }

    pub(super) fn copy_from(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        let (key_id, rsa_signer, options) = other.given(py);
        self.set(key_id.as_ref().map(|id| id.bind(py)), rsa_signer.as_ref().map(|signer| signer.bind(py)), options)
    }

    /// The signer made from the attributes, if both are set.
    pub(super) fn ready(&self) -> Option<Arc<Ready>> {
        self.lock().built.as_ref().map(|built| built.ready.clone())
    }

    /// The signer for these attributes, which a subclass may override. It is made again if one of them changed.
    pub(super) fn ready_for(&self, key_id: &Bound<'_, PyAny>, rsa_signer: &Bound<'_, PyAny>) -> PyResult<Arc<Ready>> {
        let py = key_id.py();
        let built = self
            .lock()
            .built
            .as_ref()
            .map(|built| (built.key_id.clone_ref(py), built.given.clone(), built.ready.clone()));
        if let Some((built_id, given, ready)) = built
            && (key_id.is(&built_id) || key_id.eq(built_id)?)
            && given.get(py).is_some_and(|given| same_callable(rsa_signer, given.bind(py)))
        {
            return Ok(ready);
        }
        let built = Built::new(key_id, rsa_signer, &self.options())?;
        let ready = built.ready.clone();
        let old = self.lock().built.replace(built);
        drop(old);
        Ok(ready)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        // Another thread uses the object. Without a visit it counts as reachable.
        let Ok(attributes) = self.0.try_lock() else {
            return Ok(());
        };
        visit.call(&attributes.key_id)?;
        visit.call(&attributes.rsa_signer)?;
        let Some(built) = &attributes.built else {
            return Ok(());
        };
        visit.call(&built.key_id)?;
        built.given.0.try_lock().map_or(Ok(()), |given| visit.call(&*given))
    }

    pub(super) fn clear(&self) {
        let given = self.lock().built.as_ref().map(|built| built.given.clone());
        let callable = given.and_then(|given| given.lock().take());
        self.replace_if(Attributes::default(), |_| true);
        drop(callable);
    }

    fn given(&self, py: Python<'_>) -> (Option<Py<PyAny>>, Option<Py<PyAny>>, Options) {
        let attributes = self.lock();
        let own = |value: &Option<Py<PyAny>>| value.as_ref().map(|value| value.clone_ref(py));
        (own(&attributes.key_id), own(&attributes.rsa_signer), attributes.options.clone())
    }

    /// Replaces everything, unless another thread changed the attributes that the new ones were made from. The old ones
    /// are dropped after the lock is released: a destructor may run Python.
    fn replace_if(&self, mut attributes: Attributes, is_as_seen: impl FnOnce(&Attributes) -> bool) -> bool {
        let mut current = self.lock();
        let replaced = is_as_seen(&current);
        if replaced {
            std::mem::swap(&mut *current, &mut attributes);
        }
        drop(current);
        drop(attributes);
        replaced
    }

    /// Held briefly, while no Python code runs.
    fn lock(&self) -> MutexGuard<'_, Attributes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(one: Option<&Py<PyAny>>, other: Option<&Py<PyAny>>) -> bool {
    one.map(Py::as_ptr) == other.map(Py::as_ptr)
}

/// Whether two callables are the same. A bound method is a new object at each lookup.
fn same_callable(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> bool {
    let same = |name: &str| matches!((one.getattr(name), other.getattr(name)), (Ok(a), Ok(b)) if a.is(&b));
    one.is(other) || same("__self__") && same("__func__")
}

/// The signer that was given, where the garbage collector can visit and clear it.
struct Given(Mutex<Option<Py<PyAny>>>);

impl Given {
    fn new(given: &Bound<'_, PyAny>) -> Self {
        Self(Mutex::new(Some(given.clone().unbind())))
    }

    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock().as_ref().map(|given| given.clone_ref(py))
    }

    /// Held briefly, while no Python code runs.
    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A callable of the caller's as a signer.
impl MessageSigner for Given {
    fn sign(&self, message: &[u8], _hash: HashAlgorithm) -> Result<Vec<u8>> {
        Python::attach(|py| {
            let returned = self
                .get(py)
                .ok_or_else(|| {
                    PyRuntimeError::new_err("the signer was garbage-collected: keep a reference to it while it signs")
                })
                .and_then(|callable| callable.call1(py, (PyBytes::new(py, message),)))
                // A callable written in C does not check for Ctrl-C.
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

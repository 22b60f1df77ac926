//! `CloudFrontSigner`.

use std::sync::Arc;

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyAttributeError, PyTypeError},
    intern,
    prelude::*,
    types::{PyDict, PyTuple, PyType},
};

use super::{
    arguments::{Arg, OptionalArg as _, name},
    attributes::{own_attributes, put_attributes},
    conditions::{Align, Defaults, Expires},
    convert::Text,
    exceptions::classes,
    settings::{BareDomain, Settings, timedelta},
    signer_state::{Options, Ready, State},
    time::Expiry,
};
use crate::HashAlgorithm;

/// Signs URLs, cookies and stream names for one key pair id.
///
/// It takes the place of botocore's class: `key_id` and `rsa_signer` can be replaced, and a subclass may have another
/// `__init__`. It is safe to share between threads: each call signs with the pair that was set when it began.
///
/// Times: `expires` is a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or `float`), or
/// ISO 8601 text with an offset. numpy's times, `Decimal` and `Fraction` work too. Refused with InvalidPolicyError are
/// a `datetime` without a time zone (botocore's methods take it as UTC), a number past the year 5000, which is in
/// milliseconds, a number before 2001, which is a duration, and a negative duration. Signing what has expired warns
/// with ExpiredWarning.
///
/// Args:
///     key_id: The key pair id: the id that CloudFront shows for the public key, such as "K2JCJMDEHXQW5F".
///     rsa_signer: A PrivateKey, a private key of `cryptography`, or a callable from bytes to bytes, as in botocore.
///     hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA and SHA256 for ECDSA. A callable's is its
///         attribute `hash_algorithm`, or else SHA1.
///     expires: When access ends if a call does not say it: a duration is counted from each call.
///     align: The grid, a `timedelta` or a number of seconds, that an expiry is rounded up to if a call does not say
///         it.
///     domain: The host name of the distribution, kept for the caller's URLs.
///
/// Raises:
///     SigningError: The key pair id or the hash algorithm is not valid.
///     InvalidKeyError: The key cannot sign, such as a public key or a certificate.
///     InvalidPolicyError: `expires` or `align` is not valid.
///     TypeError: An argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
///     >>> url = signer.sign_url("https://d111111abcdef8.cloudfront.net/video.mp4", expires=2000000000)
///     >>> url.split("&Signature=")[0]
///     'https://d111111abcdef8.cloudfront.net/video.mp4?Expires=2000000000'
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
#[pyclass(module = "cloudfront_signer", frozen, subclass, dict, weakref)]
pub(super) struct CloudFrontSigner(pub(super) State);

#[pymethods]
impl CloudFrontSigner {
    /// Accepts anything, so that a subclass may have another `__init__`, as botocore's class allows.
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
        hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
        expires: Option<Expires>,
        align: Option<Align>,
        domain: Option<Arg<name::domain, BareDomain>>,
    ) -> PyResult<()> {
        let options = Options {
            hash: hash_algorithm.parsed()?,
            defaults: Defaults::new(slf.py(), expires, align)?,
            domain: domain.parsed()?.map(|domain| Arc::from(&*domain.0)),
        };
        let state = &slf.get().0;
        if slf.is_exact_instance_of::<Self>() {
            return state.set(Some(key_id), Some(rsa_signer), options);
        }
        // Set like any attribute, as botocore does: a subclass may override them.
        state.set_options(options);
        slf.setattr(intern!(slf.py(), "key_id"), key_id)?;
        slf.setattr(intern!(slf.py(), "rsa_signer"), rsa_signer)
    }

    /// Make a signer from environment variables.
    ///
    /// Required are KEY_PAIR_ID and PRIVATE_KEY (a path, PEM, PEM in one line, or base64 of PEM). Optional are
    /// PASSPHRASE, HASH_ALGORITHM, DOMAIN, EXPIRES (a duration such as 3600, 30m, 2h or 7d, or ISO 8601 text with an
    /// offset) and ALIGN (a duration). Each name begins with `prefix`. An empty variable counts as not set.
    ///
    /// Args:
    ///     prefix: What the names begin with.
    ///
    /// Returns:
    ///     A signer of the class that the method is called on.
    ///
    /// Raises:
    ///     SigningError: A required variable is not set.
    ///     CloudFrontSignerError: A value is not valid. The class is that of the argument, and the message names the
    ///         variable.
    ///
    /// Examples:
    ///     >>> import os
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> os.environ["DOCS_KEY_PAIR_ID"] = "K2JCJMDEHXQW5F"
    ///     >>> os.environ["DOCS_PRIVATE_KEY"] = PrivateKey.generate("ecdsa-p256").to_pem()
    ///     >>> CloudFrontSigner.from_env("DOCS_")
    ///     CloudFrontSigner(key_id='K2JCJMDEHXQW5F', hash_algorithm='SHA256')
    ///     >>> del os.environ["DOCS_KEY_PAIR_ID"], os.environ["DOCS_PRIVATE_KEY"]
    #[classmethod]
    #[pyo3(signature = (prefix=None), text_signature = "($cls, prefix='CLOUDFRONT_SIGNER_')")]
    fn from_env<'py>(cls: &Bound<'py, PyType>, prefix: Option<Arg<name::prefix, Text>>) -> PyResult<Bound<'py, PyAny>> {
        let prefix = prefix.parsed()?;
        let prefix = prefix.as_deref().unwrap_or("CLOUDFRONT_SIGNER_");
        let (arguments, keywords) = Settings::new(cls.py(), prefix)?.arguments()?;
        cls.call(arguments, Some(&keywords))
    }

    /// The key pair id. It can be replaced.
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

    /// The signer that was given. It can be replaced; the new one then signs.
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

    /// The hash that is signed: "SHA1" or "SHA256".
    #[getter]
    fn hash_algorithm(slf: &Bound<'_, Self>) -> PyResult<&'static str> {
        Ok(Self::ready(slf)?.signer.hash_algorithm().name())
    }

    /// When access ends if a call does not say it: a `timedelta` from each call, seconds since 1970, or None.
    #[getter]
    fn expires<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.0.options().defaults.expires {
            None => Ok(None),
            Some(Expiry::FromNow(seconds)) => timedelta(py, seconds).map(Some),
            Some(Expiry::At(time)) => Ok(Some(time.get().into_pyobject(py)?.into_any())),
        }
    }

    /// The grid that an expiry is rounded up to if a call does not say it, or None.
    #[getter]
    fn align<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.options().defaults.align.map(|seconds| timedelta(py, seconds)).transpose()
    }

    /// The host name of the distribution, or None.
    #[getter]
    fn domain(&self) -> Option<String> {
        self.0.options().domain.map(|domain| domain.to_string())
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
        put_attributes(&own_attributes(slf)?, &copy)?;
        Ok(copy)
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, memo: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let (py, copy, own) = (slf.py(), Self::duplicate(slf)?, own_attributes(slf)?);
        if !own.is_none() {
            // The attributes may lead back to this object.
            memo.set_item(slf.as_ptr().addr(), &copy)?;
            put_attributes(&py.import("copy")?.call_method1("deepcopy", (own, memo))?, &copy)?;
        }
        Ok(copy)
    }
}

impl CloudFrontSigner {
    /// What signs now. In a subclass the attributes are looked up, as botocore does: it may override them.
    pub(super) fn ready(slf: &Bound<'_, Self>) -> PyResult<Arc<Ready>> {
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

    /// Another instance of the same class, made without `__init__`, which a subclass may have changed.
    fn duplicate<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let class = py.get_type::<Self>();
        let copy = class.call_method1(intern!(py, "__new__"), (slf.get_type(),))?.cast_into::<Self>()?;
        copy.get().0.copy_from(py, &slf.get().0)?;
        Ok(copy)
    }
}

fn not_set_up() -> PyErr {
    classes::SigningError::new_err(
        "key_id or rsa_signer is not set: CloudFrontSigner.__init__ was not called, or one of them was deleted",
    )
}

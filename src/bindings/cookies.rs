//! `SignedCookies`, a read-only mapping.

use pyo3::{
    exceptions::PyKeyError,
    prelude::*,
    types::{PyDict, PyString},
};

use super::{
    arguments::{Arg, OptionalArg as _, Parse, name},
    convert::Text,
    exceptions::{RaiseExt as _, wrong_type},
    time::whole_seconds,
    time_value::span,
};
use crate::{CookieAttributes, CookieError};

type Domain = Arg<name::domain, Text>;
type Path = Arg<name::path, Text>;
type MaxAge = Arg<name::max_age, WholeSeconds>;
type Secure = Arg<name::secure, bool>;
type HttpOnly = Arg<name::http_only, bool>;
type SameSite = Arg<name::same_site, Text>;

/// The three or four cookies that grant access: a read-only mapping of names to values.
///
/// >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
/// >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
/// >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
/// >>> print(*cookies)
/// CloudFront-Policy CloudFront-Signature CloudFront-Key-Pair-Id
/// >>> cookies.headers("example.com", "/videos/", max_age=3600)[2]
/// 'CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F; Domain=example.com; Path=/videos/; Max-Age=3600; Secure; HttpOnly'
#[pyclass(module = "cloudfront_signer", frozen, mapping)]
pub(super) struct SignedCookies(pub(super) crate::SignedCookies);

#[pymethods]
impl SignedCookies {
    /// One Set-Cookie value a cookie. The default is the setting host alone, HTTPS only, out of reach of scripts, until the
    /// browser closes.
    ///
    /// `domain` is a bare domain name. `path` is a folder, without wildcards. `max_age` is a timedelta or whole seconds.
    /// `same_site` is "Strict", "Lax" or "None". Raises InvalidCookieError for what a browser would not take.
    #[pyo3(
        signature = (domain=None, path=None, *, max_age=None, secure=None, http_only=None, same_site=None),
        text_signature = "($self, domain=None, path='/', *, max_age=None, secure=True, http_only=True, same_site=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn headers(
        &self,
        py: Python<'_>,
        domain: Option<Domain>,
        path: Option<Path>,
        max_age: Option<MaxAge>,
        secure: Option<Secure>,
        http_only: Option<HttpOnly>,
        same_site: Option<SameSite>,
    ) -> PyResult<Vec<String>> {
        let attributes = attributes(domain, path, max_age, (secure, http_only), same_site)?;
        self.0.headers(&attributes).raise(py)
    }

    /// The value of the Cookie header that sends them all, as `curl -H "Cookie: …"` takes it.
    #[getter]
    fn header(&self) -> String {
        self.0.header()
    }

    /// Set the cookies on a response of Django, Flask or Starlette, or any other with their `set_cookie`.
    ///
    /// The arguments are those of `headers`. Nothing is set if one of them is refused.
    #[pyo3(
        signature = (response, domain=None, path=None, *, max_age=None, secure=None, http_only=None, same_site=None),
        text_signature = "($self, response, domain=None, path='/', *, max_age=None, secure=True, http_only=True, same_site=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "keyword arguments")]
    fn set_on(
        &self,
        response: &Bound<'_, PyAny>,
        domain: Option<Domain>,
        path: Option<Path>,
        max_age: Option<MaxAge>,
        secure: Option<Secure>,
        http_only: Option<HttpOnly>,
        same_site: Option<SameSite>,
    ) -> PyResult<()> {
        let py = response.py();
        let set_cookie = method(response, "set_cookie")?;
        let attributes = attributes(domain, path, max_age, (secure, http_only), same_site)?;
        self.0.headers(&attributes).raise(py)?;
        let keywords = PyDict::new(py);
        keywords.set_item("max_age", attributes.max_age)?;
        keywords.set_item("path", attributes.path)?;
        keywords.set_item("domain", attributes.domain)?;
        keywords.set_item("secure", attributes.secure)?;
        keywords.set_item("httponly", attributes.http_only)?;
        keywords.set_item("samesite", attributes.same_site)?;
        self.0.iter().try_for_each(|cookie| set_cookie.call(cookie, Some(&keywords)).map(drop))
    }

    /// Delete the cookies, by whatever policy they were made, on a response with `delete_cookie`: at logout, say.
    ///
    /// `domain`, `path`, `secure`, `http_only` and `same_site` must be those that the cookies were set with. No cookies are needed:
    /// `SignedCookies.clear_on(response)` does it.
    #[staticmethod]
    #[pyo3(
        signature = (response, domain=None, path=None, *, secure=None, http_only=None, same_site=None),
        text_signature = "(response, domain=None, path='/', *, secure=True, http_only=True, same_site=None)"
    )]
    fn clear_on(
        response: &Bound<'_, PyAny>,
        domain: Option<Domain>,
        path: Option<Path>,
        secure: Option<Secure>,
        http_only: Option<HttpOnly>,
        same_site: Option<SameSite>,
    ) -> PyResult<()> {
        let py = response.py();
        let delete_cookie = method(response, "delete_cookie")?;
        let attributes = attributes(domain, path, None, (secure, http_only), same_site)?;
        attributes.check().raise(py)?;
        let keywords = deletion(&delete_cookie, attributes)?;
        crate::SignedCookies::NAMES.iter().try_for_each(|name| delete_cookie.call((name,), Some(&keywords)).map(drop))
    }

    fn __getitem__(&self, name: &Bound<'_, PyAny>) -> PyResult<&str> {
        // The name itself, unless it is a key.
        let missing = || match name.cast::<PyString>() {
            Ok(text) => PyKeyError::new_err(crate::Excerpt::new(&text.to_string_lossy()).to_string()),
            Err(_) => PyKeyError::new_err(name.get_type().to_string()),
        };
        self.0.value(&Text::parse("name", name).map_err(|_| missing())?).ok_or_else(missing)
    }

    #[pyo3(signature = (key, default=None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.__getitem__(key) {
            Ok(value) => Ok(value.into_pyobject(py)?.into_any()),
            Err(_) => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }

    fn __len__(&self) -> usize {
        self.0.iter().count()
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        self.__getitem__(name).is_ok()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.to_dict(py)?.as_any().try_iter()?.into_any())
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("keys")
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("values")
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("items")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.to_dict(other.py())?.eq(other.call_method0("items").map_or_else(
            |_| other.clone(),
            |items| PyDict::from_sequence(&items).map_or_else(|_| other.clone(), Bound::into_any),
        ))
    }

    fn __repr__(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        format!("<SignedCookies {}>", names.join(", "))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

fn attributes(
    domain: Option<Domain>,
    path: Option<Path>,
    max_age: Option<MaxAge>,
    (secure, http_only): (Option<Secure>, Option<HttpOnly>),
    same_site: Option<SameSite>,
) -> PyResult<CookieAttributes> {
    Ok(CookieAttributes {
        domain: domain.parsed()?.map(|domain| domain.to_string()),
        path: path.parsed()?.map_or_else(|| "/".to_owned(), |path| path.to_string()),
        max_age: max_age.parsed()?.map(|age| age.0),
        secure: secure.parsed()?.unwrap_or(true),
        http_only: http_only.parsed()?.unwrap_or(true),
        same_site: same_site.parsed()?.map(|same_site| same_site.to_string()),
    })
}

/// A cookie's age, one second or more.
struct WholeSeconds(u64);

impl Parse for WholeSeconds {
    fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let seconds = span(name, value)?;
        if let Some(seconds) = whole_seconds(seconds) {
            return Ok(Self(seconds));
        }
        let (found, problem) = (seconds.to_string().as_str().into(), "a span of at least one second expected");
        Err(CookieError::BadAttribute { attribute: "Max-Age", found, problem }.into()).raise(value.py())
    }
}

/// The keywords that delete a cookie with these attributes, of those that `delete_cookie` has: Django's has no `secure`.
fn deletion<'py>(delete_cookie: &Bound<'py, PyAny>, attributes: CookieAttributes) -> PyResult<Bound<'py, PyDict>> {
    let py = delete_cookie.py();
    let inspect = py.import("inspect")?;
    let any = inspect.getattr("Parameter")?.getattr("VAR_KEYWORD")?;
    let parameters = inspect.call_method1("signature", (delete_cookie,))?.getattr("parameters")?;
    let takes_any = parameters
        .call_method0("values")?
        .try_iter()?
        .try_fold(false, |takes_any, parameter| Ok::<_, PyErr>(takes_any || parameter?.getattr("kind")?.eq(&any)?))?;
    let keywords = PyDict::new(py);
    keywords.set_item("path", attributes.path)?;
    keywords.set_item("domain", attributes.domain)?;
    keywords.set_item("secure", attributes.secure)?;
    keywords.set_item("httponly", attributes.http_only)?;
    keywords.set_item("samesite", attributes.same_site)?;
    for name in ["secure", "httponly", "samesite"] {
        if !takes_any && !parameters.contains(name)? {
            keywords.del_item(name)?;
        }
    }
    Ok(keywords)
}

fn method<'py>(response: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    response.getattr(name).map_err(|_| wrong_type("response", &format!("an object with {name}"), response))
}

impl SignedCookies {
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in self.0.iter() {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }
}

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
    html,
    time::whole_seconds,
    time_value::duration,
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
/// Examples:
///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
///     >>> print(*cookies)
///     CloudFront-Policy CloudFront-Signature CloudFront-Key-Pair-Id
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
#[pyclass(module = "cloudfront_signer", frozen, mapping)]
pub(super) struct SignedCookies(pub(super) crate::SignedCookies);

#[pymethods]
impl SignedCookies {
    /// Write the values of the Set-Cookie headers, one for each cookie.
    ///
    /// Args:
    ///     domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
    ///     path: The Path attribute, a folder without wildcards, which browsers would take literally.
    ///     max_age: The Max-Age attribute, a `timedelta` or whole seconds; None keeps the cookies until the browser
    ///         closes.
    ///     secure: Whether the cookies are sent over HTTPS only.
    ///     http_only: Whether scripts cannot read the cookies.
    ///     same_site: "Strict", "Lax" or "None"; None leaves the attribute out.
    ///
    /// Returns:
    ///     The header values, in the order of the cookies.
    ///
    /// Raises:
    ///     InvalidCookieError: A browser would refuse an attribute.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> cookies.headers("example.com", "/videos/", max_age=3600)[2][:62]
    ///     'CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F; Domain=example.com; Pat'
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

    /// The value of the Cookie header that sends all cookies, as `curl -H "Cookie: …"` takes it.
    #[getter]
    fn header(&self) -> String {
        self.0.header()
    }

    /// Set the cookies on a response of Django, Flask, Starlette, or another with the same `set_cookie`.
    ///
    /// If an argument is refused, no cookie is set.
    ///
    /// Args:
    ///     response: The response.
    ///     domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
    ///     path: The Path attribute, a folder without wildcards, which browsers would take literally.
    ///     max_age: The Max-Age attribute, a `timedelta` or whole seconds; None keeps the cookies until the browser
    ///         closes.
    ///     secure: Whether the cookies are sent over HTTPS only.
    ///     http_only: Whether scripts cannot read the cookies.
    ///     same_site: "Strict", "Lax" or "None"; None leaves the attribute out.
    ///
    /// Raises:
    ///     InvalidCookieError: A browser would refuse an attribute.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> from flask import Response
    ///     >>> response = Response()
    ///     >>> cookies.set_on(response, path="/videos/")
    ///     >>> len(response.headers.getlist("Set-Cookie"))
    ///     3
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

    /// Delete the cookies on a response, at logout for example, whatever policy they were made with.
    ///
    /// Browsers delete a cookie only if `domain` and `path` are those that it was set with. The other attributes are
    /// passed on if the `delete_cookie` of the response takes them. Call it on the class: no cookies are needed.
    ///
    /// Args:
    ///     response: The response.
    ///     domain: The Domain attribute, a bare domain name; None for the host that sets the cookies.
    ///     path: The Path attribute, a folder without wildcards, which browsers would take literally.
    ///     secure: Whether the cookies are sent over HTTPS only.
    ///     http_only: Whether scripts cannot read the cookies.
    ///     same_site: "Strict", "Lax" or "None"; None leaves the attribute out.
    ///
    /// Raises:
    ///     InvalidCookieError: A browser would refuse an attribute.
    ///     TypeError: An argument has the wrong type.
    ///
    /// Examples:
    ///     >>> from flask import Response
    ///     >>> from cloudfront_signer import SignedCookies
    ///     >>> response = Response()
    ///     >>> SignedCookies.clear_on(response, path="/videos/")
    ///     >>> len(response.headers.getlist("Set-Cookie"))
    ///     5
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
        // The message is the name, unless that is a key.
        let missing = || match name.cast::<PyString>() {
            Ok(text) => PyKeyError::new_err(crate::Excerpt::new(&text.to_string_lossy()).to_string()),
            Err(_) => PyKeyError::new_err(name.get_type().to_string()),
        };
        self.0.value(&Text::parse("name", name).map_err(|_| missing())?).ok_or_else(missing)
    }

    /// The value of a cookie, or a default.
    ///
    /// Args:
    ///     key: The name of the cookie.
    ///     default: What to return if there is no such cookie.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> cookies.get("CloudFront-Hash-Algorithm", "SHA1")
    ///     'SHA1'
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

    /// A view of the names of the cookies.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> len(cookies.keys())
    ///     3
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("keys")
    }

    /// A view of the values of the cookies.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> len(cookies.values())
    ///     3
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("values")
    }

    /// A view of the names and values of the cookies.
    ///
    /// Examples:
    ///     >>> from cloudfront_signer import CloudFrontSigner, PrivateKey
    ///     >>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate())
    ///     >>> cookies = signer.sign_cookies("https://media.example.com/videos/*", expires=2000000000)
    ///     >>> len(cookies.items())
    ///     3
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("items")
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.to_dict(other.py())?.eq(other.call_method0("items").map_or_else(
            |_| other.clone(),
            |items| PyDict::from_sequence(&items).map_or_else(|_| other.clone(), Bound::into_any),
        ))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let mut rows = vec![("cookies", self.names())];
        rows.extend(html::of_cookies(py, &self.0)?);
        Ok(html::table(rows))
    }

    fn __repr__(&self) -> String {
        format!("<SignedCookies {}>", self.names())
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
        let seconds = duration(name, value)?;
        if let Some(seconds) = whole_seconds(seconds) {
            return Ok(Self(seconds));
        }
        let (found, problem) = (seconds.to_string().as_str().into(), "expected a duration of at least one second");
        Err(CookieError::BadAttribute { attribute: "Max-Age", found, problem }.into()).raise(value.py())
    }
}

/// The keywords for `delete_cookie`. Those that it does not have are left out: Django's has no `secure`.
fn deletion<'py>(delete_cookie: &Bound<'py, PyAny>, attributes: CookieAttributes) -> PyResult<Bound<'py, PyDict>> {
    let keywords = PyDict::new(delete_cookie.py());
    keywords.set_item("path", attributes.path)?;
    keywords.set_item("domain", attributes.domain)?;
    keywords.set_item("secure", attributes.secure)?;
    keywords.set_item("httponly", attributes.http_only)?;
    keywords.set_item("samesite", attributes.same_site)?;
    for name in ["secure", "httponly", "samesite"] {
        if !has_keyword(delete_cookie, name)? {
            keywords.del_item(name)?;
        }
    }
    Ok(keywords)
}

/// Whether a callable has a keyword, or `**keywords`; false for one that does not tell its signature.
fn has_keyword(callable: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    let inspect = callable.py().import("inspect")?;
    let Ok(signature) = inspect.call_method1("signature", (callable,)) else { return Ok(false) };
    let parameters = signature.getattr("parameters")?;
    if parameters.contains(name)? {
        return Ok(true);
    }
    let any = inspect.getattr("Parameter")?.getattr("VAR_KEYWORD")?;
    for parameter in parameters.call_method0("values")?.try_iter()? {
        if parameter?.getattr("kind")?.eq(&any)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn method<'py>(response: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    response.getattr(name).map_err(|_| wrong_type("response", &format!("an object with {name}"), response))
}

impl SignedCookies {
    fn names(&self) -> String {
        self.0.iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, value) in self.0.iter() {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }
}

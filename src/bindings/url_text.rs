//! `quote_path` and `wire_url`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::Text,
    exceptions::RaiseExt as _,
};

/// Quote a file name, or an object's key, so that it can be a URL's path.
///
/// Everything but letters, digits, `-`, `.`, `_`, `~` and the `/` between folders is percent-encoded: a `?` or `#` in a
/// name would end the path. A `.` or `..` between slashes cannot be quoted, and clients resolve it.
///
/// >>> from cloudfront_signer import quote_path
/// >>> 'https://d111111abcdef8.cloudfront.net/' + quote_path('a+b c/what?#1.txt')
/// 'https://d111111abcdef8.cloudfront.net/a%2Bb%20c/what%3F%231.txt'
#[pyfunction]
pub(super) fn quote_path(name: Arg<name::name, Text>) -> PyResult<String> {
    Ok(crate::quote_path(&name.parsed()?))
}

/// Spell a URL as it is signed and sent: what clients would encode is encoded, `*` and later `?` are literal.
///
/// >>> from cloudfront_signer._native import wire_url
/// >>> wire_url('https://D111.example:443/a b*?c?d')
/// 'https://d111.example/a%20b%2A?c%3Fd'
#[pyfunction]
pub(super) fn wire_url(py: Python<'_>, url: Arg<name::url, Text>) -> PyResult<String> {
    Ok(crate::Url::parse(&url.parsed()?).raise(py)?.as_str().to_owned())
}

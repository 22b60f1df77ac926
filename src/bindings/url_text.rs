//! `quote_path` and `wire_url`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::Text,
    exceptions::RaiseExt as _,
};

/// Quote a file name, or the key of an object, for the path of a URL.
///
/// Letters, digits, `-`, `.`, `_`, `~` and the `/` between folders are kept; everything else is percent-encoded, since
/// a `?` or `#` in a name would end the path. A `.` or `..` between slashes cannot be quoted: clients resolve it.
///
/// Args:
///     name: The name, with `/` between folders.
///
/// Raises:
///     InvalidUrlError: The name holds a lone surrogate.
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer import quote_path
///     >>> "https://d111111abcdef8.cloudfront.net/" + quote_path("a+b c/what?#1.txt")
///     'https://d111111abcdef8.cloudfront.net/a%2Bb%20c/what%3F%231.txt'
#[pyfunction]
pub(super) fn quote_path(name: Arg<name::name, Text>) -> PyResult<String> {
    Ok(crate::quote_path(&name.parsed()?))
}

/// Spell a URL as it is signed and sent.
///
/// What clients would percent-encode is encoded. `*`, and each `?` after the first, become literal.
///
/// Args:
///     url: The URL, with its scheme and host.
///
/// Raises:
///     InvalidUrlError: The URL is relative, or has no valid host.
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer._native import wire_url
///     >>> wire_url("https://D111.example:443/a b*?c?d")
///     'https://d111.example/a%20b%2A?c%3Fd'
#[pyfunction]
pub(super) fn wire_url(py: Python<'_>, url: Arg<name::url, Text>) -> PyResult<String> {
    Ok(crate::Url::parse(&url.parsed()?).raise(py)?.as_str().to_owned())
}

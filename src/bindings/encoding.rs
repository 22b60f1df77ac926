//! `encode_base64`, `decode_base64`, `escape_query` and `unescape_query`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, name},
    convert::{Bytes, Text},
    exceptions::RaiseExt as _,
};

/// Encode bytes in CloudFront's base64: `-` for `+`, `~` for `/`, `_` for `=`.
///
/// Args:
///     data: The bytes to encode.
///
/// Raises:
///     TypeError: The argument is not `bytes`.
///
/// Examples:
///     >>> from cloudfront_signer import encode_base64
///     >>> encode_base64(bytes([0xFB, 0xFF, 0xFE, 0x3F]))
///     '-~~-Pw__'
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-linux-openssl.html
#[pyfunction]
pub(super) fn encode_base64(data: Arg<name::data, Bytes>) -> PyResult<String> {
    Ok(crate::encode_base64(&data.parsed()?))
}

/// Decode CloudFront's base64.
///
/// Args:
///     text: The encoded text.
///
/// Raises:
///     InvalidSignatureError: The text is not CloudFront's base64.
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer import decode_base64
///     >>> decode_base64("aGk_")
///     b'hi'
#[pyfunction]
pub(super) fn decode_base64(py: Python<'_>, text: Arg<name::text, Text>) -> PyResult<Vec<u8>> {
    crate::decode_base64(&text.parsed()?).raise(py)
}

/// Escape `?`, `=` and `&`, on which the Flash player split the name of a stream.
///
/// Args:
///     text: The name with its parameters.
///
/// Raises:
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer import escape_query
///     >>> escape_query("video.mp4?Expires=1")
///     'video.mp4%3FExpires%3D1'
#[pyfunction]
pub(super) fn escape_query(text: Arg<name::text, Text>) -> PyResult<String> {
    Ok(crate::escape_query(&text.parsed()?))
}

/// Undo `escape_query`.
///
/// Args:
///     text: The escaped name.
///
/// Raises:
///     TypeError: The argument is not `str`.
///
/// Examples:
///     >>> from cloudfront_signer import unescape_query
///     >>> unescape_query("video.mp4%3FExpires%3D1")
///     'video.mp4?Expires=1'
#[pyfunction]
pub(super) fn unescape_query(text: Arg<name::text, Text>) -> PyResult<String> {
    Ok(crate::unescape_query(&text.parsed()?))
}

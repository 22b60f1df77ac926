//! `excerpt`, `holds_key` and `mask_secrets`: a caller's text in messages and logs.

use pyo3::prelude::*;

/// Show a caller's text in a message: one line of at most 120 characters, signatures shortened, keys withheld.
///
/// Args:
///     text: The text, or any object that has one.
///     whole: The text that `text` was cut from. A part of a key may be too short to be recognized by itself.
///
/// Examples:
///     >>> from cloudfront_signer._native import excerpt
///     >>> excerpt("-----BEGIN PRIVATE KEY-----")
///     '<a private key in PEM, 27 characters>'
#[pyfunction]
#[pyo3(signature = (text, whole=None))]
pub(super) fn excerpt(text: &Bound<'_, PyAny>, whole: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    let part = shown(text)?;
    Ok(match whole {
        Some(whole) => crate::Excerpt::of_part(&part, &shown(whole)?).to_string(),
        None => crate::Excerpt::new(&part).to_string(),
    })
}

/// Whether a text is or contains a key: in PEM, in base64 of PEM, in DER, or as a JSON Web Key.
///
/// Args:
///     text: The text, or any object that has one.
///
/// Examples:
///     >>> from cloudfront_signer._native import holds_key
///     >>> holds_key("private_key.pem")
///     False
#[pyfunction]
pub(super) fn holds_key(text: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(crate::holds_key(&shown(text)?))
}

/// Remove keys and signatures from the message of another program, and keep the rest.
///
/// Args:
///     message: The message, or any object that has one.
///
/// Examples:
///     >>> from cloudfront_signer._native import mask_secrets
///     >>> mask_secrets("no such file: '-----BEGIN PRIVATE KEY-----'")
///     "no such file: '<a private key in PEM, 28 characters>"
#[pyfunction]
pub(super) fn mask_secrets(message: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::mask_secrets(&shown(message)?).into_owned())
}

/// The text of any object: one that is not a string may hold a key too.
fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(value.str()?.to_string_lossy().into_owned())
}

//! The Python module `cloudfront_signer._native`: arguments are parsed once at the border, the core does the rest.

mod attributes;
mod convert;
mod cookies;
mod grant;
mod hints;
mod inspection;
mod interrupts;
mod path_pattern;
mod policy;
mod private_key;
mod settings;
mod signed_url;
mod signer;
mod signer_state;
mod terms;
mod time;
mod verifier;

use pyo3::{prelude::*, types::PyDict};

use self::convert::RaiseExt as _;

#[pymodule(gil_used = false)]
mod _native {
    /// The version of both, the core and the package.
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::{
        cookies::SignedCookies,
        decode_base64, encode_base64, engine_info, escape_query, excerpt,
        grant::Grant,
        holds_key,
        inspection::{Diagnosis, Inspection, Mistake, explain_answer, inspect, mistake_names},
        mask_secrets,
        path_pattern::PathPattern,
        policy::Policy,
        private_key::{PrivateKey, PublicKey, RsaSigner, rsa_signer},
        quote_path,
        signed_url::signed_url,
        signer::CloudFrontSigner,
        unescape_query,
        verifier::{Decision, Verifier},
        wire_url,
    };
}

/// Say who signs: the engine, the engines of this build, and how many threads a batch gets.
///
/// The environment variable CLOUDFRONT_SIGNER_ENGINE names another engine, for tests; a name that is not known raises
/// InvalidKeyError.
///
/// >>> from cloudfront_signer import engine_info
/// >>> engine_info().get("threads") >= 1
/// True
#[pyfunction]
fn engine_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let chosen = crate::Engine::chosen().map_err(crate::Error::from).raise(py)?;
    let info = PyDict::new(py);
    info.set_item("engine", chosen.name())?;
    let available: Vec<_> = crate::Engine::available().iter().map(|engine| engine.name()).collect();
    info.set_item("available", available)?;
    info.set_item("threads", crate::engine::cores())?;
    Ok(info)
}

/// Encode bytes in CloudFront's base64: `-` for `+`, `~` for `/`, `_` for `=`.
///
/// >>> from cloudfront_signer import encode_base64
/// >>> encode_base64(bytes([0xFB, 0xFF, 0xFE, 0x3F]))
/// '-~~-Pw__'
#[pyfunction]
fn encode_base64(data: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::encode_base64(convert::bytes("data", data)?))
}

/// Decode CloudFront's base64; anything else raises InvalidSignatureError.
///
/// >>> from cloudfront_signer import decode_base64
/// >>> decode_base64('aGk_')
/// b'hi'
#[pyfunction]
fn decode_base64(text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    crate::decode_base64(&convert::text("text", text)?).raise(text.py())
}

/// Escape `?`, `=` and `&`, on which the Flash player split a stream's name.
///
/// >>> from cloudfront_signer import escape_query
/// >>> escape_query('video.mp4?Expires=1')
/// 'video.mp4%3FExpires%3D1'
#[pyfunction]
fn escape_query(text: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::escape_query(&convert::text("text", text)?))
}

/// Undo `escape_query`.
///
/// >>> from cloudfront_signer import unescape_query
/// >>> unescape_query('video.mp4%3FExpires%3D1')
/// 'video.mp4?Expires=1'
#[pyfunction]
fn unescape_query(text: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::unescape_query(&convert::text("text", text)?))
}

/// Quote a file name, or an object's key, so that it can be a URL's path.
///
/// Everything but letters, digits, `-`, `.`, `_`, `~` and the `/` between folders is percent-encoded: a `?` or `#` in a
/// name would end the path. A `.` or `..` between slashes cannot be quoted, and clients resolve it.
///
/// >>> from cloudfront_signer import quote_path
/// >>> 'https://d111111abcdef8.cloudfront.net/' + quote_path('a+b c/what?#1.txt')
/// 'https://d111111abcdef8.cloudfront.net/a%2Bb%20c/what%3F%231.txt'
#[pyfunction]
fn quote_path(name: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::quote_path(&convert::text("name", name)?))
}

/// Spell a URL as it is signed and sent: what clients would encode is encoded, `*` and later `?` are literal.
///
/// >>> from cloudfront_signer._native import wire_url
/// >>> wire_url('https://D111.example:443/a b*?c?d')
/// 'https://d111.example/a%20b%2A?c%3Fd'
#[pyfunction]
fn wire_url(url: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::Url::parse(&convert::text("url", url)?).raise(url.py())?.as_str().to_owned())
}

/// Show a caller's text in a message: one line of at most 120 characters, signatures cut, keys withheld.
///
/// Where the text was cut out of another one, `whole`, that counts too: a part of a key is too short to be known as one.
///
/// >>> from cloudfront_signer._native import excerpt
/// >>> excerpt('-----BEGIN PRIVATE KEY-----')
/// '<a private key in PEM, 27 characters>'
#[pyfunction]
#[pyo3(signature = (text, whole=None))]
fn excerpt(text: &Bound<'_, PyAny>, whole: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    let part = shown(text)?;
    Ok(match whole {
        Some(whole) => crate::Excerpt::of_part(&part, &shown(whole)?).to_string(),
        None => crate::Excerpt::new(&part).to_string(),
    })
}

/// Whether a text is a key, or has one in it: in PEM, in base64 of PEM, in DER or as a JSON Web Key.
///
/// >>> from cloudfront_signer._native import holds_key
/// >>> holds_key('private_key.pem')
/// False
#[pyfunction]
fn holds_key(text: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(crate::holds_key(&shown(text)?))
}

/// Take key material and signatures out of a message that others wrote, and leave the rest.
///
/// >>> from cloudfront_signer._native import mask_secrets
/// >>> mask_secrets("no such file: '-----BEGIN PRIVATE KEY-----'")
/// "no such file: '<a private key in PEM, 28 characters>"
#[pyfunction]
fn mask_secrets(message: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(crate::mask_secrets(&shown(message)?).into_owned())
}

/// The text of anything: what is no string may be a key as well, and PyO3's own refusal would show it.
fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(value.str()?.to_string_lossy().into_owned())
}

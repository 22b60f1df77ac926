//! `signed_url`: one URL, one call.

use pyo3::prelude::*;

use super::{
    convert::{hash_algorithm, private_key, text},
    private_key::PrivateKey,
    signer_state::{Options, Ready},
    terms::Arguments,
};

/// Sign one URL with a key that may be a PrivateKey, PEM text or a pathlib.Path.
///
/// The key is read on each call: for more than a few URLs make a CloudFrontSigner once.
///
/// >>> from cloudfront_signer import PrivateKey, signed_url
/// >>> url = signed_url("https://d111111abcdef8.cloudfront.net/a.mp4", key_id="K2JCJMDEHXQW5F",
/// ...                  private_key=PrivateKey.generate("ecdsa-p256"), expires=2000000000)
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
    let key = Bound::new(url.py(), PrivateKey(self::private_key("private_key", private_key, None)?))?;
    let options = Options { hash: self::hash_algorithm(hash_algorithm)?, ..Default::default() };
    let ready = Ready::new(key_id, key.as_any(), &options)?;
    let arguments = Arguments { expires: Some(expires), not_before, ip_address, resource, ..Default::default() };
    ready.sign_one(&text("url", url)?, &arguments, url.py())
}

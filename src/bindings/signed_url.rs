//! `signed_url`: one URL, one call.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, name},
    conditions::{Expires, GivenConditions, IpAddress, NotBefore},
    convert::Text,
    key_argument::PathOrPem,
    signer_state::{Options, Ready},
    terms::{GivenTerms, Resource},
};
use crate::HashAlgorithm;

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
    py: Python<'_>,
    url: Arg<name::url, Text>,
    key_id: Arg<name::key_id, Text>,
    private_key: Arg<name::private_key, PathOrPem>,
    expires: Expires,
    not_before: Option<NotBefore>,
    ip_address: Option<IpAddress>,
    resource: Option<Resource>,
    hash_algorithm: Option<Arg<name::hash_algorithm, HashAlgorithm>>,
) -> PyResult<String> {
    let key = private_key.parsed()?.read(py, None)?;
    let options = Options { hash: hash_algorithm.parsed()?, ..Default::default() };
    let ready = Ready::with_key(py, &key_id.parsed()?, key, &options)?;
    let conditions = GivenConditions { expires: Some(expires), not_before, ip_address, ..Default::default() };
    ready.sign_one(py, &url.parsed()?, GivenTerms { conditions, resource, policy: None })
}

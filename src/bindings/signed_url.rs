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

/// Sign one URL with one call.
///
/// The key is read on each call: for more than a few URLs, make a CloudFrontSigner once.
///
/// Args:
///     url: The URL to sign, with its scheme, host, path and query.
///     key_id: The key pair id.
///     private_key: A PrivateKey, a private key of `cryptography`, PEM text, or the `pathlib.Path` of a key file.
///     expires: When access ends: a `datetime` with a time zone, a `timedelta` from now, seconds since 1970 (`int` or
///         `float`), or ISO 8601 text with an offset, such as "2030-01-31T12:00:00Z".
///     not_before: When access starts, in the same forms; None for at once.
///     ip_address: The IPv4 address or CIDR range of the viewers, as text or an object of the module `ipaddress`.
///     resource: A URL with wildcards (`*`, `?`) that access is granted to, instead of the URL itself.
///     hash_algorithm: "SHA1" or "SHA256". The default is SHA1 for RSA, SHA256 for ECDSA.
///
/// Returns:
///     The signed URL.
///
/// Raises:
///     InvalidKeyError: The key cannot be read.
///     InvalidUrlError: The URL is relative, has no valid host, is signed already, or is longer than 8,192 bytes.
///     InvalidPolicyError: The terms contradict each other, a time or an address is not valid, or the resource does not
///         cover the URL.
///     SigningError: The signer returned no signature.
///     TypeError: An argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey, signed_url
///     >>> url = signed_url("https://d111111abcdef8.cloudfront.net/a.mp4", key_id="K2JCJMDEHXQW5F",
///     ...                  private_key=PrivateKey.generate("ecdsa-p256"), expires=2000000000)
///     >>> url.endswith("&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256")
///     True
///
/// See https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
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

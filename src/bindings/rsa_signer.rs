//! `rsa_signer`.

use pyo3::prelude::*;

use super::{
    arguments::{Arg, OptionalArg as _, name},
    convert::Secret,
    key_argument::PathOrPem,
    private_key::RsaSigner,
};

/// Make a callable for `botocore.signers.CloudFrontSigner`: the key is read once, not on each URL.
///
/// botocore sends no Hash-Algorithm parameter, so the signature is over SHA-1.
///
/// Args:
///     key: A PrivateKey, a private key of `cryptography`, PEM text, or the `pathlib.Path` of a key file.
///     passphrase: What an encrypted key was encrypted with.
///
/// Returns:
///     A callable that signs bytes.
///
/// Raises:
///     InvalidKeyError: The key cannot be read, or the passphrase does not open it.
///     TypeError: An argument has the wrong type.
///
/// Examples:
///     >>> from cloudfront_signer import PrivateKey, rsa_signer
///     >>> rsa_signer(PrivateKey.generate())
///     <RsaSigner rsa-2048>
#[pyfunction]
#[pyo3(signature = (key, passphrase=None))]
pub(super) fn rsa_signer(
    py: Python<'_>,
    key: Arg<name::key, PathOrPem>,
    passphrase: Option<Arg<name::passphrase, Secret>>,
) -> PyResult<RsaSigner> {
    let (key, passphrase) = (key.parsed()?, passphrase.parsed()?);
    key.read(py, passphrase).map(RsaSigner)
}

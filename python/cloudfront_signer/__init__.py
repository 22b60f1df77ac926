"""Sign CloudFront private content: URLs, cookies and stream names.

>>> from cloudfront_signer import CloudFrontSigner, PrivateKey
>>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
>>> signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=2000000000).split("&")[0]
'https://d111111abcdef8.cloudfront.net/a.mp4?Expires=2000000000'

.. PYTEST_DONT_REWRITE: pytest_plugin would otherwise warn in programs that import this package and then run pytest.
"""

from collections.abc import Mapping as _Mapping

from cloudfront_signer._native import (
    CloudFrontSigner,
    Decision,
    Diagnosis,
    Grant,
    Inspection,
    Mistake,
    Policy,
    PrivateKey,
    PublicKey,
    RsaSigner,
    SignedCookies,
    Verifier,
    decode_base64,
    encode_base64,
    engine_info,
    escape_query,
    explain_answer,
    inspect,
    quote_path,
    rsa_signer,
    signed_url,
    unescape_query,
)
from cloudfront_signer._native import (
    __version__ as __version__,
)
from cloudfront_signer.errors import (
    CloudFrontSignerError,
    ExpiredWarning,
    InvalidCookieError,
    InvalidKeyError,
    InvalidManifestError,
    InvalidPolicyError,
    InvalidSignatureError,
    InvalidUrlError,
    SigningError,
)

__all__ = [
    "CloudFrontSigner",
    "CloudFrontSignerError",
    "Decision",
    "Diagnosis",
    "ExpiredWarning",
    "Grant",
    "Inspection",
    "InvalidCookieError",
    "InvalidKeyError",
    "InvalidManifestError",
    "InvalidPolicyError",
    "InvalidSignatureError",
    "InvalidUrlError",
    "Mistake",
    "Policy",
    "PrivateKey",
    "PublicKey",
    "RsaSigner",
    "SignedCookies",
    "SigningError",
    "Verifier",
    "decode_base64",
    "encode_base64",
    "engine_info",
    "escape_query",
    "explain_answer",
    "inspect",
    "quote_path",
    "rsa_signer",
    "signed_url",
    "unescape_query",
]

_Mapping.register(SignedCookies)

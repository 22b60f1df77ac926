"""Private keys where people keep them, and their rotation (extras ``[keys]`` and ``[pkcs11]``).

A key that is fetched: ``from_file`` and ``from_environment`` need no extra, ``from_secrets_manager`` and
``from_parameter_store`` need ``[keys]``, and ``KeySource`` takes any function that returns a key. A key that never
leaves its place: ``KmsSigner`` needs ``[keys]``, ``Pkcs11Signer`` needs ``[pkcs11]``; any other remote signer is a
callable from bytes to bytes, which ``CloudFrontSigner`` takes as it is. Their method ``signer`` returns a
``CloudFrontSigner``. ``KeyRing`` changes from one key pair to the next at a given time. ``AsyncSigner`` signs in
coroutines.

>>> import os
>>> from cloudfront_signer import PrivateKey
>>> from cloudfront_signer.keys import KeyRing, from_environment
>>> os.environ["OLD_KEY"] = PrivateKey.generate().to_pem()
>>> os.environ["NEW_KEY"] = PrivateKey.generate("ecdsa-p256").to_pem()
>>> ring = KeyRing(
...     ("K2JCJMDEHXQW5F", from_environment("OLD_KEY")),
...     ("K3D5EWEUDCCXON", from_environment("NEW_KEY")),
...     switch_at="2026-01-31T03:00:00Z",
... )
>>> signer = ring.signer()
>>> signer.sign_url("https://example.com/a", expires=2000000000).partition("&Key-Pair-Id=")[2]
'K3D5EWEUDCCXON&Hash-Algorithm=SHA256'
"""

from cloudfront_signer.keys.asynchronous import AsyncSigner
from cloudfront_signer.keys.environment import from_environment
from cloudfront_signer.keys.kms import KmsSigner
from cloudfront_signer.keys.parameter_store import from_parameter_store
from cloudfront_signer.keys.pkcs11 import Pkcs11Signer
from cloudfront_signer.keys.ring import KeyRing
from cloudfront_signer.keys.secrets_manager import from_secrets_manager
from cloudfront_signer.keys.sources import KeySource, from_file

__all__ = [
    "AsyncSigner",
    "KeyRing",
    "KeySource",
    "KmsSigner",
    "Pkcs11Signer",
    "from_environment",
    "from_file",
    "from_parameter_store",
    "from_secrets_manager",
]

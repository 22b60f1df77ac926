"""A private key in an environment variable."""

import os

from cloudfront_signer._native import excerpt
from cloudfront_signer.errors import InvalidKeyError
from cloudfront_signer.keys.sources import KeySource


def from_environment(name: str = "CLOUDFRONT_SIGNER_PRIVATE_KEY", passphrase: str | bytes | None = None) -> KeySource:
    r"""A source that reads an environment variable once, when the key is first needed.

    The variable holds PEM in several lines, PEM in one line with its line breaks written as `\n` or as spaces, or
    base64 of PEM. It may be removed from the environment after the first signature.

    Args:
        name: The name of the variable.
        passphrase: What an encrypted key was encrypted with.

    >>> import os
    >>> from cloudfront_signer import PrivateKey
    >>> from cloudfront_signer.keys import from_environment
    >>> os.environ["SIGNING_KEY"] = PrivateKey.generate("ecdsa-p256").to_pem().replace("\n", r"\n")
    >>> from_environment("SIGNING_KEY").private_key()
    <PrivateKey ecdsa-p256>
    """
    shown = f"environment variable {excerpt(name)}"

    def fetch() -> str:
        value = os.environ.get(name, "")
        if not value.strip():
            raise InvalidKeyError(f"{shown} is not set: set it to the private key in PEM, or to base64 of it")
        return value

    return KeySource(fetch, name=shown, lifetime=None, passphrase=passphrase)

"""Where the setting ``private_key`` leads: to a key, to text or a file that holds one, or to a store that keeps it."""

import os
import re
from importlib import import_module
from typing import Any, Protocol, runtime_checkable

from cloudfront_signer import CloudFrontSigner, InvalidKeyError

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_SECRET = re.compile(r"arn:[\w-]+:secretsmanager:")
_PARAMETER = re.compile(r"arn:[\w-]+:ssm:[^:]*:[^:]*:parameter/")


@runtime_checkable
class KeySource(Protocol):
    """An object of ``cloudfront_signer.keys`` that fetches its key, and fetches it again later."""

    def signer(self, key_pair_id: str | None = None, **options: Any) -> CloudFrontSigner:
        """Return a signer that follows the key."""


def find_key(value: Any, passphrase: Any) -> Any:
    """Return what a ``private_key`` leads to: a KeySource, or what ``CloudFrontSigner.from_env`` also reads.

    Raises InvalidKeyError for an environment variable that is not set, and for a store whose client is not installed.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _VARIABLE.fullmatch(text) and not os.path.exists(text):
        found = os.environ.get(text, "")
        if not found.strip():
            raise InvalidKeyError(f"the environment variable {text} is not set, or empty")
        text = value = found
    if _SECRET.match(text) or _PARAMETER.match(text):
        return _stored_key(text, passphrase)
    return value


def _stored_key(arn: str, passphrase: Any) -> KeySource:
    try:
        keys = import_module("cloudfront_signer.keys")
    except ImportError:
        raise InvalidKeyError("a key in AWS needs boto3: pip install 'cloudfront-signer[keys]'") from None
    open_source = keys.from_secrets_manager if _SECRET.match(arn) else keys.from_parameter_store
    source: KeySource = open_source(arn, passphrase=passphrase)
    return source

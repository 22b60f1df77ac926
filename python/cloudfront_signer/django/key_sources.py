"""Where the setting ``private_key`` leads: to a key, to text or a file that holds one, or to a store that keeps it."""

import os
import re
from typing import Any

from cloudfront_signer import InvalidKeyError
from cloudfront_signer._native import excerpt
from cloudfront_signer.keys import from_parameter_store, from_secrets_manager

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_SECRET = re.compile(r"arn:[\w-]+:secretsmanager:")
_PARAMETER = re.compile(r"arn:[\w-]+:ssm:[^:]*:[^:]*:parameter/")


def find_key(value: Any, passphrase: Any) -> Any:
    """Return what a ``private_key`` leads to: a source of ``cloudfront_signer.keys``, or
    what ``CloudFrontSigner.from_env`` also reads.

    Raises InvalidKeyError for an environment variable that is not set.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if _VARIABLE.fullmatch(text) and not os.path.exists(text):
        found = os.environ.get(text, "")
        if not found.strip():
            raise InvalidKeyError(f"the environment variable {excerpt(text)} is not set, or empty")
        text = value = found
    if _SECRET.match(text) or _PARAMETER.match(text):
        open_source = from_secrets_manager if _SECRET.match(text) else from_parameter_store
        return open_source(text, passphrase=passphrase)
    return value

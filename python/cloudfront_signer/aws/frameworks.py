"""The settings that an application needs to sign for a stack, in the form of its framework."""

import shlex
from collections.abc import Callable

from cloudfront_signer.aws.state import State


def _words(stack: State) -> dict[str, str]:
    """The settings that ``from_env`` and the Flask extension read."""
    return {
        "CLOUDFRONT_SIGNER_DOMAIN": stack.domain_names.get("signed", ""),
        "CLOUDFRONT_SIGNER_KEY_PAIR_ID": stack.public_key,
        "CLOUDFRONT_SIGNER_PRIVATE_KEY": stack.private_key,
        "CLOUDFRONT_SIGNER_EXPIRES": "1h",
    }


def _env(stack: State) -> str:
    return "".join(f"{name}={shlex.quote(value) if value else ''}\n" for name, value in _words(stack).items())


def _django(stack: State) -> str:
    return f"""\
from pathlib import Path

from cloudfront_signer import CloudFrontSigner, PrivateKey

STORAGES = {{
    "default": {{
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {{
            "bucket_name": {stack.bucket!r},
            "custom_domain": {stack.domain_names.get("signed", "")!r},
            "cloudfront_signer": CloudFrontSigner(
                {stack.public_key!r}, PrivateKey.from_file(Path({stack.private_key!r}))
            ),
        }},
    }},
    "staticfiles": {{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
}}
"""


def _flask(stack: State) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in _words(stack).items())


def _all(stack: State) -> str:
    parts = (("a .env file", _env), ("Django", _django), ("Flask", _flask))
    return "\n".join(f"# {name}\n{write(stack)}" for name, write in parts)


SETTINGS: dict[str, Callable[[State], str]] = {"settings": _all, "env": _env, "django": _django, "flask": _flask}

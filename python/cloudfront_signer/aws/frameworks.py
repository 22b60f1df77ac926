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
    words = {name.removeprefix("CLOUDFRONT_SIGNER_").lower(): value for name, value in _words(stack).items()}
    lines = "".join(f"    {word!r}: {value!r},\n" for word, value in words.items())
    return f"""\
INSTALLED_APPS += ["cloudfront_signer.django"]
CLOUDFRONT_SIGNER = {{
{lines}}}
STORAGES["default"] = {{
    "BACKEND": "cloudfront_signer.django.storage.CloudFrontStorage",
    "OPTIONS": {{"bucket_name": {stack.bucket!r}, "region_name": {stack.region!r}}},
}}
"""


def _flask(stack: State) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in _words(stack).items())


def _all(stack: State) -> str:
    parts = (("a .env file", _env), ("Django", _django), ("Flask", _flask))
    return "\n".join(f"# {name}\n{write(stack)}" for name, write in parts)


SETTINGS: dict[str, Callable[[State], str]] = {"settings": _all, "env": _env, "django": _django, "flask": _flask}

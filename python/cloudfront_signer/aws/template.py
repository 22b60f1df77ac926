"""The same stack as a template, for people who keep infrastructure in code; no private key is in it."""

from collections.abc import Callable, Sequence

from cloudfront_signer.aws.bucket import check_name
from cloudfront_signer.aws.cloudformation import document
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.terraform import configuration

_MOST_KEYS = 5


def cloudformation(bucket: str, public_keys: Sequence[str], options: Options | None = None) -> str:
    """A CloudFormation template in JSON. ``public_keys`` are PEM, the one that applications sign with first."""
    _check(bucket, public_keys)
    return document(bucket, public_keys, options or Options())


def terraform(bucket: str, public_keys: Sequence[str], options: Options | None = None) -> str:
    """A Terraform configuration. ``public_keys`` are PEM, the one that applications sign with first."""
    _check(bucket, public_keys)
    return configuration(bucket, public_keys, options or Options())


def _check(bucket: str, public_keys: Sequence[str]) -> None:
    check_name(bucket)
    if not 1 <= len(public_keys) <= _MOST_KEYS:
        raise SetupError(f"a key group holds 1 to {_MOST_KEYS} keys, {len(public_keys)} were given")
    if len({"".join(pem.split()) for pem in public_keys}) < len(public_keys):
        raise SetupError("one of the public keys is given twice")


FORMATS: dict[str, Callable[[str, Sequence[str], Options], str]] = {
    "cloudformation": cloudformation,
    "terraform": terraform,
}

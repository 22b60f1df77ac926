"""The stack as a template for infrastructure as code, without the private key."""

from collections.abc import Callable, Sequence

from cloudfront_signer.aws.bucket import check_name
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.keys import MOST_KEYS, without_blanks
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.templates.cloudformation import document
from cloudfront_signer.aws.templates.terraform import configuration


def cloudformation(bucket: str, public_keys: Sequence[str], options: Options | None = None) -> str:
    """A CloudFormation template in JSON. ``public_keys`` are PEM; applications sign with the first."""
    _check(bucket, public_keys)
    return document(bucket, public_keys, options or Options())


def terraform(bucket: str, public_keys: Sequence[str], options: Options | None = None) -> str:
    """A Terraform configuration. ``public_keys`` are PEM; applications sign with the first."""
    _check(bucket, public_keys)
    return configuration(bucket, public_keys, options or Options())


def _check(bucket: str, public_keys: Sequence[str]) -> None:
    check_name(bucket)
    if not 1 <= len(public_keys) <= MOST_KEYS:
        raise SetupError(f"--public-key: found {len(public_keys)} keys, expected 1 to {MOST_KEYS}, as in a key group")
    if len({without_blanks(pem) for pem in public_keys}) < len(public_keys):
        raise SetupError("a public key is given twice: give each once")


FORMATS: dict[str, Callable[[str, Sequence[str], Options], str]] = {
    "cloudformation": cloudformation,
    "terraform": terraform,
}

"""The keyword arguments that all signers of this package take."""

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from cloudfront_signer._native import _Hash, _Span, _Time


class SignerOptions(TypedDict, total=False):
    """The keyword arguments of `CloudFrontSigner`."""

    hash_algorithm: "_Hash | None"
    expires: "_Time | None"
    align: "_Span | None"
    domain: str | None


def with_hash(options: SignerOptions, hash_algorithm: "_Hash | None") -> SignerOptions:
    """The same options, with this hash algorithm."""
    return {**options, "hash_algorithm": hash_algorithm}

"""The keyword arguments of signers and of their methods."""

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from cloudfront_signer._native import Policy, _Address, _Dict, _Duration, _Hash, _Time


class SignerOptions(TypedDict, total=False):
    """The keyword arguments of `CloudFrontSigner`."""

    hash_algorithm: "_Hash | None"
    expires: "_Time | None"
    align: "_Duration | None"
    domain: str | None


class StreamTerms(TypedDict, total=False):
    """The keyword arguments of `sign_stream`."""

    expires: "_Time | None"
    escape: bool
    align: "_Duration | None"


class GrantTerms(TypedDict, total=False):
    """The keyword arguments of `grant`."""

    expires: "_Time | None"
    not_before: "_Time | None"
    ip_address: "_Address | None"
    align: "_Duration | None"


class CookieTerms(GrantTerms, total=False):
    """The keyword arguments of `sign_cookies` and `signed_parameters`."""

    policy: "Policy | str | bytes | _Dict | None"


class UrlTerms(CookieTerms, total=False):
    """The keyword arguments of `sign_url` and `sign_urls`."""

    resource: str | None

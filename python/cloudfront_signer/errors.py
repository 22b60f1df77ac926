"""The exceptions and the warning of this package.

All exceptions are ``ValueError``s, say in one line what was found and what to do, and hold no key material.
"""

from cloudfront_signer._native import mask_secrets


class _Masked(Exception):
    """Shows no key: what a message quotes may be one that was given in the wrong place."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(one if mask_secrets(repr(one)) == repr(one) else mask_secrets(str(one)) for one in args))


class CloudFrontSignerError(_Masked, ValueError):
    """Everything that this package refuses."""

    # Where one of many was refused (``sign_urls``, ``Grant.urls``): which one, counted from 0.
    index: int | None = None


class InvalidKeyError(CloudFrontSignerError):
    """A private or public key could not be used."""


class InvalidPolicyError(CloudFrontSignerError):
    """A policy, or one of its conditions, is not what CloudFront accepts, or they do not go together."""


class InvalidUrlError(CloudFrontSignerError):
    """A URL, a stream name or a domain is not what CloudFront accepts."""


class InvalidCookieError(CloudFrontSignerError):
    """A cookie's attribute (Domain, Path, Max-Age, SameSite) is not what a browser accepts."""


class InvalidSignatureError(CloudFrontSignerError):
    """A signature's text form could not be decoded."""


class SigningError(CloudFrontSignerError):
    """No signature could be made."""


class ExpiredWarning(_Masked, UserWarning):
    """What is signed has expired already and grants no access."""

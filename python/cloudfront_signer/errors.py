"""The exceptions and the warning of this package.

All exceptions are ``ValueError``s. A message states in one line what was found and what to do, and contains no key
material.
"""

from cloudfront_signer._native import mask_secrets


class _Masked(Exception):
    """Masks keys: a message may quote a key that was passed in the wrong place."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(one if mask_secrets(repr(one)) == repr(one) else mask_secrets(str(one)) for one in args))


class CloudFrontSignerError(_Masked, ValueError):
    """The base class of all errors of this package."""

    # The position, counted from 0, of the URL that ``sign_urls`` or ``Grant.urls`` rejected.
    index: int | None = None

    # The line, counted from 1, of the manifest that ``sign_hls`` or ``sign_dash`` rejected.
    line: int | None = None


class InvalidKeyError(CloudFrontSignerError):
    """A private or public key is not usable."""

    # Whether the key is encrypted and no passphrase was given.
    passphrase_missing: bool = False


class InvalidPolicyError(CloudFrontSignerError):
    """CloudFront would not accept the policy, one of its conditions, or their combination."""


class InvalidUrlError(CloudFrontSignerError):
    """CloudFront would not accept the URL, stream name or domain."""


class InvalidCookieError(CloudFrontSignerError):
    """A browser would not accept an attribute of the cookie (Domain, Path, Max-Age, SameSite)."""


class InvalidManifestError(CloudFrontSignerError):
    """A playlist of HLS or an MPD of DASH could not be read or signed."""


class InvalidSignatureError(CloudFrontSignerError):
    """The text form of a signature could not be decoded."""


class SigningError(CloudFrontSignerError):
    """Signing failed."""


class ExpiredWarning(_Masked, UserWarning):
    """The expiry is in the past: the signature grants no access."""

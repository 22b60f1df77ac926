"""The exceptions of this package.

All are ``ValueError``s, say in one line what was found and what to do, and hold no key material.
"""

from cloudfront_signer._native import mask_secrets


class CloudFrontSignerError(ValueError):
    """Everything that this package refuses."""

    def __init__(self, *args: object) -> None:
        # What the messages quote may be a key that was given in the wrong place.
        super().__init__(*(one if mask_secrets(repr(one)) == repr(one) else mask_secrets(str(one)) for one in args))


class InvalidKeyError(CloudFrontSignerError):
    """A private or public key could not be used."""


class InvalidPolicyError(CloudFrontSignerError):
    """A policy, or one of its conditions, is not what CloudFront accepts."""


class InvalidUrlError(CloudFrontSignerError):
    """A URL, a stream name or a cookie attribute is not what CloudFront accepts."""


class InvalidSignatureError(CloudFrontSignerError):
    """A signature's text form could not be decoded."""


class SigningError(CloudFrontSignerError):
    """No signature could be made."""

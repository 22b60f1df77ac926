"""The exceptions of this package.

All are ``ValueError``s, say in one line what was found and what to do, and hold no key material.
"""


class CloudFrontSignerError(ValueError):
    """Everything that this package refuses."""


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

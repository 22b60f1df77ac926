"""Signed URLs and cookies in Django (extra ``[django]``).

Add ``"cloudfront_signer.django"`` to ``INSTALLED_APPS`` and describe the distribution in one dictionary::

    CLOUDFRONT_SIGNER = {
        "domain": "media.example.com",
        "key_pair_id": "K2JCJMDEHXQW5F",
        "private_key": "/run/secrets/cloudfront.pem",
        "expires": "1h",
    }

Templates then have ``{% load cloudfront %}``, views the functions and the decorator below. ``conf`` lists the words of
the dictionary. ``storage`` needs django-storages; no other module does.
"""

from cloudfront_signer.django.conf import lazy_signer, signer
from cloudfront_signer.django.cookies import SignedCookiesMiddleware, clear_signed_cookies, signed_cookies
from cloudfront_signer.django.manifests import signed_manifest
from cloudfront_signer.django.signing import asigned_urls, signed_url, signed_urls

__all__ = [
    "SignedCookiesMiddleware",
    "asigned_urls",
    "clear_signed_cookies",
    "lazy_signer",
    "signed_cookies",
    "signed_manifest",
    "signed_url",
    "signed_urls",
    "signer",
]

"""Django's models can be imported once its settings are there."""

from datetime import timedelta

import pytest

from cloudfront_signer import CloudFrontSigner
from cloudfront_signer.django import conf

import support.django_project  # noqa: F401
from support.django_project import CLOUDFRONT_SIGNER


class Counting(CloudFrontSigner):
    """A signer that counts its calls."""

    def __init__(self, key_id, rsa_signer, **options):
        super().__init__(key_id, rsa_signer, **options)
        self.batches, self.single = [], 0

    def sign_urls(self, urls, **terms):
        urls = list(urls)
        self.batches.append(len(urls))
        return super().sign_urls(urls, **terms)

    def sign_url(self, url, **terms):
        self.single += 1
        return super().sign_url(url, **terms)


@pytest.fixture
def counting():
    """The default signer, and what it was asked for."""
    chosen = conf.distribution()
    counting = Counting("K1", CLOUDFRONT_SIGNER["private_key"], expires=timedelta(hours=1))
    before, chosen.signer = chosen.signer, counting
    yield counting
    chosen.signer = before

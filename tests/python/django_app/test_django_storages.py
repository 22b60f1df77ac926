"""What django-storages tests of CloudFront in its own class, with our signer: the same URLs, byte for byte."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import botocore.signers
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from storages.backends import s3

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier
from cloudfront_signer.django import lazy_signer
from cloudfront_signer.django.storage import CloudFrontStorage

from support.django_project import CLOUDFRONT_SIGNER

# django-storages calls utcnow, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")
RSA = PrivateKey.generate()
VERIFIER = Verifier({"K1": RSA.public_key()})
SETTINGS = {**CLOUDFRONT_SIGNER, "private_key": RSA}
NAMES = ["file.txt", "whacky & filename.mp4", "ãlöhâ.jpg", "videos/a b.mp4", "folder/"]


@pytest.fixture(autouse=True)
def settings():
    with override_settings(CLOUDFRONT_SIGNER=SETTINGS):
        yield


@pytest.fixture(params=["signer", "lazy signer", "our storage"])
def storage(request):
    """django-storages' class with our signer, and our class over it."""
    if request.param == "our storage":
        return CloudFrontStorage(bucket_name="bucket", region_name="us-east-1")
    chosen = CloudFrontSigner("K1", RSA) if request.param == "signer" else lazy_signer()
    return s3.S3Storage(
        bucket_name="bucket", region_name="us-east-1", custom_domain="media.example.com", cloudfront_signer=chosen
    )


def theirs():
    """The same storage with botocore's signer and `cryptography`."""
    key = serialization.load_pem_private_key(RSA.to_pem().encode(), None)
    signer = botocore.signers.CloudFrontSigner("K1", lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA1()))
    return s3.S3Storage(bucket_name="bucket", custom_domain="media.example.com", cloudfront_signer=signer)


class Clock(datetime):
    """A clock that stands still, in a year that is not over."""

    @classmethod
    def utcnow(cls):
        return datetime(2098, 12, 31, 23, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes(storage, name, monkeypatch):
    monkeypatch.setattr(s3, "datetime", Clock)
    url = theirs().url(name)
    assert "Expires=4070908800&" in url
    if isinstance(storage, CloudFrontStorage):
        storage.expires = "2099-01-01T00:00:00Z"
    assert storage.url(name) == url


@pytest.mark.parametrize("name", NAMES)
def test_with_and_without_signature(storage, name):
    assert VERIFIER.check(storage.url(name))
    storage.querystring_auth = False
    assert storage.url(name) == theirs().url(name).partition("?")[0]


def test_a_query_of_parameters(storage):
    found = urlsplit(storage.url("filename.mp4", parameters={"version": 10}))
    assert found.path == "/filename.mp4"
    assert found.query.startswith("version=10&Expires=")


def test_the_expiry_of_a_call(storage):
    """In seconds, as theirs."""
    long, short = (int(storage.url("a", expire=seconds).split("Expires=")[1].split("&")[0]) for seconds in (7200, 60))
    assert long - short == pytest.approx(timedelta(seconds=7140).seconds, abs=60)


def test_a_location_and_what_is_outside(storage):
    storage.location = "media"
    assert urlsplit(storage.url("a/../b.mp4")).path == "/media/b.mp4"
    with pytest.raises(Exception, match="denied"):
        storage.url("../secret")


def test_a_signer_that_is_turned_off():
    """As an option, and in a subclass."""

    class Storage(s3.S3Storage):
        cloudfront_signer = None

    for storage in (s3.S3Storage(cloudfront_signer=None), Storage()):
        assert storage.cloudfront_signer is None
    assert s3.S3Storage(cloudfront_signer=lazy_signer()).cloudfront_signer


@pytest.mark.parametrize("option", ["cloudfront_signer", "cloudfront_key_id", "cloudfront_key"])
def test_our_storage_has_one_place_for_the_key(option):
    with pytest.raises(ImproperlyConfigured, match=f"^{option}: CloudFrontStorage has the key of CLOUDFRONT_SIGNER"):
        CloudFrontStorage(bucket_name="bucket", **{option: None})


def test_keys_of_theirs_in_the_settings():
    """The settings of django-storages' own signer are not read."""
    with override_settings(AWS_CLOUDFRONT_KEY_ID="K9", AWS_CLOUDFRONT_KEY=b"no key"):
        assert VERIFIER.check(CloudFrontStorage(bucket_name="bucket").url("a"))

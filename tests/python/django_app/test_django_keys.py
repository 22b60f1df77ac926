"""Keys in AWS: the ARN of a secret or a parameter in the settings, and objects of cloudfront_signer.keys."""

import json

import boto3
import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from moto import mock_aws

from cloudfront_signer import CloudFrontSignerError, keys
from cloudfront_signer.django import SignedCookiesMiddleware, signed_url, signer

from support.django_project import CLOUDFRONT_SIGNER, KEY, accepted

PEM = KEY.to_pem()
WITHOUT_ID = {word: value for word, value in CLOUDFRONT_SIGNER.items() if word != "key_pair_id"}


@pytest.fixture(autouse=True)
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def secret(text):
    return boto3.client("secretsmanager", "eu-west-1").create_secret(Name="cloudfront", SecretString=text)["ARN"]


def parameter(text):
    client = boto3.client("ssm", "eu-west-1")
    client.put_parameter(Name="/cloudfront/key", Value=text, Type="SecureString")
    return client.get_parameter(Name="/cloudfront/key")["Parameter"]["ARN"]


@pytest.mark.parametrize("store", [secret, parameter])
def test_an_arn(store, monkeypatch):
    arn = store(PEM)
    monkeypatch.setenv("MEDIA_KEY", arn)
    for written in (arn, "MEDIA_KEY"):
        with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "private_key": written, "align": "1h"}):
            assert accepted(signed_url("a.mp4"))
            assert signer().domain == "media.example.com"
            assert run_checks(tags=["security"]) == []
            SignedCookiesMiddleware(lambda request: None)


def test_the_id_is_stored_with_the_key():
    arn = secret(json.dumps({"key_pair_id": "K1", "private_key": PEM}))
    with override_settings(CLOUDFRONT_SIGNER={**WITHOUT_ID, "private_key": arn}):
        assert accepted(signed_url("a.mp4"))
        assert run_checks(tags=["security"]) == []


def test_objects(monkeypatch):
    monkeypatch.setenv("OLD_KEY", PEM)
    source = keys.from_environment("OLD_KEY")
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "private_key": source}):
        assert accepted(signed_url("a.mp4"))
    ring = keys.KeyRing(("K1", source), ("K2", source), switch_at="2098-01-31T03:00:00Z")
    with override_settings(CLOUDFRONT_SIGNER={**WITHOUT_ID, "private_key": ring}):
        assert accepted(signed_url("a.mp4"))
        assert signer().key_id == "K1"


def test_a_secret_that_is_not_there():
    """The settings are good; the first signature is not."""
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-AbCdEf"
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "private_key": arn}):
        assert signer()
        with pytest.raises(CloudFrontSignerError, match="secret"):
            signed_url("a.mp4")


def test_other_words_are_checked_first():
    arn = secret(PEM)
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "private_key": arn, "expires": "soon"}):
        with pytest.raises(ImproperlyConfigured, match="'expires'"):
            signer()
        assert [one.id for one in run_checks(tags=["security"])] == ["cloudfront_signer.E007"]

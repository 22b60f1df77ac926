"""AWS in this process, and a clock that tests set."""

import os

import boto3
import pytest
from moto import mock_aws

from cloudfront_signer.keys import cache, following, ring

REGION = "eu-west-1"


class Clock:
    """The time, in seconds since 1970."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The clock of this package's keys."""
    made = Clock(1_900_000_000.0)
    for module in (cache, following, ring):
        monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture(autouse=True)
def no_account(monkeypatch, tmp_path):
    """No AWS account of the machine is used."""
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def credentials(monkeypatch):
    """What a client needs before it sends anything."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def aws(credentials):
    """moto: a function that opens a client."""
    with mock_aws():
        yield lambda name: boto3.client(name, REGION)

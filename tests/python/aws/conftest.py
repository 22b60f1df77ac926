"""AWS on the loopback address: moto's server, and what it lacks."""

import boto3
import pytest
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend

from support.aws import Fake, serving


@pytest.fixture
def fake(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    yield Fake()
    moto_api_backend.reset()
    state_manager.unset_transition("cloudfront::distribution")


@pytest.fixture
def endpoint(fake):
    with serving(fake) as address:
        yield address


@pytest.fixture
def session(endpoint):
    return boto3.session.Session()


@pytest.fixture
def client(session, endpoint):
    return lambda name: session.client(name, endpoint_url=endpoint)

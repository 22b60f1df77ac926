"""Keys for the tests, made anew in each run."""

import signal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import settings

from cloudfront_signer import CloudFrontSigner, PrivateKey
from cloudfront_signer._native import holds_key

from support.keys import pem_of
from support.secrets import Secret

# No test fails on a clock.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_configure():
    """Let Ctrl-C interrupt the tests, and the programs that they start. A script's shell has what it starts in the
    background ignore it.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val, argname):
    """Name no test by a key: the name is printed, and the processes of one run, which make different keys, must agree
    on it.
    """
    return argname if isinstance(val, str | bytes) and holds_key(val) else None


@pytest.fixture(scope="session")
def rsa_reference():
    """An RSA-2048 key of `cryptography`."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_reference():
    """A P-256 key of `cryptography`."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def rsa_key(rsa_reference):
    """The same RSA key, ours."""
    return PrivateKey.from_pem(pem_of(rsa_reference))


@pytest.fixture(scope="session")
def ec_key(ec_reference):
    """The same P-256 key, ours."""
    return PrivateKey.from_pem(pem_of(ec_reference))


@pytest.fixture(scope="session")
def signer(rsa_key):
    """A signer with the RSA key."""
    return CloudFrontSigner("K2JCJMDEHXQW5F", rsa_key)


@pytest.fixture(scope="module", params=["RSA", "EC"])
def secret(request, rsa_reference, ec_reference):
    """A key that must not show."""
    return Secret(rsa_reference if request.param == "RSA" else ec_reference)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Nothing is left behind, and no AWS is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_PROFILE", raising=False)

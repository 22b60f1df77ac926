"""No key shows in what a source, a ring or a remote signer lets out; docstrings run as printed."""

import doctest
import gc
import json
import logging
import pickle
import pkgutil
import time
from importlib import import_module
from weakref import ref

import boto3
import pytest
from botocore.stub import Stubber

from cloudfront_signer import CloudFrontSigner, PrivateKey, keys
from cloudfront_signer.keys import (
    AsyncSigner,
    KeyRing,
    KeySource,
    KmsSigner,
    Pkcs11Signer,
    from_environment,
    from_file,
    from_parameter_store,
    from_secrets_manager,
)

from support.secrets import Secret, traces_of
from support.surface import Echo

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = 2_000_000_000


@pytest.fixture(scope="module", params=["RSA", "EC"])
def secret(request, rsa_reference, ec_reference):
    """A key that must not show."""
    return Secret(rsa_reference if request.param == "RSA" else ec_reference)


def broken(text):
    """What may be stored by mistake."""
    return {
        "no end": text[:-40],
        "no beginning": text[40:],
        "two characters lost": text[:100] + text[102:],
        "JSON under another name": json.dumps({"key": text}),
        "JSON that is cut off": json.dumps({"private_key": text})[:-20],
        "a list of it": json.dumps([text]),
        "an id that is the key": json.dumps({"private_key": text, "key_pair_id": text}),
        "no text": [text],
        "with the passphrase of another": text.replace("PRIVATE", "ENCRYPTED PRIVATE"),
    }


def test_what_is_stored_shows_nowhere(secret, caplog):
    of_base64 = {f"base64, {name}": one for name, one in broken(secret.base64).items()}
    found = {**secret.forms(), **broken(secret.pem), **of_base64}
    for form, value in found.items():
        source = KeySource(lambda value=value: value, name="here", passphrase="correct horse")
        for call in (
            source.private_key,
            source.public_key,
            lambda source=source: source(b"hello"),
            lambda source=source: source.signer().sign_url(URL, expires=END),
            lambda source=source: source.signer("K1"),
            lambda source=source: KeyRing(("K1", source)).verifier(),
        ):
            assert not traces_of(call, output=True).leaks(secret), form
        assert not secret.is_shown_in(f"{source} {source!r} {source._cache!r}")


def test_what_a_fetch_raises_shows_nowhere(secret):
    for form, value in secret.forms().items():

        def fetch(value=value):
            try:
                raise OSError(f"cannot parse {value}")
            except OSError as error:
                raise RuntimeError(f"cannot parse {value!r}") from error

        source = KeySource(fetch, name="here")
        assert not traces_of(source.private_key).leaks(secret), form


def test_a_refresh_that_fails_logs_no_key(secret, clock, caplog):
    # Root's handlers, which the log is also written with.
    caplog.set_level(logging.DEBUG)
    for value in secret.forms().values():
        answers = iter([secret.key])

        def fetch(answers=answers, value=value):
            for answer in answers:
                return answer
            raise RuntimeError(f"cannot parse {value} {value!r}")

        source, before = KeySource(fetch, name="here"), len(caplog.records)
        source.private_key()
        clock.now += 300
        source.private_key()
        while len(caplog.records) == before:
            time.sleep(0.001)
    shown = "\n".join(f"{one.getMessage()} {one.args!r} {one.exc_info} {one.threadName}" for one in caplog.records)
    assert shown.count("the refresh failed") == len(secret.forms())
    assert not secret.is_shown_in(shown + caplog.text)


def test_what_is_given_in_the_wrong_place_shows_nowhere(secret):
    # An AWS that says back what it was asked.
    key, client = secret.key, Echo()
    for form, value in secret.arguments().items():
        text = value.replace("\0", "")
        for call in (
            lambda text=text: from_file(text).private_key(),
            lambda text=text: from_environment(text).private_key(),
            lambda text=text: from_secrets_manager(text, client=client).private_key(),
            lambda text=text: from_parameter_store(text, client=client).private_key(),
            lambda text=text: KeySource(lambda: key, name=text),
            lambda text=text: KeySource(lambda: key, name="here", lifetime=text),
            lambda text=text: KeySource(lambda: key, name="here").signer(text).sign_url(URL, expires=END),
            lambda text=text: KeyRing(text),
            lambda text=text: KeyRing((text, key)),
            lambda text=text: KeyRing(("K1", key), ("K2", key), switch_at=text),
            lambda text=text: KeyRing(("K1", text)),
            lambda text=text: KmsSigner(text, client=client).public_key(),
            lambda text=text: KmsSigner(text, client=client)(b"hello"),
            lambda text=text: KmsSigner("a", message_type=text),
            lambda text=text: Pkcs11Signer(text, token=text, pin=text, label=text).public_key(),
            lambda text=text: Pkcs11Signer("nowhere", token="a", pin="1", label="a", hash_algorithm=text),
            lambda text=text: AsyncSigner(text),
        ):
            assert not traces_of(call, output=True).leaks(secret), form


def test_an_answer_of_aws_shows_nowhere(secret, credentials):
    for value in secret.arguments().values():
        client = boto3.client("secretsmanager", "eu-west-1")
        with Stubber(client) as stub:
            stub.add_client_error("get_secret_value", "Odd", f"no such thing: {value}")
            source = from_secrets_manager("a", client=client)
            assert not traces_of(source.private_key).leaks(secret)


def test_nothing_that_holds_a_key_can_be_pickled(secret):
    source = KeySource(lambda: secret.key, name="here", passphrase="correct horse")
    ring = KeyRing(("K1", secret.key))
    for one in (
        *(source, source.signer("K1"), ring, ring.signer(), KmsSigner("a"), AsyncSigner(ring.signer())),
        Pkcs11Signer("nowhere", token="a", pin="correct horse", label="a"),
    ):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match=r"cannot be pickled|cannot pickle"):
                pickle.dumps(one, protocol)
        # The class in Rust lets subclasses have attributes of their own.
        assert not getattr(one, "__dict__", None), one
        assert isinstance(one, CloudFrontSigner) or not hasattr(one, "__dict__"), one
        assert "correct horse" not in f"{one} {one!r}"
        assert not secret.is_shown_in(f"{one} {one!r}")


class Fetch:
    """A fetch that can be looked after."""

    def __call__(self):
        return PrivateKey.generate("ecdsa-p256")


def test_a_source_that_is_forgotten_is_gone():
    """The key is wiped from memory when nothing holds it: what watches for forks does not."""
    fetch = Fetch()
    source = KeySource(fetch, name="here")
    source.signer("K1").sign_url(URL, expires=END)
    gone = ref(fetch)
    del fetch, source
    gc.collect()
    assert gone() is None


MODULES = [one.name for one in pkgutil.iter_modules(keys.__path__)]


def test_the_modules_are_all_found():
    assert {"cache", "kms", "pkcs11", "ring", "sources"} <= set(MODULES)


@pytest.mark.parametrize("name", ["", *MODULES])
def test_examples(name, monkeypatch):
    monkeypatch.setenv("SIGNING_KEY", "")
    monkeypatch.setenv("OLD_KEY", "")
    monkeypatch.setenv("NEW_KEY", "")
    module = import_module(f"cloudfront_signer.keys.{name}".rstrip("."))
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted or name in ("_forks", "clients", "options")

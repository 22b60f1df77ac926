"""Batches of RSA-2048: all engines make the same signatures."""

import json
import os
import subprocess
import sys

import pytest

from cloudfront_signer import PrivateKey, engine_info

SIGN = """
import json, sys
from cloudfront_signer import PrivateKey, engine_info
pem, lengths = json.load(sys.stdin)
key = PrivateKey.from_pem(pem)
batches = [[f"{length} {number}".encode() for number in range(length)] for length in lengths]
signed = [[key.sign_many(batch, name) for name in ("SHA1", "SHA256")] for batch in batches]
singles = [[[key.sign(message, name) for message in batch] for name in ("SHA1", "SHA256")] for batch in batches]
print(json.dumps([engine_info()["batch"], signed == singles]))
"""


def run(engine, keys, lengths, **more):
    environment = {**os.environ, "CLOUDFRONT_SIGNER_ENGINE": engine, **more}
    given = json.dumps([keys, lengths])
    return subprocess.run(
        [sys.executable, "-c", SIGN], input=given, env=environment, capture_output=True, text=True, check=False
    )


def lanes():
    """The batch engines of this CPU; a name that is not known is answered with those that are."""
    known = run("abacus", "", []).stderr.rsplit("supports ", 1)[1].split(" on this CPU")[0]
    return [name for name in known.split(", ") if name.startswith("lanes")]


@pytest.mark.parametrize("engine", ["aws-lc", *lanes()])
def test_a_batch_is_what_its_messages_are_one_by_one(rsa_key, engine):
    done = run(engine, rsa_key.to_pem(), [0, 1, 2, 3, 5])
    assert done.returncode == 0, done.stderr
    chosen, same = json.loads(done.stdout)
    assert same
    assert chosen == (lanes()[1] if engine == "lanes" else engine)


def test_other_keys_are_signed_with_one_by_one():
    key = PrivateKey.generate("ecdsa-p256")
    messages = [b"one", b"two", b"three"]
    public = key.public_key()
    signatures = key.sign_many(messages)
    assert all(
        public.verify(message, signature, "SHA256") for message, signature in zip(messages, signatures, strict=True)
    )


def test_engine_info_names_the_batch_engine():
    assert engine_info()["batch"] in ["aws-lc", "portable", *lanes()]

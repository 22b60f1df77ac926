"""Batches of RSA-2048: all engines make the same signatures."""

import json
import os
import subprocess
import sys

import pytest

from cloudfront_signer import PrivateKey, engine_info

SIGN = """
import json, os, sys
from cloudfront_signer import PrivateKey, engine_info
pems, lengths = json.load(sys.stdin)
same = []
for key in map(PrivateKey.from_pem, pems):
    for length in lengths:
        batch = [os.urandom(length) for _ in range(length)]
        for name in ("SHA1", "SHA256"):
            same.append(key.sign_many(batch, name) == [key.sign(message, name) for message in batch])
print(json.dumps([engine_info()["batch"], same]))
"""


def run(engine, keys, lengths, **more):
    environment = {**os.environ, "CLOUDFRONT_SIGNER_ENGINE": engine, **more}
    given = json.dumps([keys, lengths])
    return subprocess.run(
        [sys.executable, "-c", SIGN], input=given, env=environment, capture_output=True, text=True, check=False
    )


def lanes():
    """The batch engines of this CPU; a name that is not known is answered with those that are."""
    known = run("abacus", [""], []).stderr.rsplit("supports ", 1)[1].split(" on this CPU")[0]
    return [name for name in known.split(", ") if name.startswith("lanes")]


@pytest.mark.parametrize("engine", ["aws-lc", *lanes()])
def test_a_batch_is_what_its_messages_are_one_by_one(rsa_key, engine):
    """Of any length, for other keys in each run, and for messages that nobody chose."""
    keys, lengths = [rsa_key, PrivateKey.generate()], list(range(65))
    done = run(engine, [key.to_pem() for key in keys], lengths)
    assert done.returncode == 0, done.stderr
    chosen, same = json.loads(done.stdout)
    assert same == [True] * 2 * len(keys) * len(lengths)
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

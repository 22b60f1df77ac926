"""Which engine signs."""

import subprocess
import sys

from cloudfront_signer import engine_info

SIGN = "import sys; from cloudfront_signer import *; key = PrivateKey.from_pem(sys.stdin.read()); "


def run(code, key, engine, status=0):
    command = [sys.executable, "-c", SIGN + code]
    environment = {"CLOUDFRONT_SIGNER_ENGINE": engine}
    done = subprocess.run(command, input=key.to_pem(), capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stderr
    return done.stdout.strip() or done.stderr


def test_engines_can_be_chosen_and_agree(rsa_key):
    assert engine_info()["engine"] == engine_info()["available"][0]
    expected = rsa_key.sign(b"m").hex()
    for engine in engine_info()["available"]:
        assert run("print(engine_info()['engine'], key.sign(b'm').hex())", rsa_key, engine) == f"{engine} {expected}"


def test_an_engine_that_is_not_there(rsa_key):
    assert "InvalidKeyError: CLOUDFRONT_SIGNER_ENGINE is 'abacus'" in run("", rsa_key, "abacus", 1).replace('"', "'")

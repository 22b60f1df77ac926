"""Which engine signs, and that batches go on after a fork."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cloudfront_signer import PrivateKey, Verifier, engine_info

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


APP = r"""
from cloudfront_signer import CloudFrontSigner, PrivateKey

signer = CloudFrontSigner("K1", PrivateKey.from_file("key.pem"))
urls = [f"https://a.example/{number}" for number in range(64)]
signer.sign_urls(urls, expires=2_000_000_000)  # before the workers are forked


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\n".join(signer.sign_urls(urls, expires=2_000_000_000)).encode()]
"""


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-p256"])
def test_workers_sign_after_a_fork(tmp_path, kind):
    """gunicorn loads the application, signs with it, and forks four workers."""
    key = PrivateKey.generate(kind)
    (tmp_path / "key.pem").write_text(key.to_pem())
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "4", "--bind", "127.0.0.1:0", "app:app"]
    verifier = Verifier({"K1": key.public_key()})
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as server:
        try:
            address = next(found[1] for line in server.stderr if (found := re.search(r"Listening at: (\S+)", line)))
            with httpx.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(8) as viewers:
                for answer in viewers.map(lambda _: client.get(address), range(24)):
                    signed = answer.text.splitlines()
                    assert len(signed) == 64
                    assert all(verifier.check(url) for url in signed)
        finally:
            server.terminate()
            server.stderr.read()

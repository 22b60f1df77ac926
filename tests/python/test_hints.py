"""What a message of the core says in Python: the cure by its name here."""

import re
import subprocess
from datetime import UTC, datetime

import pytest

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey, PublicKey

KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
END = datetime(2030, 1, 1, tzinfo=UTC)
DER = bytes.fromhex("3081870201003013")


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: PrivateKey.from_pem("key.pem"), "(PrivateKey.from_file, or a pathlib.Path)"),
        (lambda: PrivateKey.from_file(KEY.to_pem()), "(from_pem for PEM text)"),
        (lambda: PublicKey.from_pem(DER), "(from_der or from_file)"),
        (lambda: SIGNER.sign_url("https://a/b", expires=3600), "(for a duration, timedelta(seconds=3600))"),
        (lambda: SIGNER.sign_url("videos/1", expires=END), "(for a stream name, sign_stream)"),
        (lambda: SIGNER.sign_urls(["https://a/b", "videos/1"], expires=END), "(for a stream name, sign_stream)"),
        (
            lambda: SIGNER.sign_cookies("https://a/*", expires=END).headers(max_age=0),
            "(to delete the cookies, SignedCookies.clear_on)",
        ),
    ],
)
def test_a_message_names_the_cure(call, hint):
    with pytest.raises(CloudFrontSignerError, match=re.escape(hint) + "$"):
        call()


def test_a_key_of_three_primes_names_keygen(tmp_path):
    options = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_primes:3", "-out", tmp_path / "key.pem"]
    subprocess.run(["openssl", "genpkey", *options], check=True, capture_output=True)
    with pytest.raises(CloudFrontSignerError, match=r"\(PrivateKey\.generate, or cloudfront-signer keygen\)$"):
        PrivateKey.from_file(tmp_path / "key.pem")

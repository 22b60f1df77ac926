"""Keys and signatures that the `openssl` command made."""

import subprocess

import pytest

from cloudfront_signer import InvalidKeyError, PrivateKey


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("openssl")


def openssl(folder, *arguments, **options):
    return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, **options).stdout


@pytest.mark.parametrize("bits", ["1024", "2048", "4096"])
def test_rsa_signatures_are_the_same_bytes(folder, bits):
    openssl(folder, "genrsa", "-out", "rsa", bits)
    key = PrivateKey.from_file(folder / "rsa")
    assert key.kind == f"rsa-{bits}"
    for name in ("SHA1", "SHA256"):
        expected = openssl(folder, "dgst", f"-{name.lower()}", "-sign", "rsa", input=b"policy")
        assert key.sign(b"policy", name) == expected
        assert key.public_key().verify(b"policy", expected, name)
        assert not key.public_key().verify(b"other", expected, name)


def test_sec1_with_and_without_ec_parameters(folder):
    openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-out", "with")
    assert b"BEGIN EC PARAMETERS" in (folder / "with").read_bytes()
    openssl(folder, "ec", "-in", "with", "-out", "without")
    key = PrivateKey.from_file(folder / "with")
    assert key.to_pem() == PrivateKey.from_file(folder / "without").to_pem()
    (folder / "public").write_text(key.public_key().to_pem())
    (folder / "signature").write_bytes(key.sign(b"policy"))
    verified = openssl(folder, "dgst", "-sha256", "-verify", "public", "-signature", "signature", input=b"policy")
    assert b"OK" in verified
    openssl(folder, "ecparam", "-name", "secp384r1", "-genkey", "-out", "p384")
    with pytest.raises(InvalidKeyError, match="P-384"):
        PrivateKey.from_file(folder / "p384")


@pytest.mark.parametrize(
    "scheme", [["-v2", "aes256"], ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], ["-v2", "des3"], ["-scrypt"]]
)
def test_encrypted_keys(folder, scheme):
    openssl(folder, "genrsa", "-out", "plain", "2048")
    openssl(folder, "pkcs8", "-topk8", "-in", "plain", "-out", "locked", "-passout", "pass:correct horse", *scheme)
    key = PrivateKey.from_file(folder / "locked", "correct horse")
    assert key.to_pem() == PrivateKey.from_file(folder / "plain").to_pem()
    (folder / "ours").write_text(key.to_pem("a phrase"))
    assert b"PRIVATE KEY" in openssl(folder, "pkey", "-in", "ours", "-passin", "pass:a phrase")


def test_openssls_old_encryption_is_named(folder):
    openssl(folder, "genrsa", "-aes128", "-passout", "pass:x", "-traditional", "-out", "old", "2048")
    with pytest.raises(InvalidKeyError, match="openssl pkcs8 -topk8"):
        PrivateKey.from_file(folder / "old", "x")

"""Every kind of bad input has one clear error."""

import contextlib
import copy
import math
import os
import pickle
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    InvalidKeyError,
    InvalidPolicyError,
    InvalidUrlError,
    Policy,
    PrivateKey,
    PublicKey,
    SigningError,
    Verifier,
    rsa_signer,
)

from support.keys import pem_of

END = 1_900_000_000


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "empty"),
        ("/a.mp4", "relative"),
        ("ftp://a/b", "ftp"),
        *((f"https://a/b?{name}=1", name) for name in ("Expires", "Policy", "Signature", "Key-Pair-Id")),
        ("https://a/b?x=1&Hash-Algorithm=SHA256", "Hash-Algorithm"),
        ("https://a/" + "b" * 8_000, "8192"),
        ("https://a/\ud800", "surrogate"),
        ("https://büch er/", "punycode"),
    ],
)
def test_urls(signer, url, message):
    with pytest.raises(InvalidUrlError, match=message):
        signer.sign_url(url, expires=END)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://a/b c", "https://a/b%20c?"),
        ('https://a/"\\', "https://a/%22%5C?"),
        ("https://a/\x01\n", "https://a/%01%0A?"),
        ("https://a/é", "https://a/%C3%A9?"),
        ("https://a/b?", "https://a/b?Expires"),
        ("https://a", "https://a/?"),
    ],
)
def test_urls_that_are_mended(signer, given, sent):
    assert signer.sign_url(given, expires=END).startswith(sent)


def test_a_fragment_stays_behind(signer):
    assert signer.sign_url("https://a/b#t=1", expires=END) == signer.sign_url("https://a/b", expires=END) + "#t=1"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"resource": "https://b/*"}, "does not cover"),
        ({"resource": "b/*"}, "starts with"),
        ({"ip_address": "::1"}, "IPv6"),
        ({"ip_address": "300.1.1.1"}, "IPv4"),
        ({"ip_address": "1.2.3.4/33"}, "IPv4"),
        ({"not_before": END}, "before the end"),
        ({"expires": -1}, "1970"),
        ({"expires": math.nan}, "finite"),
        ({"expires": math.inf}, "finite"),
        ({"expires": END * 1000}, "milliseconds"),
        ({"expires": 2**70}, "milliseconds"),
        ({"expires": 2**200}, "milliseconds"),
        ({"expires": None}, "neither"),
        ({"policy": "{}", "expires": END}, "both"),
        ({"policy": "{}", "expires": None}, "policy"),
        ({"ip_address": "1.2.3.4/08"}, "IPv4"),
    ],
)
def test_terms(signer, terms, message):
    with pytest.raises(InvalidPolicyError, match=message):
        signer.sign_url("https://a/b", **{"expires": END, **terms})


def test_host_bits_are_kept(signer):
    assert '"12.34.56.78/9"' in signer.build_policy("https://a/*", END, ip_address="12.34.56.78/9")


@pytest.mark.parametrize("wrong", [True, [1], b"2030-01-01T00:00:00Z"])
def test_wrong_types(signer, wrong):
    with pytest.raises(TypeError):
        signer.sign_url("https://a/b", expires=wrong)


@pytest.mark.parametrize("key_id", ["", "K1&x=1", "K 1"])
def test_key_ids(rsa_key, key_id):
    with pytest.raises(SigningError, match="key pair id"):
        CloudFrontSigner(key_id, rsa_key)


def test_hash_algorithms(rsa_key):
    with pytest.raises(SigningError, match="MD5"):
        CloudFrontSigner("K1", rsa_key, hash_algorithm="MD5")


def refused(data, message, passphrase=None):
    with pytest.raises(InvalidKeyError, match=message):
        PrivateKey.from_pem(data, passphrase)


def test_what_is_no_private_key(rsa_reference):
    public = rsa_reference.public_key()
    pem, form = serialization.Encoding.PEM, serialization.PublicFormat
    refused(public.public_bytes(pem, form.SubjectPublicKeyInfo), "public key")
    refused(public.public_bytes(serialization.Encoding.OpenSSH, form.OpenSSH), "SSH")
    refused(pem_of(rsa_reference, serialization.PrivateFormat.OpenSSH), "ssh-keygen")
    refused(pem_of(ec.generate_private_key(ec.SECP384R1())), "P-384")
    refused(pem_of(ed25519.Ed25519PrivateKey.generate()), "Ed25519")
    refused(pem_of(dsa.generate_private_key(1024)), "DSA")
    refused(pem_of(rsa_reference)[:300], "cut off")
    refused(b"\x80" * 1_000_000, "no key")
    refused("key.pem", "path")
    refused(pem_of(rsa_reference).decode().encode("utf-16"), "UTF-16")
    refused("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----", "base64")


def test_certificates(tmp_path):
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=x",
        "-keyout",
        "k",
        "-out",
        "c",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    refused((tmp_path / "c").read_bytes(), "openssl x509 -pubkey")
    with pytest.raises(InvalidKeyError, match="openssl x509 -pubkey"):
        PublicKey.from_pem((tmp_path / "c").read_bytes())


@pytest.mark.parametrize("to_format", [["ec"], ["pkcs8", "-topk8", "-nocrypt"], ["ec", "-outform", "DER"]])
def test_a_curve_that_is_written_out(tmp_path, to_format):
    generate = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-out", "k"]
    subprocess.run(generate, cwd=tmp_path, check=True, capture_output=True)
    convert = ["openssl", *to_format, "-in", "k", "-out", "other"]
    subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(InvalidKeyError, match="curve without a name"):
        PrivateKey.from_file(tmp_path / "other")


def test_pkcs12(rsa_key, tmp_path):
    (tmp_path / "k").write_text(rsa_key.to_pem())
    command = ["openssl", "pkcs12", "-export", "-nocerts", "-inkey", "k", "-passout", "pass:x", "-out", "p"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(InvalidKeyError, match=r"PKCS#12 file.*openssl pkcs12"):
        PrivateKey.from_file(tmp_path / "p")


def test_a_refused_key_file_is_named(tmp_path, rsa_key):
    path = tmp_path / "one of several.pem"
    for content, problem in (("", "no key found"), (rsa_key.to_pem("correct horse"), "the key is encrypted")):
        path.write_text(content)
        with pytest.raises(InvalidKeyError, match=f"^{path}: {problem}") as caught:
            PrivateKey.from_file(path)
        assert caught.value.passphrase_missing is bool(content)
    path.write_text(rsa_key.to_pem())
    with pytest.raises(InvalidKeyError, match=f"^{path}: this is a private key"):
        PublicKey.from_file(path)


def test_small_rsa(tmp_path):
    subprocess.run(["openssl", "genrsa", "-out", "k", "512"], cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(InvalidKeyError, match="512 bits"):
        PrivateKey.from_file(tmp_path / "k")


def test_passphrases(rsa_key):
    encrypted = rsa_key.to_pem("correct horse")
    refused(encrypted, "give its passphrase")
    refused(encrypted, "does not open", "wrong")
    for passphrase, is_missing in ((None, True), ("wrong", False)):
        with pytest.raises(InvalidKeyError) as caught:
            PrivateKey.from_pem(encrypted, passphrase)
        assert caught.value.passphrase_missing is is_missing
    assert PrivateKey.from_pem(encrypted, b"correct horse").to_pem() == rsa_key.to_pem()
    with pytest.raises(InvalidKeyError, match="empty passphrase"):
        rsa_key.to_pem("")


def test_what_never_changes_is_its_own_copy(signer, rsa_key):
    verifier = Verifier({"K1": rsa_key.public_key()})
    for thing in (
        rsa_key,
        rsa_key.public_key(),
        rsa_signer(rsa_key),
        Policy("https://a/*", expires=END),
        signer.sign_cookies("https://a/*", expires=END),
        signer.grant("https://a/*", expires=END),
        verifier,
        verifier.check("https://a/"),
    ):
        assert copy.copy(thing) is thing
        assert copy.deepcopy([thing])[0] is thing


def test_a_lone_surrogate_is_found_in_its_argument(signer, rsa_key):
    for name, call in {
        "url": lambda text: signer.sign_url(text, expires=END),
        "key_id": lambda text: CloudFrontSigner(text, rsa_key),
        "passphrase": rsa_key.to_pem,
        "data": PrivateKey.from_pem,
        "path": PrivateKey.from_file,
    }.items():
        with pytest.raises(CloudFrontSignerError, match=f"^{name}: the text holds a lone surrogate"):
            call("\ud800")


@pytest.mark.parametrize("name", ["d", "p", "q", "dmp1", "dmq1", "iqmp"])
def test_one_wrong_number(rsa_reference, name):
    number = getattr(rsa_reference.private_numbers(), name)
    right = number.to_bytes((number.bit_length() + 7) // 8)
    der = rsa_reference.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    assert der.count(right) == 1
    with pytest.raises(InvalidKeyError, match="do not fit together"):
        PrivateKey.from_der(der.replace(right, (number ^ 2).to_bytes(len(right))))


def test_files(tmp_path):
    for path, message in ((tmp_path, "directory"), (tmp_path / "none", "no such file")):
        with pytest.raises(InvalidKeyError, match=message):
            PrivateKey.from_file(path)


@pytest.mark.parametrize(("path", "message"), [("", "path of the key file is empty"), ("a\0b", "such a name")])
def test_paths_that_name_no_file(path, message):
    for kind in (PrivateKey, PublicKey):
        with pytest.raises(InvalidKeyError, match=message):
            kind.from_file(path)


def test_a_file_without_permission(rsa_key, tmp_path):
    path = tmp_path / "key"
    path.write_text(rsa_key.to_pem())
    path.chmod(0)
    with as_nobody(), pytest.raises(InvalidKeyError, match="no permission"):
        PrivateKey.from_file(path)


@contextlib.contextmanager
def as_nobody():
    """Root may read everything, so it stops being root for a moment."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_every_form_loads(rsa_reference, ec_reference, tmp_path):
    encoding, form = serialization.Encoding, serialization.PrivateFormat
    for reference in (rsa_reference, ec_reference):
        expected = PrivateKey.from_pem(pem_of(reference)).to_pem()
        for chosen in (form.PKCS8, form.TraditionalOpenSSL):
            pem = pem_of(reference, chosen)
            der = reference.private_bytes(encoding.DER, chosen, serialization.NoEncryption())
            (tmp_path / "key").write_bytes(der)
            for data in (pem, pem.replace(b"\n", b"\r\n"), b"text\n" + pem + b"\n ", pem.replace(b"\n", b"\\n")):
                assert PrivateKey.from_pem(data).to_pem() == expected
            assert PrivateKey.from_der(der).to_pem() == PrivateKey.from_file(tmp_path / "key").to_pem() == expected
        best = serialization.BestAvailableEncryption(b"secret")
        assert PrivateKey.from_pem(pem_of(reference, encryption=best), "secret").to_pem() == expected
        loaded = serialization.load_pem_private_key(PrivateKey.from_pem(expected).to_pem("x").encode(), b"x")
        assert loaded.private_numbers() == reference.private_numbers()
    public = rsa_reference.public_key()
    spki = public.public_bytes(encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = public.public_bytes(encoding.PEM, serialization.PublicFormat.PKCS1)
    assert PublicKey.from_pem(pkcs1).to_pem() == spki.decode() == PublicKey.from_pem(spki).to_pem()


def test_keys_leak_nothing(rsa_key, rsa_reference, signer):
    numbers = rsa_reference.private_numbers()
    secrets = {str(numbers.d)[:20], f"{numbers.d:x}"[:20], f"{numbers.p:x}"[:20], rsa_key.to_pem()[40:80]}
    for thing in (rsa_key, signer, rsa_signer(rsa_key), rsa_key.public_key()):
        shown = repr(thing) + str(thing) + str(dir(thing))
        assert not any(secret in shown for secret in secrets)
        # A signer takes attributes, as botocore's does, but keeps nothing of its own there.
        assert vars(thing) == {} if thing is signer else not hasattr(thing, "__dict__")
    for secretive in (rsa_key, signer, rsa_signer(rsa_key)):
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(secretive)
    assert copy.deepcopy(rsa_key) is rsa_key
    assert copy.copy(signer).rsa_signer is signer.rsa_signer
    broken = rsa_key.to_pem().replace("A", "B", 3)
    with pytest.raises(CloudFrontSignerError) as caught:
        PrivateKey.from_pem(broken)
    assert not any(secret in str(caught.value) for secret in secrets)

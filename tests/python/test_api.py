"""What the API takes, what it refuses, and in which words."""

import json
from datetime import UTC, datetime, timedelta
from unittest import mock
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from cloudfront_signer import (
    CloudFrontSigner,
    InvalidKeyError,
    InvalidPolicyError,
    InvalidUrlError,
    Policy,
    PrivateKey,
    PublicKey,
    Verifier,
    encode_base64,
    escape_query,
    inspect,
    quote_path,
    rsa_signer,
    signed_url,
)

URL = "https://a.example/v/1.ts"
RESOURCE = "https://a.example/v/*"
HOUR = timedelta(hours=1)
KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
VERIFIER = Verifier({"K1": KEY.public_key()})
COOKIES = SIGNER.sign_cookies(RESOURCE, expires=HOUR)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CloudFrontSigner(None, KEY), "key_id: expected str, found NoneType"),
        (lambda: CloudFrontSigner("K1", 3), "rsa_signer: expected a PrivateKey or a callable from bytes to bytes"),
        (
            lambda: CloudFrontSigner("K1", KEY, hash_algorithm=1),
            'hash_algorithm: expected "SHA1" or "SHA256", found int',
        ),
        (lambda: CloudFrontSigner("K1", KEY, domain=1), "domain: expected str, found int"),
        (lambda: CloudFrontSigner.from_env(1), "prefix: expected str, found int"),
        (lambda: SIGNER.sign_url(None, expires=HOUR), "url: expected str, found NoneType"),
        (lambda: SIGNER.sign_url(URL, expires=HOUR, resource=1), "resource: expected str, found int"),
        (
            lambda: SIGNER.sign_url(URL, expires=HOUR, ip_address=1),
            "ip_address: expected str or an address of the module",
        ),
        (lambda: SIGNER.sign_url(URL, policy=1), "policy: expected Policy, str, bytes or dict, found int"),
        (lambda: SIGNER.sign_urls(URL, expires=HOUR), "urls: expected an iterable of str, found str"),
        (lambda: SIGNER.sign_urls(1, expires=HOUR), "urls: expected an iterable of str, found int"),
        (lambda: SIGNER.sign_urls([b""], expires=HOUR), "urls: expected str, found bytes"),
        (lambda: SIGNER.sign_cookies(b"", expires=HOUR), "resource: expected str, found bytes"),
        (lambda: SIGNER.signed_parameters(b"", expires=HOUR), "resource: expected str, found bytes"),
        (lambda: SIGNER.sign_stream(1, expires=HOUR), "name: expected str, found int"),
        (lambda: SIGNER.sign_stream("a", expires=HOUR, escape="no"), "escape: expected bool, found str"),
        (lambda: SIGNER.grant(1, expires=HOUR), "resource: expected str, found int"),
        (lambda: SIGNER.grant(RESOURCE, expires=HOUR).url(1), "url: expected str, found int"),
        (lambda: SIGNER.grant(RESOURCE, expires=HOUR).urls(URL), "urls: expected an iterable of str, found str"),
        (lambda: SIGNER.generate_presigned_url(1, HOUR), "url: expected str, found int"),
        (lambda: SIGNER.build_policy(1, HOUR), "resource: expected str, found int"),
        (lambda: COOKIES.headers(1), "domain: expected str, found int"),
        (lambda: COOKIES.headers(path=1), "path: expected str, found int"),
        (lambda: COOKIES.headers(secure=1), "secure: expected bool, found int"),
        (lambda: COOKIES.headers(http_only="yes"), "http_only: expected bool, found str"),
        (lambda: COOKIES.headers(same_site=1), "same_site: expected str, found int"),
        (lambda: COOKIES.headers(max_age="1h"), "max_age: expected timedelta or a number of seconds, found str"),
        (lambda: COOKIES.set_on(1), "response: expected an object with set_cookie, found int"),
        (lambda: COOKIES.clear_on(1), "response: expected an object with delete_cookie, found int"),
        (lambda: Policy(1, expires=HOUR), "resource: expected str, found int"),
        (lambda: Policy.from_json(1), "policy: expected Policy, str, bytes or dict, found int"),
        (lambda: Policy.from_encoded(1), "text: expected str, found int"),
        (lambda: PrivateKey.from_pem(1), "data: expected str or bytes, found int"),
        (lambda: PrivateKey.from_pem(KEY.to_pem(), 1), "passphrase: expected str or bytes, found int"),
        (lambda: PrivateKey.from_der("x"), "data: expected bytes, found str"),
        (lambda: PrivateKey.from_file(1), "path: expected str or os.PathLike, found int"),
        (lambda: PrivateKey.generate(1), "kind: expected str, found int"),
        (lambda: KEY.sign("x"), "message: expected bytes, found str"),
        (lambda: KEY.sign_many(b"x"), "messages: expected an iterable of bytes, found bytes"),
        (lambda: KEY.sign_many(["x"]), "messages: expected bytes, found str"),
        (lambda: KEY.to_pem(1), "passphrase: expected str or bytes, found int"),
        (lambda: PublicKey.from_pem(1), "data: expected str or bytes, found int"),
        (lambda: PublicKey.from_der("x"), "data: expected bytes, found str"),
        (lambda: PublicKey.from_file(1), "path: expected str or os.PathLike, found int"),
        (lambda: KEY.public_key().verify("x", b""), "message: expected bytes, found str"),
        (lambda: KEY.public_key().verify(b"", "x"), "signature: expected bytes, found str"),
        (lambda: rsa_signer(1), "key: expected PrivateKey, PEM text or a pathlib.Path, found int"),
        (lambda: rsa_signer(KEY)("x"), "message: expected bytes, found str"),
        (
            lambda: signed_url(URL, key_id="K", private_key=1, expires=HOUR),
            "private_key: expected PrivateKey, PEM text or",
        ),
        (lambda: Verifier([]), "keys: expected a mapping of key pair ids to public keys, found list"),
        (lambda: Verifier({1: KEY.public_key()}), "keys: expected str, found int"),
        (lambda: Verifier({"K1": 1}), "keys: expected PublicKey or PEM text, found int"),
        (lambda: VERIFIER.check(1), "url: expected str, found int"),
        (lambda: VERIFIER.check(URL, cookies=1), "cookies: expected the Cookie header or a mapping of names to values"),
        (lambda: VERIFIER.check(URL, cookies={"a": 1}), "cookies: expected str, found int"),
        (lambda: VERIFIER.check(URL, now=True), "now: expected datetime, timedelta, "),
        (lambda: inspect(COOKIES).diagnose(1), "verifier: expected Verifier, found int"),
        (lambda: inspect(COOKIES).diagnose(VERIFIER, request=1), "request: expected str, found int"),
        (lambda: encode_base64("x"), "data: expected bytes, found str"),
        (lambda: escape_query(b"x"), "text: expected str, found bytes"),
        (lambda: quote_path(b"x"), "name: expected str, found bytes"),
    ],
)
def test_a_type_error_names_its_argument(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert ": expected " in str(caught.value)
    assert ", found " in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda pem: CloudFrontSigner("K1", pem),
        lambda pem: CloudFrontSigner("K1", pem.encode()),
        lambda pem: SIGNER.sign_url(URL, expires=HOUR, align=pem),
        lambda pem: PrivateKey.from_der(pem),
    ],
)
def test_a_key_as_text_is_told_its_way(call):
    pem = KEY.to_pem()
    with pytest.raises(TypeError, match=r"PEM text: PrivateKey\.from_pem reads it$") as caught:
        call(pem)
    assert not any(line in str(caught.value) for line in pem.splitlines())


@pytest.mark.parametrize("extra", ["expires", "not_before", "ip_address", "resource", "align"])
def test_wrong_combinations_are_one_exception(extra):
    value = {"ip_address": "192.0.2.1", "resource": RESOURCE}.get(extra, HOUR)
    policy = Policy(RESOURCE, expires=HOUR)
    ways = [lambda: SIGNER.sign_url(URL, policy=policy, **{extra: value})]
    ways.append(lambda: SIGNER.sign_urls([URL], policy=policy, **{extra: value}))
    if extra != "resource":
        ways.append(lambda: SIGNER.sign_cookies(policy=policy, **{extra: value}))
        ways.append(lambda: SIGNER.signed_parameters(policy=policy, **{extra: value}))
    for way in ways:
        with pytest.raises(InvalidPolicyError, match="both were given"):
            way()


def test_what_is_missing_is_the_same_exception():
    for way in (
        lambda: SIGNER.sign_url(URL),
        lambda: SIGNER.grant(RESOURCE),
        lambda: SIGNER.sign_stream("a"),
        lambda: SIGNER.generate_presigned_url(URL),
        lambda: SIGNER.sign_cookies(expires=HOUR),
        lambda: SIGNER.signed_parameters(),
    ):
        with pytest.raises(InvalidPolicyError, match="neither was given"):
            way()


def test_the_signers_own_expiry_and_grid():
    signer = CloudFrontSigner("K1", KEY, expires=HOUR, align=timedelta(days=1), domain="a.example")
    assert (signer.expires, signer.align, signer.domain) == (HOUR, timedelta(days=1), "a.example")
    assert (SIGNER.expires, SIGNER.align, SIGNER.domain) == (None, None, None)
    url = signer.sign_url(URL)
    assert url == signer.sign_url(URL) == signer.generate_presigned_url(URL), "remembered, as ECDSA shows"
    ends = [
        VERIFIER.check(url).policy.expires,
        VERIFIER.check(signer.sign_urls([URL])[0]).policy.expires,
        VERIFIER.check(URL, cookies=signer.sign_cookies(RESOURCE)).policy.expires,
        int(signer.signed_parameters(URL)["Expires"]),
        int(signer.sign_stream("a", escape=False).split("Expires=")[1].split("&")[0]),
        signer.grant(RESOURCE).policy.expires,
    ]
    assert all(end % 86_400 == 0 for end in ends)
    # What the call says counts.
    assert "Expires=2000000000&" in signer.sign_url(URL, expires=2_000_000_000, align=1)
    assert "Expires=2000073600&" in signer.generate_presigned_url(URL, 2_000_000_000)
    policy = Policy(RESOURCE, expires=2_000_000_001)
    assert VERIFIER.check(signer.sign_url(URL, policy=policy)).policy == policy
    fixed = CloudFrontSigner("K1", KEY, expires=datetime(2040, 1, 1, tzinfo=UTC))
    assert fixed.expires == 2_208_988_800
    assert "Expires=2208988800&" in fixed.sign_url(URL)


@pytest.mark.parametrize("domain", ["", "https://a.example", "a.example/", "a.example:443", "a b", "bücher.example"])
def test_a_domain_is_a_bare_host(domain):
    with pytest.raises(InvalidUrlError, match="expected a bare host"):
        CloudFrontSigner("K1", KEY, domain=domain)


def test_bare_parameters():
    grant = SIGNER.grant(RESOURCE, expires=HOUR)
    assert grant.url(URL) == f"{URL}?{grant.query}"
    canned = SIGNER.signed_parameters(URL, expires=HOUR)
    assert list(canned) == ["Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"]
    wide = SIGNER.signed_parameters(RESOURCE, expires=HOUR, ip_address="192.0.2.0/24")
    assert list(wide) == ["Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"]
    given = SIGNER.signed_parameters(policy=Policy(RESOURCE, expires=HOUR))
    for parameters in (canned, wide, given, SIGNER.signed_parameters(RESOURCE, policy=grant.policy)):
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        assert VERIFIER.check(f"{URL}?{query}", ip_address="192.0.2.1")
        assert VERIFIER.check(f"{URL}?{urlencode(parameters)}", ip_address="192.0.2.1")


def test_a_policy_needs_no_resource_and_covers_the_one_beside_it():
    policy = Policy(RESOURCE, expires=HOUR)
    assert VERIFIER.check(URL, cookies=SIGNER.sign_cookies(policy=policy))
    assert VERIFIER.check(URL, cookies=SIGNER.sign_cookies("https://a.example/v/?.ts", policy=policy))
    for beyond in ("https://a.example/*", "https://b.example/v/*", "https://*/v/*"):
        for way in (SIGNER.sign_cookies, SIGNER.signed_parameters):
            with pytest.raises(InvalidPolicyError, match="does not cover"):
                way(beyond, policy=policy)


def test_a_policy_may_be_a_dict():
    document = {
        "Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": 2_000_000_000}}, "Resource": f"{RESOURCE}é"}]
    }
    written = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    assert Policy.from_json(document).to_json() == written
    resource = {"Statement": [{**document["Statement"][0], "Resource": RESOURCE}]}
    for signed in (SIGNER.sign_url(URL, policy=resource), SIGNER.generate_presigned_url(URL, policy=resource)):
        assert VERIFIER.check(signed).policy.to_json() == json.dumps(resource, separators=(",", ":"))
    assert VERIFIER.check(URL, cookies=SIGNER.sign_cookies(policy=resource))
    for bad in ({}, {"Statement": {1, 2}}, {"Statement": []}, {"Statement": [datetime.now(UTC)]}):
        with pytest.raises(InvalidPolicyError, match="policy"):
            SIGNER.sign_url(URL, policy=bad)


@pytest.mark.parametrize("text", ["+", "a", "eyJ=", "_", "é"])
def test_a_policy_that_is_not_encoded_is_no_signature(text):
    with pytest.raises(InvalidPolicyError, match=r"policy is not in CloudFront's base64"):
        Policy.from_encoded(text)


@pytest.mark.parametrize("reference", ["rsa_reference", "ec_reference"])
def test_keys_of_cryptography(request, reference):
    theirs = request.getfixturevalue(reference)
    signer = CloudFrontSigner("K1", theirs)
    assert signer.rsa_signer is theirs
    verifier = Verifier({"K1": theirs.public_key()})
    assert verifier.check(signer.sign_url(URL, expires=HOUR))
    assert verifier.check(signed_url(URL, key_id="K1", private_key=theirs, expires=HOUR))
    assert rsa_signer(theirs)(b"m")
    with pytest.raises(InvalidKeyError, match="this is a public key"):
        CloudFrontSigner("K1", theirs.public_key())
    with pytest.raises(InvalidKeyError, match="this is a private key"):
        Verifier({"K1": theirs})
    assert "private" not in repr(signer)


def test_keys_of_cryptography_that_cloudfront_does_not_take():
    for theirs, message in (
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (ec.generate_private_key(ec.SECP384R1()), "P-384"),
        (rsa.generate_private_key(65537, 1024), None),
    ):
        if message is None:
            assert CloudFrontSigner("K1", theirs)
            continue
        for way in (lambda key: CloudFrontSigner("K1", key), rsa_signer, lambda key: Verifier({"K": key.public_key()})):
            with pytest.raises(InvalidKeyError, match=message):
                way(theirs)


def test_a_certificate_object_is_no_key(ec_reference):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(ec_reference.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + HOUR)
    certificate = builder.sign(ec_reference, hashes.SHA256())
    for way in (lambda: CloudFrontSigner("K1", certificate), lambda: Verifier({"K1": certificate})):
        with pytest.raises(InvalidKeyError, match="this is a certificate"):
            way()


def test_a_mock_is_a_callable_and_no_key():
    signer = CloudFrontSigner("K1", mock.Mock(return_value=b"hi"))
    assert "Signature=aGk_" in signer.sign_url(URL, expires=HOUR)


def test_our_own_key_of_the_wrong_half():
    with pytest.raises(InvalidKeyError, match="this is a private key"):
        Verifier({"K1": KEY})
    with pytest.raises(InvalidKeyError, match="this is a public key"):
        CloudFrontSigner("K1", KEY.public_key())


def test_a_long_name_gets_a_short_line():
    with pytest.raises(ValueError, match="hash algorithm") as caught:
        CloudFrontSigner("K1", KEY, hash_algorithm="x" * 10_000_000)
    assert len(str(caught.value)) < 250


def test_public_keys_are_equal_if_they_are_the_same_key():
    public, again = KEY.public_key(), PublicKey.from_pem(KEY.public_key().to_pem())
    other = PrivateKey.generate("ecdsa-p256").public_key()
    assert public == again
    assert hash(public) == hash(again)
    assert public != other
    assert public != public.to_pem()
    assert {public: 1}[again] == 1
    assert len({public, again, other}) == 2
    reference = rsa.generate_private_key(65537, 2048).public_key()
    forms = (serialization.PublicFormat.PKCS1, serialization.PublicFormat.SubjectPublicKeyInfo)
    pkcs1, spki = (PublicKey.from_pem(reference.public_bytes(serialization.Encoding.PEM, form)) for form in forms)
    assert pkcs1 == spki

"""The verifier against the signer, against botocore and `cryptography`, and against whatever a viewer can send."""

import random
import string
from datetime import UTC, datetime, timedelta

import botocore.signers
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, PrivateKey, PublicKey, Verifier

from support.keys import pem_of

NOW = 1_767_290_400
URL = "https://a.example/v/1.mp4"
KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
VERIFIER = Verifier({"K1": KEY.public_key()})
# Always the same signature for the same policy, as hypothesis needs it to make an example smaller.
RSA_KEY = PrivateKey.generate()
RSA_SIGNER = CloudFrontSigner("K1", RSA_KEY)
RSA_VERIFIER = Verifier({"K1": RSA_KEY.public_key()})

paths = st.text(string.ascii_letters + string.digits + "-._~/%+*'é ", max_size=30)
# With a prefix, so that no parameter is a signing one.
queries = st.text(string.ascii_letters + string.digits + "=-._~%+", max_size=20).map("x{0}&y={0}".format)
ends = st.integers(NOW + 1, NOW + 10**9)


def test_the_contract():
    decision = VERIFIER.check(SIGNER.sign_url(URL, expires=NOW + 60), now=NOW)
    assert decision
    assert (decision.allowed, decision.status, decision.via, decision.key_id) == (True, 200, "url", "K1")
    assert (decision.code, decision.message, decision.reason) == (None, None, None)
    assert decision.policy.is_canned
    denied = VERIFIER.check(URL)
    assert not denied
    assert (denied.allowed, denied.status, denied.via, denied.key_id) == (False, 403, None, None)
    assert (denied.code, denied.message) == ("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    assert denied.policy is None


def test_times_may_be_given_in_every_form():
    url = SIGNER.sign_url(URL, expires=timedelta(minutes=1))
    assert VERIFIER.check(url)
    assert not VERIFIER.check(url, now=datetime.now(UTC) + timedelta(minutes=2))
    assert "minute" in VERIFIER.check(url, now=timedelta(minutes=5)).reason


def test_cookies_may_be_a_header_or_a_mapping():
    cookies = SIGNER.sign_cookies("https://a.example/*", expires=NOW + 60)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    for form in (header, dict(cookies), cookies, {**cookies, "theme": "dark"}):
        assert VERIFIER.check(URL, cookies=form, now=NOW).via == "cookies"
        assert VERIFIER.check(URL, cookies=form, now=NOW)
    with pytest.raises(TypeError, match="cookies"):
        VERIFIER.check(URL, cookies=5)


def test_keys_may_be_pem(rsa_reference):
    pem = PrivateKey.from_pem(pem_of(rsa_reference)).public_key().to_pem()
    assert Verifier({"K2": pem, "K1": KEY.public_key()}).key_ids == ["K1", "K2"]
    with pytest.raises(InvalidKeyError, match="private key"):
        Verifier({"K1": KEY.to_pem()})


@given(paths, queries, ends)
def test_what_the_signer_signs_is_allowed(path, query, end):
    url = f"https://a.example/{path}?{query}"
    assert VERIFIER.check(SIGNER.sign_url(url, expires=end), now=NOW)
    wide = SIGNER.sign_url(url, expires=end, not_before=NOW - 1, ip_address="192.0.2.0/24", resource="https://a.*")
    assert VERIFIER.check(wide, ip_address="192.0.2.7", now=NOW)
    assert not VERIFIER.check(wide, ip_address="192.0.3.7", now=NOW)


@given(paths, queries, ends)
def test_cookies_that_the_signer_signs_let_in_what_they_cover(path, query, end):
    cookies = SIGNER.sign_cookies("https://a.example/*", expires=end, ip_address="192.0.2.7")
    url = f"https://a.example/{path}?{query}"
    assert VERIFIER.check(url, cookies=cookies, ip_address="192.0.2.7", now=NOW)
    assert not VERIFIER.check(url.replace("a.example", "b.example"), cookies=cookies, ip_address="192.0.2.7", now=NOW)


@settings(max_examples=300)
@given(st.data())
def test_one_changed_byte_denies(data):
    custom = {"resource": "https://a.example/v/1*"} if data.draw(st.booleans()) else {}
    url = RSA_SIGNER.sign_url(URL + "?x=1", expires=NOW + 60, **custom)
    start = url.index("/v/")
    # A custom policy covers other ends of the path and every query: there the signing parameters alone are fixed.
    start = url.index("Policy=") if custom else start
    place = data.draw(st.integers(start, len(url) - 1))
    other = data.draw(st.sampled_from(string.printable.strip()).filter(lambda symbol: symbol != url[place]))
    assert not RSA_VERIFIER.check(url[:place] + other + url[place + 1 :], now=NOW)


@given(st.text(), st.text(), st.text())
def test_nothing_that_a_viewer_sends_raises(url, cookies, address):
    for sent in (url, f"https://a/{url}", f"{URL}?Policy={url}&Signature={cookies}&Key-Pair-Id=K1", f"{URL}\ud800"):
        assert not VERIFIER.check(sent, cookies=f"CloudFront-Key-Pair-Id=K1; {cookies}", ip_address=address)


def test_what_botocore_and_cryptography_sign_is_allowed(rsa_reference):
    def sign(message):
        return rsa_reference.sign(message, padding.PKCS1v15(), hashes.SHA1())

    theirs = botocore.signers.CloudFrontSigner("K1", sign)
    verifier = Verifier({"K1": PrivateKey.from_pem(pem_of(rsa_reference)).public_key()})
    end = datetime.fromtimestamp(NOW + 60, UTC)
    canned = theirs.generate_presigned_url(URL + "?a=b", date_less_than=end)
    custom = theirs.generate_presigned_url(
        URL,
        policy=theirs.build_policy("https://a.example/*", end, end.min.replace(year=2020, tzinfo=UTC), "192.0.2.0/24"),
    )
    assert verifier.check(canned, now=NOW)
    assert verifier.check(custom, ip_address="192.0.2.1", now=NOW)
    assert not verifier.check(custom, ip_address="192.0.4.1", now=NOW)


def test_wildcards_take_no_longer_for_clever_patterns():
    """Work is counted in characters, so a pattern that would backtrack for ever ends at once."""
    resource = "https://a.example/" + "*a" * 2_000 + "b"
    policy = (
        f'{{"Statement":[{{"Resource":"{resource}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{NOW + 60}}}}}}}]}}'
    )
    cookies = SIGNER.sign_cookies(policy=policy)
    assert VERIFIER.check("https://a.example/" + "a" * 8_000, cookies=cookies, now=NOW).code == "AccessDenied"


def test_reasons_hold_no_signature():
    random.seed(1)
    url = SIGNER.sign_url(URL, expires=NOW + 60)
    signature = url.split("Signature=")[1].split("&")[0]
    for _ in range(300):
        place = random.randrange(len(url))
        decision = VERIFIER.check(url[:place] + random.choice(string.printable) + url[place + 1 :], now=NOW)
        assert signature[20:] not in str(decision.reason) + repr(decision)


def test_the_public_key_verifies_alone():
    assert PublicKey.from_pem(KEY.public_key().to_pem()).verify(b"m", KEY.sign(b"m"), "SHA256")

"""Each way of signing, checked with `cryptography`."""

import concurrent.futures
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from cloudfront_signer import (
    CloudFrontSigner,
    InvalidPolicyError,
    InvalidUrlError,
    Policy,
    SigningError,
    decode_base64,
    quote_path,
    signed_url,
    unescape_query,
)

URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4"
RESOURCE = "https://d111111abcdef8.cloudfront.net/videos/*"
END = 1_900_000_000


def parameters(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def verify(reference, policy, signature, hash_algorithm=None):
    message, signature = policy.encode(), decode_base64(signature)
    public = reference.public_key()
    if isinstance(reference, ec.EllipticCurvePrivateKey):
        public.verify(signature, message, ec.ECDSA(hash_algorithm or hashes.SHA256()))
    else:
        public.verify(signature, message, padding.PKCS1v15(), hash_algorithm or hashes.SHA1())


def test_canned_url(signer, rsa_reference):
    url = signer.sign_url(URL, expires=END)
    assert list(parameters(url)) == ["Expires", "Signature", "Key-Pair-Id"]
    verify(rsa_reference, Policy(URL, expires=END).to_json(), parameters(url)["Signature"])


@pytest.mark.parametrize(
    "terms", [{"not_before": END - 5}, {"ip_address": "192.0.2.1"}, {"resource": RESOURCE}, {"resource": "*"}]
)
def test_custom_url(signer, rsa_reference, terms):
    sent = parameters(signer.sign_url(URL, expires=END, **terms))
    verify(rsa_reference, Policy.from_encoded(sent["Policy"]).to_json(), sent["Signature"])


def test_a_star_is_a_wildcard_in_a_resource_alone(signer):
    assert signer.sign_url("https://a/*?b?c*", expires=END).startswith(f"https://a/%2A?b%3Fc%2A&Expires={END}&")
    star = "https://a/*"
    assert signer.sign_url(star, expires=END, resource=star).startswith("https://a/*?Policy=")
    assert signer.sign_url(star, policy=Policy(star, expires=END)).startswith("https://a/*?Policy=")
    assert "Expires" in parameters(signer.sign_url(URL, expires=END, resource=URL))


def test_names_are_quoted(signer):
    name = "50% off/what?#1 *'{é}.txt"
    assert quote_path(name) == quote(name, safe="/~")
    url = f"https://a/{quote_path(name)}"
    assert signer.sign_url(url, expires=END).startswith(f"{url}?Expires=")


def test_sha256_and_ecdsa(rsa_key, rsa_reference, ec_key, ec_reference):
    url = CloudFrontSigner("K1", rsa_key, hash_algorithm="SHA256").sign_url(URL, expires=END)
    assert url.endswith("&Key-Pair-Id=K1&Hash-Algorithm=SHA256")
    verify(rsa_reference, Policy(URL, expires=END).to_json(), parameters(url)["Signature"], hashes.SHA256())
    url = CloudFrontSigner("K1", ec_key).sign_url(URL, expires=END)
    assert url.endswith("&Hash-Algorithm=SHA256")
    verify(ec_reference, Policy(URL, expires=END).to_json(), parameters(url)["Signature"])


def test_many_urls_are_the_same_as_one_by_one(signer):
    urls = [f"{URL}?n={number}" for number in range(40)]
    assert signer.sign_urls(urls, expires=END) == [signer.sign_url(url, expires=END) for url in urls]
    assert signer.sign_urls([], expires=END) == []
    for many in (signer.sign_urls, lambda urls, **_: signer.grant(RESOURCE + "*", expires=END).urls(urls)):
        with pytest.raises(InvalidUrlError) as caught:
            many([*urls, "bad"], expires=END)
        assert caught.value.index == len(urls)
    assert signer.sign_urls(urls, expires=END, resource=RESOURCE + "?n=*") == [
        signer.sign_url(url, expires=END, resource=RESOURCE + "?n=*") for url in urls
    ]


def test_cookies(signer, rsa_reference):
    cookies = signer.sign_cookies(RESOURCE, expires=END)
    assert list(cookies) == ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"]
    verify(rsa_reference, Policy(RESOURCE, expires=END).to_json(), cookies["CloudFront-Signature"])
    assert dict(cookies) == dict(cookies.items()) == {name: cookies.get(name) for name in cookies.keys()}  # noqa: SIM118
    assert cookies.headers("example.com", "/videos/")[2] == (
        "CloudFront-Key-Pair-Id=K2JCJMDEHXQW5F; Domain=example.com; Path=/videos/; Secure; HttpOnly"
    )
    assert next(iter(signer.sign_cookies(URL, expires=END))) == "CloudFront-Expires"
    with pytest.raises(InvalidPolicyError, match="for cookies"):
        signer.sign_cookies("*", expires=END)


def test_grant(signer):
    grant = signer.grant(RESOURCE, expires=END)
    assert grant.url(URL) == signer.sign_url(URL, expires=END, resource=RESOURCE)
    assert dict(grant.cookies) == dict(signer.sign_cookies(RESOURCE, expires=END))
    with pytest.raises(InvalidPolicyError, match="does not cover"):
        grant.url("https://d111111abcdef8.cloudfront.net/other")


def test_stream(signer, rsa_reference):
    escaped = signer.sign_stream("video.mp4", expires=END)
    assert escaped.startswith(f"video.mp4%3FExpires%3D{END}%26Signature%3D")
    assert escaped.endswith("%26Key-Pair-Id%3DK2JCJMDEHXQW5F")
    sent = parameters(unescape_query(escaped))
    policy = f'{{"Statement":[{{"Resource":"video.mp4","Condition":{{"DateLessThan":{{"AWS:EpochTime":{END}}}}}}}]}}'
    verify(rsa_reference, policy, sent["Signature"])


def test_align_gives_equal_urls(ec_key):
    signer = CloudFrontSigner("K1", ec_key)  # ECDSA is random: equal URLs mean a remembered signature
    signed = {signer.sign_url(URL, expires=END + second, align=timedelta(hours=1)) for second in (1, 2, 3)}
    assert len(signed) == 1
    assert int(parameters(*signed)["Expires"]) % 3600 == 0
    terms = {"expires": END, "align": timedelta(hours=1)}
    assert signer.sign_urls([URL, f"{URL}/2"], **terms) == signer.sign_urls([URL, f"{URL}/2"], **terms)
    assert signer.sign_urls([URL], **terms) == [*signed]


def test_signed_url_takes_every_form_of_key(rsa_key, signer, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(rsa_key.to_pem())
    expected = signer.sign_url(URL, expires=END)
    for key in (rsa_key, rsa_key.to_pem(), path, rsa_key.to_pem().replace("\n", "\\n")):
        assert signed_url(URL, key_id="K2JCJMDEHXQW5F", private_key=key, expires=END) == expected


def test_callables():
    assert "Signature=aGk_" in CloudFrontSigner("K1", lambda message: b"hi").sign_url(URL, expires=END)
    for returned in (None, "text", b"", 3):
        with pytest.raises(SigningError):
            CloudFrontSigner("K1", lambda message, returned=returned: returned).sign_url(URL, expires=END)

    class Unplugged(Exception):
        pass

    def raising(message):
        raise Unplugged("no HSM")

    with pytest.raises(Unplugged, match="no HSM"):
        CloudFrontSigner("K1", raising).sign_urls([URL], expires=END)


def test_threads_share_a_signer(signer):
    expected = signer.sign_url(URL, expires=END)
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        results = pool.map(lambda _: signer.sign_url(URL, expires=END, align=1), range(320))
        assert set(results) == {expected}

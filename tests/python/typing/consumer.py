# pyright: strict
"""A program of someone who uses the package, for type checkers: it is checked, and it runs."""

import base64
import copy
import sys
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path
from typing import Literal, assert_type

import polars

import cloudfront_signer
from cloudfront_signer import (
    CloudFrontSigner,
    CloudFrontSignerError,
    Decision,
    Diagnosis,
    ExpiredWarning,
    Grant,
    Inspection,
    InvalidCookieError,
    InvalidKeyError,
    InvalidManifestError,
    InvalidPolicyError,
    InvalidSignatureError,
    InvalidUrlError,
    Mistake,
    Policy,
    PrivateKey,
    PublicKey,
    RsaSigner,
    SignedCookies,
    SigningError,
    Verifier,
    decode_base64,
    encode_base64,
    engine_info,
    escape_query,
    explain_answer,
    inspect,
    quote_path,
    rsa_signer,
    signed_url,
    unescape_query,
)
from cloudfront_signer.arrow import sign_array
from cloudfront_signer.boto2 import create_signed_url
from cloudfront_signer.manifest import sign_hls

SITE = "https://media.example.com"
HOUR = timedelta(hours=1)


class Response:
    """A web framework's response."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def set_cookie(self, key: str, value: str = "", **_attributes: object) -> None:
        """Set a cookie."""
        self.cookies[key] = value

    def delete_cookie(self, key: str, **_attributes: object) -> None:
        """Delete a cookie."""
        self.cookies.pop(key, None)


def keys(folder: Path) -> PrivateKey:
    """Make, write and read keys."""
    key = assert_type(PrivateKey.generate("ecdsa-p256"), PrivateKey)
    path = folder / "private_key.pem"
    path.write_text(assert_type(key.to_pem(passphrase="correct horse"), str))
    assert_type(PrivateKey.from_file(path, b"correct horse"), PrivateKey)
    assert_type(PrivateKey.from_pem(key.to_pem()), PrivateKey)
    der = base64.b64decode("".join(key.to_pem().splitlines()[1:-1]))
    assert_type(PrivateKey.from_der(der), PrivateKey)
    public = assert_type(key.public_key(), PublicKey)
    path = folder / "public_key.pem"
    path.write_text(assert_type(public.to_pem(), str))
    der = base64.b64decode("".join(public.to_pem().splitlines()[1:-1]))
    same = {PublicKey.from_file(path), PublicKey.from_pem(path.read_bytes()), PublicKey.from_der(der), public}
    assert_type(same, set[PublicKey])
    assert len(same) == 1
    signature = assert_type(key.sign(b"hello", "SHA256"), bytes)
    assert assert_type(public.verify(b"hello", signature, hash_algorithm="SHA256"), bool)
    assert_type(key.sign_many([b"a", b"b"]), list[bytes])
    assert_type((key.kind, public.kind), tuple[str, str])
    return copy.deepcopy(key)


def signers(key: PrivateKey) -> CloudFrontSigner:
    """Make signers of every kind of key."""
    callable_signer = assert_type(rsa_signer(key), Callable[[bytes], bytes])
    assert isinstance(callable_signer, RsaSigner)
    assert_type(callable_signer(b"hello"), bytes)
    CloudFrontSigner("K2JCJMDEHXQW5F", callable_signer, hash_algorithm="SHA1")
    CloudFrontSigner("K2JCJMDEHXQW5F", lambda message: message[:1])
    signer = CloudFrontSigner(
        "K2JCJMDEHXQW5F", key, expires=HOUR, align=timedelta(minutes=5), domain="media.example.com"
    )
    assert_type(signer.key_id, str)
    assert_type(signer.hash_algorithm, str)
    assert_type(signer.expires, timedelta | int | None)
    assert_type(signer.align, timedelta | None)
    assert_type(signer.domain, str | None)
    signer.rsa_signer = key
    return copy.copy(signer)


class Signer(CloudFrontSigner):
    """A signer for one site."""

    def video(self, name: str) -> str:
        """The signed URL of a video."""
        return self.sign_url(f"{SITE}/videos/{quote_path(name)}")


def urls(signer: CloudFrontSigner, key: PrivateKey) -> str:
    """Sign URLs with every kind of time and address."""
    end = datetime.now(UTC) + HOUR
    signed = assert_type(signer.sign_url(f"{SITE}/a.mp4", expires=HOUR), str)
    signer.sign_url(f"{SITE}/a.mp4", expires=end, not_before=end - HOUR, ip_address=IPv4Network("192.0.2.0/24"))
    signer.sign_url(f"{SITE}/a.mp4", expires=2_000_000_000, ip_address=IPv4Address("192.0.2.1"), align=300)
    signer.sign_url(f"{SITE}/a.mp4", expires="2033-05-18T03:33:20Z", resource=f"{SITE}/*")
    policy = Policy(f"{SITE}/*", expires=2_000_000_000.5, not_before=1_700_000_000, ip_address="192.0.2.1")
    assert_type(signer.sign_urls((f"{SITE}/{number}.ts" for number in range(3)), policy=policy), list[str])
    assert_type(signer.signed_parameters(f"{SITE}/*", expires=HOUR), dict[str, str])
    assert_type(signer.sign_stream("videos/name", expires=HOUR, escape=False), str)
    assert_type(signer.build_policy(f"{SITE}/*", end, date_greater_than=end - HOUR, ip_address="192.0.2.0/24"), str)
    assert_type(signer.generate_presigned_url(f"{SITE}/a.mp4", date_less_than=end), str)
    signer.generate_presigned_url(f"{SITE}/a.mp4", policy=policy.to_json())
    one = signed_url(f"{SITE}/a.mp4", key_id="K2JCJMDEHXQW5F", private_key=key.to_pem(), expires=HOUR)
    assert_type(one, str)
    old = create_signed_url(
        f"{SITE}/a.mp4", "K2JCJMDEHXQW5F", expire_time=2_000_000_000, private_key_string=key.to_pem()
    )
    assert_type(old, str)
    assert_type(Signer("K2JCJMDEHXQW5F", key, expires=HOUR).video("a b.mp4"), str)
    assert_type(copy.copy(Signer("K2JCJMDEHXQW5F", key)), Signer)
    return signed


def from_environment() -> Signer | None:
    """Make a signer of a subclass from the environment."""
    try:
        return assert_type(Signer.from_env("CONSUMER_"), Signer)
    except SigningError:
        return None


def policies() -> None:
    """Read and write policies."""
    policy = Policy(f"{SITE}/*", expires=2_000_000_000)
    same: set[Policy] = {policy, Policy.from_json(policy.to_json()), Policy.from_encoded(policy.encoded)}
    assert len(same) == 1
    end = {"DateLessThan": {"AWS:EpochTime": 2_000_000_000}}
    Policy.from_json({"Statement": [{"Resource": f"{SITE}/*", "Condition": end}]})
    assert_type(policy.is_canned, bool)
    assert_type(policy.resource, str | None)
    assert_type(policy.expires, int)
    assert_type(policy.not_before, int | None)
    assert_type(policy.ip_address, str | None)


def cookies(signer: CloudFrontSigner) -> SignedCookies:
    """Set, read and clear cookies."""
    signed = assert_type(signer.sign_cookies(f"{SITE}/videos/*", expires=HOUR), SignedCookies)
    by_name: Mapping[str, str] = signed
    assert dict(by_name) == {name: signed[name] for name in signed}
    assert_type(signed.headers("example.com", "/videos/", max_age=HOUR, same_site="Lax"), list[str])
    assert_type(signed.header, str)
    assert_type(signed.get("CloudFront-Policy"), str | None)
    assert_type(signed.get("CloudFront-Policy", ""), str)
    assert_type(signed.get("CloudFront-Policy", 0), str | int)
    for name, value in signed.items():
        assert_type((name, value), tuple[str, str])
    assert len(signed.keys()) == len(signed.values()) == len(signed)
    response = Response()
    signed.set_on(response, path="/videos/", max_age=3600, secure=True, http_only=True)
    assert response.cookies == dict(signed)
    SignedCookies.clear_on(response, path="/videos/", same_site="None")
    assert not response.cookies
    return signed


def grants(signer: CloudFrontSigner) -> Grant:
    """Sign once for many URLs."""
    grant = assert_type(signer.grant(f"{SITE}/videos/*", expires=HOUR, ip_address="192.0.2.0/24"), Grant)
    assert_type(grant.url(f"{SITE}/videos/1.ts"), str)
    assert_type(grant.urls([f"{SITE}/videos/1.ts"]), list[str])
    assert_type(grant.query, str)
    assert_type(grant.cookies, SignedCookies)
    assert_type(grant.policy, Policy)
    assert_type(Grant.from_url(grant.url(f"{SITE}/videos/1.ts")), Grant)
    return grant


def verify(signed: str, cookies: SignedCookies, key: PrivateKey) -> Verifier:
    """Decide requests."""
    verifier = Verifier({"K2JCJMDEHXQW5F": key.public_key(), "K3ABCDEFGHIJKL": key.public_key().to_pem()})
    assert_type(verifier.key_ids, list[str])
    decision = assert_type(
        verifier.check(signed, ip_address=ip_address("192.0.2.1"), now=timedelta(minutes=1)), Decision
    )
    assert decision
    assert_type((decision.allowed, decision.status), tuple[bool, int])
    assert_type((decision.code, decision.message), tuple[str | None, str | None])
    assert_type((decision.reason, decision.key_id), tuple[str | None, str | None])
    assert_type(decision.policy, Policy | None)
    assert_type(decision.via, Literal["url", "cookies"] | None)
    assert verifier.check(f"{SITE}/videos/1.ts", cookies=cookies)
    assert verifier.check(f"{SITE}/videos/1.ts", cookies=cookies.header)
    return verifier


def explain(signed: str, cookies: SignedCookies, verifier: Verifier) -> list[str]:
    """Say what is wrong."""
    inspection = assert_type(inspect(signed), Inspection)
    inspect(cookies.headers())
    inspect(cookies)
    assert_type(inspection.via, Literal["url", "cookies"])
    assert_type((inspection.url, inspection.key_id), tuple[str | None, str | None])
    assert_type((inspection.hash_algorithm, inspection.signature_kind), tuple[str, str | None])
    assert_type(inspection.policy, Policy | None)
    assert_type(inspection.expires, int | None)
    assert_type(inspection.rows(now=datetime.now(UTC)), list[tuple[str, str]])
    diagnosis = assert_type(inspection.diagnose(verifier, request=f"{SITE}/b.mp4", now=2_000_000_000), Diagnosis)
    assert not diagnosis
    assert_type(diagnosis.decision, Decision)
    assert_type(diagnosis.mistakes, list[Mistake])
    assert_type(diagnosis.warnings, list[Mistake])
    answered = explain_answer(
        signed, 403, "<Error><Code>AccessDenied</Code></Error>", verifier=verifier, ip_address=None
    )
    return [f"{mistake.name}: {mistake.found}: {mistake.advice}" for mistake in (*diagnosis.mistakes, *answered)]


def texts() -> None:
    """Encode, escape and describe."""
    assert decode_base64(assert_type(encode_base64(b"hi"), str)) == b"hi"
    assert unescape_query(escape_query("a?b=c")) == "a?b=c"
    engine = engine_info()
    assert_type(engine["engine"], str)
    assert_type(engine["available"], list[str])
    assert_type(engine["threads"], int)
    assert_type(cloudfront_signer.__version__, str)


def columns(signer: CloudFrontSigner) -> None:
    """Sign a Series, with one expiry and with an expiry for each row."""
    series = polars.Series("url", [f"{SITE}/a", "b"])
    signed = assert_type(sign_array(signer, series, errors="null", expires=HOUR, align=60), polars.Series)
    until = polars.Series([2_000_000_000, 2_000_000_000])
    both = assert_type(sign_array(signer, signed.fill_null(f"{SITE}/b").head(0), expires=until.head(0)), polars.Series)
    assert (signed.null_count(), both.len()) == (1, 0)
    grant = signer.grant(f"{SITE}/*", expires=HOUR)
    table: object = sign_array(grant, polars.DataFrame({"url": [f"{SITE}/a"]}))
    assert table is not None


def manifests(signer: CloudFrontSigner) -> None:
    """Sign playlists as text and as bytes."""
    base_url, grant = f"{SITE}/show/index.m3u8", signer.grant(f"{SITE}/*", expires=HOUR)
    text = assert_type(sign_hls("#EXTM3U\n1.ts", base_url=base_url, grant=grant, playlists="app"), str)
    data = assert_type(sign_hls(b"#EXTM3U\n1.ts", base_url=base_url, signer=signer, expires=HOUR, scope="uri"), bytes)
    static = sign_hls("#EXTM3U", base_url=base_url, mode="query", hosts=[SITE.removeprefix("https://")], variables={})
    assert len({text, data.decode(), static}) == 3


def refused(signer: CloudFrontSigner, key: PrivateKey) -> list[CloudFrontSignerError]:
    """Catch every exception, and the warning."""
    cases: list[tuple[type[CloudFrontSignerError], Callable[[], object]]] = [
        (InvalidKeyError, lambda: PrivateKey.from_pem("nothing")),
        (InvalidPolicyError, lambda: signer.sign_url(f"{SITE}/a", expires=1)),
        (InvalidUrlError, lambda: signer.sign_urls([f"{SITE}/a", "b"])),
        (InvalidCookieError, lambda: signer.sign_cookies(f"{SITE}/*").headers("*")),
        (InvalidManifestError, lambda: sign_hls("", base_url=SITE, mode="query")),
        (InvalidSignatureError, lambda: decode_base64("?")),
        (SigningError, lambda: CloudFrontSigner("", key)),
    ]
    found: list[CloudFrontSignerError] = []
    for _, call in cases:
        try:
            call()
        except CloudFrontSignerError as error:
            found.append(error)
    assert [type(error) for error in found] == [kind for kind, _ in cases]
    assert assert_type(found[2].index, int | None) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        signer.sign_url(f"{SITE}/a", expires=datetime(2020, 1, 1, tzinfo=UTC))
    assert caught[0].category is ExpiredWarning
    return found


def main(folder: Path) -> None:
    """Do everything once."""
    key = keys(folder)
    signer = signers(key)
    signed, signed_cookies = urls(signer, key), cookies(signer)
    verifier = verify(signed, signed_cookies, key)
    assert from_environment() is None
    policies()
    grants(signer)
    columns(signer)
    manifests(signer)
    texts()
    print(*explain(signed, signed_cookies, verifier), *refused(signer, key), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

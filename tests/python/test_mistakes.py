"""Each mistake made as people's code makes it, and what the diagnosis says of it."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from cloudfront_signer import InvalidCookieError, PrivateKey, Verifier, explain_answer, inspect
from cloudfront_signer._native import mistake_names

from support.keys import pem_of

NAMES = mistake_names()
NOW = 1_767_290_400
END = NOW + 600
URL = "https://d1.example/v/1.mp4"


def text_of(data):
    """CloudFront's base64, as AWS's examples make it."""
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


def policy_of(resource, **more):
    return {"Statement": [{"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": END}, **more}}]}


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Person:
    """Somebody's own signer."""

    def __init__(self, key):
        self.key = key

    def signature(self, message):
        return text_of(self.key.sign(message.encode(), padding.PKCS1v15(), SHA1()))

    def canned(self, sent, signed=None, message=None, key_id="K1"):
        signature = self.signature(message or compact(policy_of(signed or sent)))
        separator = "&" if "?" in sent else "?"
        return f"{sent}{separator}Expires={END}&Signature={signature}&Key-Pair-Id={key_id}"

    def custom(self, sent, policy, message=None):
        encoded = text_of(policy.encode())
        separator = "&" if "?" in sent else "?"
        return f"{sent}{separator}Policy={encoded}&Signature={self.signature(message or policy)}&Key-Pair-Id=K1"


@pytest.fixture(scope="module")
def person(rsa_reference):
    return Person(rsa_reference)


@pytest.fixture(scope="module")
def verifier(rsa_key, ec_key):
    return Verifier(
        {"K1": rsa_key.public_key(), "K2": ec_key.public_key(), **dict.fromkeys(BAD_IDS, rsa_key.public_key())}
    )


BAD_IDS = [
    "0f8ac2a7-6d4e-4c0b-9d6a-3c1f2b7e9a10",
    "AKIAIOSFODNN7EXAMPLE",
    "undefined",
    "None",
    "null",
    "EDFDVBD632BHDS5",
]


def diagnose(verifier, text, **more):
    return inspect(text).diagnose(verifier, now=NOW, **more)


def expect(diagnosis, name, advice, *, names=None):
    """The mistake is the one that is named, and its advice and message hold these words."""
    assert [mistake.name for mistake in diagnosis.mistakes] == (names or [name])
    assert name in NAMES
    found = next(mistake for mistake in diagnosis.mistakes if mistake.name == name)
    assert advice in found.advice + found.found, found
    assert found.advice in str(diagnosis)
    assert not diagnosis


def test_what_is_right_has_neither_mistakes_nor_warnings(person, verifier):
    for right in (
        person.canned(URL),
        person.canned(f"{URL}?a=1&b=%27"),
        person.custom(URL, compact(policy_of("https://d1.example/*"))),
        person.custom(URL, json.dumps(policy_of("https://d1.example/*"), indent=2) + "\n"),
    ):
        diagnosis = diagnose(verifier, right)
        assert (diagnosis.mistakes, diagnosis.warnings, str(diagnosis)) == ([], [], "allowed")


@pytest.mark.parametrize("sent", [URL, f"{URL}?a=1&b=2", "https://d1.example/a%20b%7B/?x=%27"])
def test_what_is_wrong_at_random_is_not_explained(person, verifier, sent):
    expect(diagnose(verifier, person.canned(sent, message="something else")), "unexplained", "sign again")
    custom = person.custom(sent, compact(policy_of("https://d1.example/*")), message="something else")
    expect(diagnose(verifier, custom), "unexplained", "sign again")


QUERY = f"{URL}?a=1&b=2"


@pytest.mark.parametrize(
    ("spelled", "told"),
    [
        (compact(policy_of(QUERY)).replace("&", "\\u0026"), "Go"),
        (compact(policy_of(QUERY)).replace("&", "\\u0026").replace("a=", "a\\u003d").replace("b=", "b\\u003d"), "Gson"),
        (compact(policy_of(QUERY)).replace("/", "\\/"), "'\\/'"),
        (json.dumps(policy_of(QUERY)), "spaces after ':' and ','"),
        (json.dumps(policy_of(QUERY), indent=2), "indented by 2"),
        (json.dumps(policy_of(QUERY), indent=4), "indented by 4"),
        (json.dumps(policy_of(QUERY), indent="\t"), "tabs"),
        (json.dumps(policy_of(QUERY), sort_keys=True, separators=(",", ":")), "sorted keys"),
        (json.dumps(policy_of(QUERY), sort_keys=True), "sorted keys, spaces"),
        (compact(policy_of(QUERY)) + "\n", "a line break at the end"),
        (json.dumps(policy_of(QUERY), indent=2) + "\n", "indented by 2, a line break"),
    ],
)
def test_other_spellings_of_the_json(person, verifier, spelled, told):
    expect(diagnose(verifier, person.canned(QUERY, message=spelled)), "json-spelling", told)
    if spelled != compact(policy_of(QUERY)):
        sent = compact(policy_of(QUERY))
        expect(diagnose(verifier, person.custom(QUERY, sent, message=spelled)), "json-spelling", told)


@pytest.mark.parametrize("encode", [text_of, lambda data: base64.b64encode(data).decode()])
def test_the_base64_was_signed(person, verifier, encode):
    policy = compact(policy_of(URL))
    encoded = encode(policy.encode())
    expect(diagnose(verifier, person.canned(URL, message=encoded)), "signed-base64", "sign the JSON itself")
    expect(diagnose(verifier, person.custom(URL, policy, message=encoded)), "signed-base64", "sign the JSON itself")


@pytest.mark.parametrize(
    "resource", ["https://d1.example/v/*", "https://*", "https://d1.example/*", "http*://d1.example/*"]
)
def test_canned_cookies_for_a_wildcard(person, verifier, resource):
    signature = person.signature(compact(policy_of(resource)))
    cookies = f"CloudFront-Expires={END}; CloudFront-Signature={signature}; CloudFront-Key-Pair-Id=K1"
    expect(diagnose(verifier, cookies, request=URL), "canned-wildcard", resource)
    expect(diagnose(verifier, cookies, request=URL), "canned-wildcard", "CloudFront-Policy")


@pytest.mark.parametrize(
    ("sent", "signed", "name", "told"),
    [
        ("https://d1.example/a%7Bb.mp4", "https://d1.example/a{b.mp4", "encoded-after-signing", "'{'"),
        ("https://d1.example/a%7Bb%7D%20c", "https://d1.example/a{b}%20c", "encoded-after-signing", "'{' '}'"),
        ("https://d1.example/a?x=it%27s", "https://d1.example/a?x=it's", "encoded-after-signing", '"\'"'),
        ("https://d1.example/a%20b%5Ec%7Cd", "https://d1.example/a b^c|d", "encoded-after-signing", "spaces '^' '|'"),
        ("https://d1.example/%C3%BC%20b", "https://d1.example/ü%20b", "encoded-after-signing", "'ü'"),
        ("https://d1.example/a%28b%29!", "https://d1.example/a(b)!", "encoded-after-signing", "'(' ')'"),
        ("https://d1.example/a(b).mp4", "https://d1.example/a%28b).mp4", "decoded-after-signing", "'('"),
        ("https://d1.example/%C3%BC", "https://d1.example/%c3%bc", "other-escapes", "%2f or %2F"),
        ("https://d1.example//v/1", "https://d1.example/v/1", "doubled-slash", "different names"),
        ("https://d1.example/v/1", "https://d1.example//v/1", "doubled-slash", "https://d1.example//v/1"),
        ("https://d1.example/v/../1", "https://d1.example/1", "dot-segments", "resolve"),
        ("https://d1.example/v/1", "https://D1.EXAMPLE/v/1", "upper-case-host", "d1.example"),
        ("https://D1.Example/v/1", "https://D1.Example/v/1", "upper-case-host", "d1.example"),
        ("https://d1.example/v/1", "https://d1.example:443/v/1", "default-port", "leave out"),
        ("https://d1.example:443/v/1", "https://d1.example:443/v/1", "default-port", "leave out"),
        ("http://d1.example/v/1", "http://d1.example:80/v/1", "default-port", "leave out"),
    ],
)
def test_urls_that_clients_change(person, verifier, sent, signed, name, told):
    expect(diagnose(verifier, person.canned(sent, signed)), name, told)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://d1.example/a{b.mp4", "'{'"),
        ("https://d1.example/a?x=it's", '"\'"'),
        ("https://d1.example/v/../1.mp4", "dot segments"),
        ("https://d1.example/v/%2e/1.mp4", "dot segments"),
    ],
)
def test_what_is_right_as_written_but_changed_by_clients(person, verifier, url, told):
    diagnosis = diagnose(verifier, person.canned(url))
    (warning,) = diagnosis.warnings
    assert diagnosis
    assert not diagnosis.mistakes
    assert warning.name == "changed-by-clients"
    assert told in warning.found
    assert "browsers" in warning.found
    assert warning.advice in str(diagnosis)


@pytest.mark.parametrize(
    ("change", "name", "told"),
    [
        (lambda url: url.replace("&", "&amp;"), "html-escaped", "template"),
        (lambda url: url.replace("&", "&#38;"), "html-escaped", "template"),
        (lambda url: url.replace("&", "\\u0026"), "json-escaped", "parser"),
        (lambda url: url.replace("?", "\\?").replace("&", "\\&").replace("=", "\\="), "shell-escaped", "quotes"),
        (lambda url: url.replace("&Expires", "?Expires"), "second-question-mark", "one '?'"),
        (lambda url: url.replace("?a=1", "&a=1"), "no-question-mark", "put '?'"),
        (lambda url: url.replace("&", "%26"), "escaped-parameters", "Flash"),
    ],
)
def test_copied_urls(person, verifier, change, name, told):
    changed = change(person.canned(f"{URL}?a=1"))
    expect(diagnose(verifier, changed), name, told)
    late = inspect(changed).diagnose(verifier, now=END)
    assert [mistake.name for mistake in late.mistakes] == [name, "expired"]


def test_a_signature_of_another_kind_of_key(person, verifier, ec_reference):
    rsa_signed = person.canned(URL, key_id="K2", message="x")
    expect(diagnose(verifier, rsa_signed), "other-key-kind", "RSA-2048")
    signature = text_of(ec_reference.sign(b"x", ec.ECDSA(SHA256())))
    url = f"{URL}?Expires={END}&Signature={signature}&Key-Pair-Id=K1&Hash-Algorithm=SHA256"
    expect(diagnose(verifier, url), "other-key-kind", "ECDSA")


@pytest.mark.parametrize("key_id", BAD_IDS)
def test_ids_that_are_none(person, verifier, rsa_key, key_id):
    allowed = diagnose(verifier, person.canned(URL, key_id=key_id))
    assert allowed
    assert [warning.name for warning in allowed.warnings] == ["bad-key-id"]
    assert "K2JCJMDEHXQW5F" in allowed.warnings[0].advice
    stranger = Verifier({"K9": PrivateKey.generate("ecdsa-p256").public_key()})
    expect(diagnose(stranger, person.canned(URL, key_id=key_id)), "bad-key-id", key_id)


def test_an_empty_id(person, verifier):
    expect(diagnose(verifier, person.canned(URL, key_id="")), "bad-key-id", "empty")


def test_requests_to_the_bucket(person, verifier):
    bucket = "https://b.s3.eu-west-1.amazonaws.com/v/1.mp4"
    allowed = diagnose(verifier, person.canned(bucket))
    assert allowed
    assert [warning.name for warning in allowed.warnings] == ["bucket-host"]
    assert "distribution" in allowed.warnings[0].advice
    both = diagnose(verifier, person.canned(f"{URL}?X-Amz-Signature=0"))
    assert [warning.name for warning in both.warnings] == ["s3-signature"]


def cookie_lines(person, resource, attributes):
    policy = compact(policy_of(resource))
    values = {"Policy": text_of(policy.encode()), "Signature": person.signature(policy), "Key-Pair-Id": "K1"}
    return [f"CloudFront-{name}={value}; {attributes}" for name, value in values.items()]


def test_the_cookies_that_a_browser_sends(person, verifier):
    """Two policies, each for its folder, and other cookies between them."""
    a = cookie_lines(person, "https://d1.example/a/*", "Path=/a/; Secure; HttpOnly")
    b = cookie_lines(person, "https://d1.example/b/*", "Path=/b/")
    lines = [*a, "session=1; Domain=d1.example; Path=/; Secure", *b]
    for form in (lines, tuple(lines), "\n".join(f"Set-Cookie: {line}" for line in lines)):
        assert diagnose(verifier, form, request="https://d1.example/a/1")
        assert diagnose(verifier, form, request="https://d1.example/b/1")
        assert diagnose(verifier, form, request="http://d1.example/b/1").mistakes[0].name == "cookie-elsewhere"
        expect(
            diagnose(verifier, form, request="https://d1.example/c/1"),
            "cookie-elsewhere",
            "Path",
            names=["cookie-elsewhere", "cookie-elsewhere", "wrong-resource"],
        )
    nested = [*a, *cookie_lines(person, "https://d1.example/*", "Path=/")]
    expect(diagnose(verifier, nested, request="https://d1.example/a/1"), "doubled-cookie", "Path /a/ and")


def test_public_suffixes(person, verifier, signer):
    lines = cookie_lines(person, "https://d1.cloudfront.net/*", "Domain=cloudfront.net; Path=/")
    expect(diagnose(verifier, lines, request="https://d1.cloudfront.net/a"), "public-suffix", "alternate domain name")
    cookies = signer.sign_cookies("https://d1.cloudfront.net/*", expires=END)
    for suffix in ("cloudfront.net", ".cloudfront.net", "CloudFront.net", "com", "co.uk", "github.io"):
        with pytest.raises(InvalidCookieError, match="public suffix"):
            cookies.headers(suffix)
    for fine in ("d1.cloudfront.net", "example.com", "localhost", "internal"):
        assert f"Domain={fine};" in cookies.headers(fine)[0]
    assert diagnose(
        Verifier({"K2JCJMDEHXQW5F": person_key(person)}), cookies.headers(), request="https://d1.cloudfront.net/a"
    )


def person_key(person):
    return PrivateKey.from_pem(pem_of(person.key)).public_key()


def test_cookies_that_a_framework_encoded(person, verifier):
    for number in range(100):
        lines = cookie_lines(person, f"https://d1.example/{number}/*", "Path=/")
        if any("~" in line for line in lines):
            break
    encoded = [line.replace("~", "%7E") for line in lines]
    diagnosis = diagnose(verifier, encoded, request=f"https://d1.example/{number}/x")
    assert {mistake.name for mistake in diagnosis.mistakes} == {"encoded-cookie"}
    assert "Set-Cookie" in diagnosis.mistakes[0].advice


GOOD = compact(policy_of(URL))


@pytest.mark.parametrize(
    ("policy", "name", "told"),
    [
        (compact({"Statement": policy_of(URL)["Statement"][0]}), "statement-not-list", "brackets"),
        (GOOD.replace(str(END), f'"{END}"'), "time-not-number", "without quotes"),
        (GOOD.replace(str(END), f"{END}.5"), "time-not-number", "fraction"),
        (GOOD.replace(str(END), '"2026-01-01T00:00:00Z"'), "time-not-number", "DateLessThan"),
        (GOOD.replace(f'{{"AWS:EpochTime":{END}}}', str(END)), "no-epoch-time", "AWS:EpochTime"),
        (GOOD.replace('"', '\\"'), "policy-escaped-twice", "unescape"),
        (json.dumps(GOOD), "policy-escaped-twice", "unescape"),
        (json.dumps(policy_of(URL), indent=2).replace("\n", "\\n"), "policy-escaped-twice", "unescape"),
        (json.dumps(policy_of(URL), indent=2).replace("\n", "\\\\n"), "policy-escaped-twice", "unescape"),
        (base64.b64encode(GOOD.encode()).decode(), "policy-encoded-twice", "once"),
        (GOOD.replace('"', "%22"), "policy-percent-encoded", "base64"),
        (str(policy_of(URL)), "policy-single-quotes", "JSON library"),
        (GOOD.replace(f'"{URL}"', f'["{URL}"]'), "resource-not-text", "one resource"),
        (GOOD.replace("DateLessThan", "dateLessThan"), "policy-wrong-case", "DateLessThan"),
        (GOOD.replace('"Resource"', '"Effect":"Allow","Resource"'), "policy-unknown-field", "Effect"),
        (compact(policy_of(URL, IpAddress="192.0.2.1")), "source-ip-not-text", "IPv4"),
        (compact({"Statement": [{"Resource": URL}]}), "no-condition", "Condition"),
    ],
)
def test_policies_of_another_form(person, verifier, policy, name, told):
    expect(diagnose(verifier, person.custom(URL, policy)), name, told)


def test_answers(person, verifier):
    ids = "<RequestId>R</RequestId><HostId>H</HostId>"
    s3 = f"<Error><Code>AccessDenied</Code><Message>Access Denied</Message>{ids}</Error>"
    edge = "<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"
    right, wrong = person.canned(URL), person.canned(URL, message="x")

    def names(url, *answer, **more):
        return [mistake.name for mistake in explain_answer(url, *answer, now=NOW, **more)]

    assert names(right, 200, "") == []
    assert names(right, 403, s3, verifier=verifier) == ["s3-denied"]
    assert names(right, 403, edge, verifier=verifier) == ["edge-denied"]
    assert names(wrong, 403, edge, verifier=verifier) == ["unexplained"]
    assert names(wrong, 403, edge) == ["edge-denied"]
    assert names(right, None, f"HTTP/2 403\r\n\r\n{edge.replace('Access denied', 'Unknown Key')}") == [
        "edge-unknown-key"
    ]
    assert names(URL, 301) == ["redirect"]
    assert names(f"{URL}?x=/index.html", 200, "<html>") == ["error-page"]


def test_the_work_is_bounded(person, verifier):
    """However long: what stands in the way of an attacker is a count of verifications, not a clock."""
    many = "https://d1.example/?" + "&".join(f"p{number}=%7B" for number in range(600))
    expect(diagnose(verifier, person.canned(many, message="x")), "unexplained", "sign again")
    long = compact(policy_of("https://d1.example/" + "a*" * 2_500))
    assert not diagnose(verifier, person.custom(URL, long, message="x"))


def test_names_are_listed_once():
    assert len(set(NAMES)) == len(NAMES)
    for name in ("expired", "html-escaped", "policy-single-quotes", "s3-denied", "unexplained"):
        assert name in NAMES


def test_no_message_holds_a_signature_or_a_key(person, verifier, rsa_reference):
    line = pem_of(rsa_reference).decode().splitlines()[5]
    sent = f"https://d1.example/{'a' * 300}"
    signed = person.canned(sent, f"{sent}x")
    for text in (signed, person.canned(URL, key_id=line), person.canned(f"{URL}?x={line}{line}")):
        said = str(diagnose(verifier, text)) + repr(diagnose(verifier, text))
        signature = text.split("Signature=")[1].split("&")[0]
        assert signature[10:40] not in said
        assert line[:40] not in said
        assert "a" * 150 not in said

"""boto 2's arguments and boto 2's results."""

import inspect
import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudfront_signer import CloudFrontSigner, InvalidKeyError, InvalidPolicyError, Policy
from cloudfront_signer.boto2 import create_signed_url

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = 1_900_000_000


def policy_of(url):
    return json.loads(Policy.from_encoded(parse_qs(urlsplit(url).query)["Policy"][0]).to_json())["Statement"][0]


def test_canned(rsa_key, tmp_path):
    path = tmp_path / "pk-APKA1.pem"
    path.write_text(rsa_key.to_pem())
    expected = CloudFrontSigner("APKA1", rsa_key).sign_url(URL, expires=END)
    assert create_signed_url(URL, "APKA1", END, private_key_file=str(path)) == expected
    assert create_signed_url(URL, "APKA1", END, private_key_string=rsa_key.to_pem()) == expected


def test_a_day_when_no_time_is_given(rsa_key):
    before = int(time.time())
    condition = policy_of(create_signed_url(URL, "APKA1", private_key_string=rsa_key.to_pem()))["Condition"]
    assert before + 86_400 <= condition["DateLessThan"]["AWS:EpochTime"] <= time.time() + 86_400


def test_custom(rsa_key):
    url = create_signed_url(URL, "APKA1", END, 1_800_000_000, "192.0.2.0/24", private_key_string=rsa_key.to_pem())
    assert policy_of(url) == {
        "Resource": URL,
        "Condition": {
            "DateLessThan": {"AWS:EpochTime": END},
            "DateGreaterThan": {"AWS:EpochTime": 1_800_000_000},
            "IpAddress": {"AWS:SourceIp": "192.0.2.0/24"},
        },
    }


def test_the_key_may_be_an_open_file(rsa_key, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(rsa_key.to_pem())
    expected = create_signed_url(URL, "APKA1", END, private_key_file=path)
    for mode in ("r", "rb"):
        with path.open(mode) as file:
            assert create_signed_url(URL, "APKA1", END, private_key_file=file) == expected


def test_what_is_empty_is_not_given(rsa_key, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(rsa_key.to_pem())
    expected = create_signed_url(URL, "APKA1", END, private_key_string=rsa_key.to_pem())
    assert create_signed_url(URL, "APKA1", END, 0, "", "", "", rsa_key.to_pem()) == expected
    assert create_signed_url(URL, "APKA1", END, None, None, None, str(path), "") == expected


@pytest.mark.parametrize(
    "end",
    [
        END + 0.9,
        Decimal(END) + Decimal("0.9"),
        str(END),
        f"{END}.9",
        datetime.fromtimestamp(END, UTC),
        datetime.fromtimestamp(END, UTC).replace(tzinfo=None),
    ],
)
def test_times_are_cut_to_seconds(rsa_key, end):
    pem = rsa_key.to_pem()
    assert create_signed_url(URL, "APKA1", end, private_key_string=pem).startswith(f"{URL}?Expires={END}&")
    condition = policy_of(create_signed_url(URL, "APKA1", end, END - 9.5, private_key_string=pem))["Condition"]
    assert condition == {
        "DateLessThan": {"AWS:EpochTime": END},
        "DateGreaterThan": {"AWS:EpochTime": END - 10},
    }


@pytest.mark.parametrize("moment", ["soon", "2030-01-31", "nan", Decimal("Infinity")])
def test_times_that_are_none_are_refused(rsa_key, moment):
    for times in ({"expire_time": moment}, {"expire_time": END, "valid_after_time": moment}):
        with pytest.raises(InvalidPolicyError, match="seconds"):
            create_signed_url(URL, "APKA1", **times, private_key_string=rsa_key.to_pem())


def test_what_is_no_file_is_named():
    for given in (5, bytearray(b"key.pem")):
        with pytest.raises(TypeError, match=f"private_key_file: expected a path .* found {type(given).__name__}"):
            create_signed_url(URL, "APKA1", END, private_key_file=given)
    with pytest.raises(InvalidKeyError, match="no such file"):
        create_signed_url(URL, "APKA1", END, private_key_file=b"/nowhere")


def test_the_arguments_have_boto2s_order():
    # boto 2.49.0, boto/cloudfront/distribution.py.
    assert list(inspect.signature(create_signed_url).parameters) == [
        "url",
        "keypair_id",
        "expire_time",
        "valid_after_time",
        "ip_address",
        "policy_url",
        "private_key_file",
        "private_key_string",
    ]


def test_a_star_in_the_url_is_no_wildcard(rsa_key):
    star = "https://D1.example/a*b?c?d#t=1"
    url = create_signed_url(star, "APKA1", END, ip_address="192.0.2.1", private_key_string=rsa_key.to_pem())
    assert policy_of(url)["Resource"] == "https://d1.example/a%2Ab?c%3Fd"
    assert url.startswith("https://d1.example/a%2Ab?c%3Fd&Policy=")
    assert url.endswith("#t=1")
    url = create_signed_url(star, "APKA1", END, policy_url="https://d1.example/*", private_key_string=rsa_key.to_pem())
    assert url.startswith("https://d1.example/a*b?c?d&Policy=")


@pytest.mark.parametrize("keys", [{}, {"private_key_string": ""}, {"private_key_file": "a", "private_key_string": "b"}])
def test_one_key_is_due(keys):
    with pytest.raises(InvalidKeyError, match="either"):
        create_signed_url(URL, "APKA1", END, **keys)

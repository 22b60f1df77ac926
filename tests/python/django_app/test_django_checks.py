"""System checks of CLOUDFRONT_SIGNER, and the management command."""

import io
import os

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import override_settings

from cloudfront_signer import PrivateKey, inspect

from support.django_project import CLOUDFRONT_SIGNER, KEY, accepted

COOKIES = {"cookie_resource": "/private/*"}
STORAGES = {
    "default": {
        "BACKEND": "cloudfront_signer.django.storage.CloudFrontStorage",
        "OPTIONS": {"bucket_name": "b", "signer": "films"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def found(**settings):
    """The number and the text of each message."""
    with override_settings(**settings):
        messages = run_checks(tags=["security"])
    ours = [one for one in messages if one.id.startswith("cloudfront_signer.")]
    assert all("\n" not in one.msg for one in ours)
    return [(one.id.removeprefix("cloudfront_signer."), one.msg) for one in ours]


def with_words(**words):
    return found(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, **words})


def test_good_settings_have_no_message():
    assert found() == []
    assert with_words(expires="7d") == []
    assert with_words(**COOKIES, signers={"dl": {"domain": "dl.example.com"}}) == []


@pytest.mark.parametrize(
    ("words", "number", "text"),
    [
        ({"key_pairid": "K1"}, "E002", "CLOUDFRONT_SIGNER['key_pairid']: no such word; did you mean 'key_pair_id'?"),
        ({"colour": "red"}, "E002", "CLOUDFRONT_SIGNER['colour']: no such word; expected one of domain, "),
        ({"key_pair_id": None}, "E003", "CLOUDFRONT_SIGNER['key_pair_id']: not set"),
        ({"key_pair_id": "K 1"}, "E003", "CLOUDFRONT_SIGNER['key_pair_id']: "),
        ({"private_key": ""}, "E004", "CLOUDFRONT_SIGNER['private_key']: not set"),
        ({"private_key": "/no/such.pem"}, "E004", "CLOUDFRONT_SIGNER['private_key']: "),
        ({"private_key": KEY.public_key().to_pem()}, "E004", "CLOUDFRONT_SIGNER['private_key']: "),
        ({"private_key": KEY.to_pem("secret")}, "E004", "CLOUDFRONT_SIGNER['private_key']: "),
        ({"private_key": KEY.to_pem("secret"), "passphrase": "wrong"}, "E004", "CLOUDFRONT_SIGNER['private_key']: "),
        ({"domain": None}, "E005", "CLOUDFRONT_SIGNER['domain']: not set"),
        ({"domain": "https://media.example.com"}, "E005", "CLOUDFRONT_SIGNER['domain']: "),
        ({"domain": "media.example.com/videos"}, "E005", "CLOUDFRONT_SIGNER['domain']: "),
        ({"hash_algorithm": "MD5"}, "E006", "CLOUDFRONT_SIGNER['hash_algorithm']: "),
        ({"expires": "soon"}, "E007", "CLOUDFRONT_SIGNER['expires']: 'soon'"),
        ({"align": "often"}, "E008", "CLOUDFRONT_SIGNER['align']: 'often'"),
        ({"base_url": "media.example.com"}, "E009", "CLOUDFRONT_SIGNER['base_url']: "),
        ({"cookie_domain": "https://example.com"}, "E010", "CLOUDFRONT_SIGNER['cookie_domain']: "),
        ({"cookie_path": "private/*"}, "E010", "CLOUDFRONT_SIGNER['cookie_path']: "),
        ({"cookie_secure": "perhaps"}, "E010", "CLOUDFRONT_SIGNER['cookie_secure']: "),
        ({"cookie_samesite": "Sometimes"}, "E010", "CLOUDFRONT_SIGNER['cookie_samesite']: "),
        ({"cookie_resource": 1}, "E011", "CLOUDFRONT_SIGNER['cookie_resource']: "),
        ({"cookie_expires": "soon"}, "E011", "CLOUDFRONT_SIGNER['cookie_expires']: 'soon'"),
        ({**COOKIES, "cookie_domain": "example.org"}, "E012", "CLOUDFRONT_SIGNER['cookie_domain']: browsers do not"),
        ({**COOKIES, "domain": "example.org"}, "E012", "SESSION_COOKIE_DOMAIN: browsers do not send cookies of"),
        ({**COOKIES, "domain": "notexample.com"}, "E012", "SESSION_COOKIE_DOMAIN: "),
        ({**COOKIES, "expires": None}, "E011", "CLOUDFRONT_SIGNER['cookie_resource']: the cookies need an expiry"),
        ({"expires": "8d"}, "W002", "CLOUDFRONT_SIGNER['expires']: access lasts longer than a week"),
        ({"expires": "2099-01-01T00:00:00Z"}, "W002", "CLOUDFRONT_SIGNER['expires']: access lasts longer than a week"),
        ({"cookie_expires": "2099-01-01T00:00:00Z"}, "W002", "CLOUDFRONT_SIGNER['cookie_expires']: access lasts"),
        ({"cookie_expires": "8d"}, "W002", "CLOUDFRONT_SIGNER['cookie_expires']: access lasts longer than a week"),
        ({"signers": {"dl": {"expires": "soon"}}}, "E007", "CLOUDFRONT_SIGNER['signers']['dl']['expires']: 'soon'"),
        ({"signers": {"dl": {"colour": 1}}}, "E002", "CLOUDFRONT_SIGNER['signers']['dl']['colour']: no such word"),
        ({"signers": {"dl": "K2"}}, "E001", "CLOUDFRONT_SIGNER['signers']['dl']: expected a dictionary"),
        ({"signers": ["dl"]}, "E001", "CLOUDFRONT_SIGNER['signers']: expected a dictionary"),
    ],
)
def test_a_wrong_setting_is_named(words, number, text):
    messages = with_words(**words)
    assert [one[0] for one in messages] == [number]
    assert messages[0][1].startswith(text)


@pytest.mark.parametrize("setting", [None, "K1", []])
def test_no_dictionary(setting):
    assert [one[0] for one in found(CLOUDFRONT_SIGNER=setting)] == ["E001"]


def test_all_problems_at_once():
    messages = with_words(key_pair_id=None, private_key=None, expires="soon", align="often", colour="red", domain="a/b")
    assert [one[0] for one in messages] == ["E002", "E003", "E004", "E005", "E007", "E008"]


def test_a_problem_that_is_inherited_is_reported_once():
    words = {"expires": "soon", "signers": {"dl": {"domain": "dl.example.com"}, "films": {}}}
    assert len(with_words(**words)) == 1


def test_a_wrong_session_cookie_domain():
    words = {"CLOUDFRONT_SIGNER": {**CLOUDFRONT_SIGNER, **COOKIES}}
    assert found(SESSION_COOKIE_DOMAIN=".example.com", **words) == []
    ((number, text),) = found(SESSION_COOKIE_DOMAIN="https://example.com", **words)
    assert (number, text.partition(":")[0]) == ("E010", "SESSION_COOKIE_DOMAIN")
    ((number, text),) = found(SESSION_COOKIE_DOMAIN=None, **words)
    assert (number, text.partition(":")[0]) == ("W003", "CLOUDFRONT_SIGNER['cookie_domain']")
    for hosts in (["media.example.com"], [".example.com"], ["*"]):
        assert found(SESSION_COOKIE_DOMAIN=None, ALLOWED_HOSTS=hosts, **words) == []


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
def test_a_key_file_that_others_can_read(tmp_path, monkeypatch):
    path = tmp_path / "private_key.pem"
    path.write_text(KEY.to_pem())
    for mode, numbers in ((0o600, []), (0o400, []), (0o640, ["W001"]), (0o604, ["W001"])):
        path.chmod(mode)
        monkeypatch.setenv("MEDIA_KEY", str(path))
        for written in (path, str(path), "MEDIA_KEY"):
            messages = with_words(private_key=written)
            assert [one[0] for one in messages] == numbers
            assert all(text.startswith("CLOUDFRONT_SIGNER['private_key']: ") for _, text in messages)


def test_a_storage_with_an_unknown_signer():
    assert found(STORAGES=STORAGES, CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "signers": {"films": {}}}) == []
    ((number, text),) = found(STORAGES=STORAGES)
    assert number == "E013"
    assert text.startswith("STORAGES['default']['OPTIONS']['signer']: CLOUDFRONT_SIGNER has no signer 'films'")


def test_no_message_shows_a_key():
    pem = PrivateKey.generate("ecdsa-p256").to_pem()
    body = "".join(pem.splitlines()[1:-1])
    misplaced = {"domain": pem, "key_pair_id": pem, "expires": pem, "align": pem, "base_url": pem, "cookie_path": pem}
    for words in (*({word: pem} for word in misplaced), {"signers": {pem: "x"}}, {pem: 1}, {"private_key": pem[:90]}):
        for _, text in with_words(**words):
            assert not any(body[start : start + 12] in text for start in range(len(body) - 12))


def run(*arguments, **options):
    out = io.StringIO()
    call_command("signed_url", *arguments, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command():
    urls = run("videos/a b.mp4", "b.mp4")
    assert len(urls) == 2
    assert all(map(accepted, urls))
    (url,) = run("hls/a.ts", "--expires", "5m", "--align", "1h", "--resource", "/hls/*")
    assert inspect(url).expires % 3600 == 0
    assert inspect(url).policy.resource == "https://media.example.com/hls/*"


def test_the_command_names_what_is_wrong():
    for arguments, problem in (
        (("a", "--signer", "films"), "no signer 'films'"),
        (("a", "--expires", "soon"), "'soon'"),
        (("a" * 9000,), "8192"),
        (("",), "no file"),
    ):
        with pytest.raises(CommandError, match=problem):
            run(*arguments)

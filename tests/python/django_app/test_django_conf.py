"""The setting CLOUDFRONT_SIGNER of the Django application."""

import base64
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.test import override_settings

from cloudfront_signer import CloudFrontSigner, PrivateKey, inspect
from cloudfront_signer.aws import State, frameworks
from cloudfront_signer.django import lazy_signer, signer
from cloudfront_signer.django.conf import distribution

from support.django_project import CLOUDFRONT_SIGNER, KEY, accepted

URL = "https://media.example.com/a.mp4"
PEM = KEY.to_pem()


def settings_with(**words):
    return override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, **words})


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(PEM, id="pem"),
        pytest.param(PEM.replace("\n", "\\n"), id="one line"),
        pytest.param(base64.b64encode(PEM.encode()).decode(), id="base64"),
        pytest.param(KEY, id="key"),
        pytest.param(lambda message: KEY.sign(message, "SHA1"), id="callable"),
    ],
)
def test_a_key_in_each_form(written):
    with settings_with(private_key=written):
        assert accepted(signer().sign_url(URL))


def test_a_key_in_a_file_and_in_the_environment(tmp_path, monkeypatch):
    path = tmp_path / "key.pem"
    path.write_text(PEM)
    monkeypatch.setenv("MEDIA_KEY", PEM.replace("\n", "\\n"))
    monkeypatch.setenv("MEDIA_KEY_PATH", str(path))
    for written in (path, str(path), "MEDIA_KEY", "MEDIA_KEY_PATH"):
        with settings_with(private_key=written):
            assert accepted(signer().sign_url(URL))


def test_an_encrypted_key():
    with settings_with(private_key=KEY.to_pem("correct horse"), passphrase="correct horse"):
        assert accepted(signer().sign_url(URL))


def test_all_words():
    with settings_with(expires="30m", align=timedelta(hours=1), hash_algorithm="SHA1"):
        made = signer()
        assert (made.key_id, made.domain, made.hash_algorithm) == ("K1", "media.example.com", "SHA1")
        assert (made.expires, made.align) == (timedelta(minutes=30), timedelta(hours=1))
        assert inspect(made.sign_url(URL)).expires % 3600 == 0


def test_named_signers_inherit():
    other = PrivateKey.generate()
    downloads = {"domain": "dl.example.com", "expires": "5m"}
    archive = {"key_pair_id": "K2", "private_key": other}
    with settings_with(signers={"downloads": downloads, "archive": archive}):
        assert (signer("downloads").key_id, signer("downloads").domain) == ("K1", "dl.example.com")
        assert signer("downloads").expires == timedelta(minutes=5)
        assert (signer("archive").key_id, signer("archive").hash_algorithm) == ("K2", "SHA1")
        assert signer().domain == "media.example.com"
        with pytest.raises(ImproperlyConfigured, match=r"no signer 'films'; there are 'default', 'downloads', 'arch"):
            signer("films")


def test_what_named_signers_do_not_inherit():
    """A key of one signer with the id of another never works."""
    local = {"base_url": "http://127.0.0.1:9", "cookie_resource": "/private/*", "passphrase": "x"}
    with settings_with(**local, signers={"dl": {"domain": "dl.example.com"}, "key": {"private_key": KEY}}):
        assert distribution("dl").url("a") == "https://dl.example.com/a"
        assert distribution("dl").cookie_resource is None
        with pytest.raises(
            ImproperlyConfigured, match=r"^CLOUDFRONT_SIGNER\['signers'\]\['key'\]\['key_pair_id'\]: not"
        ):
            signer("key")


def test_one_signer_for_all_threads():
    """And another one when the settings of a test have changed."""
    made = []
    with settings_with():
        threads = [threading.Thread(target=lambda: made.append(signer())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 8
        assert len(set(map(id, made))) == 1
    assert signer() is not made[0]


def test_a_lazy_signer_for_the_settings_module():
    made = lazy_signer()
    with settings_with(key_pair_id="K7"):
        assert made
        assert made.sign_url(URL).endswith("&Key-Pair-Id=K7&Hash-Algorithm=SHA256")
        assert isinstance(made, CloudFrontSigner)


def test_a_local_edge():
    with settings_with(base_url="http://127.0.0.1:8080/"):
        assert distribution().url("a b.mp4") == "http://127.0.0.1:8080/a%20b.mp4"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"private_key": None}, "CLOUDFRONT_SIGNER['private_key']: not set"),
        ({"private_key": "NO_SUCH_VARIABLE"}, "['private_key']: the environment variable NO_SUCH_VARIABLE is not set"),
        ({"private_key": "/no/such/key.pem"}, "CLOUDFRONT_SIGNER['private_key']: "),
        ({"key_pair_id": ""}, "CLOUDFRONT_SIGNER['key_pair_id']: not set"),
        ({"domain": "https://media.example.com"}, "CLOUDFRONT_SIGNER['domain']: "),
        ({"expires": "soon"}, "CLOUDFRONT_SIGNER['expires']: 'soon'"),
        ({"align": "often"}, "CLOUDFRONT_SIGNER['align']: 'often'"),
        ({"hash_algorithm": "MD5"}, "CLOUDFRONT_SIGNER['hash_algorithm']: "),
        ({"base_url": "127.0.0.1"}, "CLOUDFRONT_SIGNER['base_url']: "),
        ({"cookie_samesite": "Sometimes"}, "CLOUDFRONT_SIGNER['cookie_samesite']: "),
        ({"cookie_expires": "soon"}, "CLOUDFRONT_SIGNER['cookie_expires']: "),
        ({"cookie_resource": ["/private/*"]}, "CLOUDFRONT_SIGNER['cookie_resource']: expected a path pattern"),
        ({"cookie_resource": "/\ud800"}, "CLOUDFRONT_SIGNER['cookie_resource']: "),
    ],
)
def test_a_wrong_word_is_named(words, message):
    with settings_with(**words):
        with pytest.raises(ImproperlyConfigured) as caught:
            signer()
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("setting", [None, [], "K1"])
def test_a_setting_of_another_shape(setting):
    with (
        override_settings(CLOUDFRONT_SIGNER=setting),
        pytest.raises(ImproperlyConfigured, match=r"^CLOUDFRONT_SIGNER: "),
    ):
        signer()


@pytest.mark.parametrize("damaged", [PEM[:80], PEM.replace("M", "-"), base64.b64encode(PEM.encode()).decode()[:-40]])
def test_no_error_shows_the_key(damaged):
    body = "".join(PEM.splitlines()[1:-1])
    with settings_with(private_key=damaged), pytest.raises(ImproperlyConfigured) as caught:
        signer()
    assert not any(body[start : start + 12] in str(caught.value) for start in range(len(body) - 12))
    assert Path(damaged).name not in str(caught.value)


def test_nothing_else_is_needed():
    """Neither boto3, nor django-storages, nor Pillow, nor the applications of Django itself."""
    program = """
import sys
for name in ("boto3", "botocore", "storages", "PIL"):
    sys.modules[name] = None
import django
from django.conf import settings
from cloudfront_signer import PrivateKey
words = {"domain": "a.example", "key_pair_id": "K1", "private_key": PrivateKey.generate("ecdsa-p256"), "expires": 60}
settings.configure(INSTALLED_APPS=["cloudfront_signer.django"], CLOUDFRONT_SIGNER=words)
django.setup()
from django.core.management import call_command
call_command("check", fail_level="WARNING")
call_command("signed_url", "a b.mp4")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith("https://a.example/a%20b.mp4?Expires=")


def test_what_aws_up_prints(tmp_path):
    """The settings of a stack work unchanged."""
    path = tmp_path / "private_key.pem"
    path.write_text(PEM)
    stack = State("my-media", "1", "eu-west-1", bucket="my-media", public_key="K1", private_key=str(path))
    stack.domain_names["signed"] = "d111.cloudfront.net"
    settings = {"INSTALLED_APPS": [], "STORAGES": {}}
    exec(frameworks.SETTINGS["django"](stack), settings)
    assert settings["INSTALLED_APPS"] == ["cloudfront_signer.django"]
    with override_settings(CLOUDFRONT_SIGNER=settings["CLOUDFRONT_SIGNER"]):
        url = storages.create_storage(settings["STORAGES"]["default"]).url("a.mp4")
    assert url.startswith("https://d111.cloudfront.net/a.mp4?")
    assert accepted(url)

"""The settings of the Flask extension: each of their forms, and a line for each that is wrong."""

import base64
import doctest
from datetime import timedelta

import pytest
from flask import Flask

from cloudfront_signer import CloudFrontSignerError, _settings
from cloudfront_signer.aws import State
from cloudfront_signer.aws.frameworks import SETTINGS
from cloudfront_signer.flask import CloudFront
from cloudfront_signer.keys import KeyRing, from_environment

from support.flask_apps import KEY, SITE, VERIFIER, configured, rendered

PEM = KEY.to_pem()


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No settings from outside."""
    for word in _settings.WORDS:
        monkeypatch.delenv(f"CLOUDFRONT_SIGNER_{word}", raising=False)
    return monkeypatch


def test_docstrings():
    outcome = doctest.testmod(_settings)
    assert (outcome.failed, outcome.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    "written",
    [PEM, PEM.replace("\n", "\\n"), base64.b64encode(PEM.encode()).decode(), PEM.encode(), KEY, KEY.sign],
    ids=["pem", "one line", "base64", "bytes", "key", "callable"],
)
def test_a_key_in_each_of_its_forms(written):
    app = configured(PRIVATE_KEY=written, HASH_ALGORITHM="SHA256")
    CloudFront(app)
    assert VERIFIER.check(rendered(app, "{{ signed_url('a')|safe }}"))


@pytest.mark.parametrize("kind", [str, lambda path: path, lambda path: f" {path}\n"])
def test_a_key_in_a_file(kind, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(KEY.to_pem("correct horse"))
    app = configured(PRIVATE_KEY=kind(path), PASSPHRASE="correct horse")
    CloudFront(app)
    assert VERIFIER.check(rendered(app, "{{ signed_url('a')|safe }}"))


def test_a_key_of_a_store(environment):
    """It is fetched for the first signature, not when the application starts."""
    environment.delenv("STORED_KEY", raising=False)
    app = configured(PRIVATE_KEY=from_environment("STORED_KEY"))
    CloudFront(app)
    environment.setenv("STORED_KEY", PEM)
    assert VERIFIER.check(rendered(app, "{{ signed_url('a')|safe }}"))


def test_a_ring_of_keys_has_the_key_pair_id(environment):
    environment.setenv("STORED_KEY", PEM)
    source = from_environment("STORED_KEY")
    ring = KeyRing(("K1", source), ("K2", source), switch_at="2099-01-01T00:00:00Z")
    app = configured(PRIVATE_KEY=ring, KEY_PAIR_ID=None)
    cloudfront = CloudFront(app)
    view = cloudfront.signed_cookies("/private/*")(lambda: "page")
    with app.test_request_context():
        cookies = view().headers.getlist("Set-Cookie")
    sent = "; ".join(line.partition(";")[0] for line in cookies)
    assert VERIFIER.check(f"{SITE}/private/a", cookies=sent)
    with app.test_request_context(headers={"Cookie": sent}):
        assert view().headers.getlist("Set-Cookie") == [], "fresh cookies stay"
    app = configured(PRIVATE_KEY=ring, KEY_PAIR_ID=None, EXPIRES="soon")
    with pytest.raises(CloudFrontSignerError, match=r"^CLOUDFRONT_SIGNER_EXPIRES: "):
        CloudFront(app)


def test_all_settings():
    app = configured(HASH_ALGORITHM="SHA1", EXPIRES=" 2h\n", ALIGN="15m", DOMAIN=" d1.example\n")
    cloudfront = CloudFront(app)
    with app.app_context():
        signer = cloudfront.signer
    assert (signer.key_id, signer.domain, signer.hash_algorithm) == ("K1", "d1.example", "SHA1")
    assert (signer.expires, signer.align) == (timedelta(hours=2), timedelta(minutes=15))


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        (3600, timedelta(hours=1)),
        ("3600", timedelta(hours=1)),
        ("90s", timedelta(seconds=90)),
        ("7d", timedelta(days=7)),
        (timedelta(minutes=3), timedelta(minutes=3)),
        ("2036-01-01T00:00:00Z", 2_082_758_400),
        ("2082758400", 2_082_758_400),
        ("", None),
        (None, None),
    ],
)
def test_an_expiry(written, expires):
    app = configured(EXPIRES=written)
    cloudfront = CloudFront(app)
    with app.app_context():
        assert cloudfront.signer.expires == expires


def test_the_environment_fills_in_what_the_configuration_lacks(environment):
    environment.setenv("CLOUDFRONT_SIGNER_PRIVATE_KEY", PEM)
    environment.setenv("CLOUDFRONT_SIGNER_DOMAIN", "other.example")
    app = configured(PRIVATE_KEY=None)
    CloudFront(app)
    url = rendered(app, "{{ signed_url('a')|safe }}")
    assert url.startswith(f"{SITE}/a?"), "the configuration comes first"
    assert VERIFIER.check(url)


@pytest.mark.parametrize(
    ("word", "value", "message"),
    [
        ("KEY_PAIR_ID", None, "not set, or empty"),
        ("KEY_PAIR_ID", "K 1", "key pair id"),
        ("KEY_PAIR_ID", 7, "expected str, found int"),
        ("PRIVATE_KEY", " ", "not set, or empty"),
        ("PRIVATE_KEY", "/none/key.pem", "no such file"),
        ("PRIVATE_KEY", KEY.public_key().to_pem(), "this is a public key"),
        ("PRIVATE_KEY", "LS0tLS1CRUdJTiBQUklW!", "base64 of a PEM file"),
        ("PRIVATE_KEY", 7, "found int"),
        ("DOMAIN", "https://d1.example/", "a bare host"),
        ("DOMAIN", 7, "expected str, found int"),
        ("HASH_ALGORITHM", "MD5", "MD5"),
        ("EXPIRES", "soon", "ISO 8601"),
        ("EXPIRES", "99999999999d", "ISO 8601"),
        ("EXPIRES", "2036-01-01", "no offset"),
        ("EXPIRES", 2_082_758_400_000, "milliseconds"),
        ("ALIGN", "soon", "a duration"),
        ("ALIGN", "2036-01-01T00:00:00Z", "a duration"),
        ("ALIGN", 0, "a duration"),
        ("BASE_URL", "media.example.com", "expected https://"),
        ("BASE_URL", "https://media.example.com/a", "expected https://"),
        ("COOKIE_DOMAIN", "https://example.com", "a bare domain name"),
        ("COOKIE_PATH", "private", "starts with '/'"),
        ("COOKIE_SAMESITE", "sometimes", '"Strict", "Lax" or "None"'),
        ("COOKIE_SECURE", "perhaps", "true or false"),
        ("EXPIRE", "1h", "did you mean CLOUDFRONT_SIGNER_EXPIRES?"),
        ("ANSWER", 42, "expected one of CLOUDFRONT_SIGNER_DOMAIN"),
    ],
)
def test_a_wrong_setting_is_named(word, value, message):
    app = configured(**{word: value})
    with pytest.raises(CloudFrontSignerError) as caught:
        CloudFront().init_app(app)
    line = str(caught.value)
    assert line.startswith(f"CLOUDFRONT_SIGNER_{word}: ")
    assert message in line
    assert "\n" not in line
    assert PEM.splitlines()[1] not in line


def test_the_engine_is_no_misspelt_setting():
    """An application may copy the whole environment into its configuration."""
    app = configured(ENGINE="portable")
    CloudFront(app)
    assert VERIFIER.check(rendered(app, "{{ signed_url('a')|safe }}"))


def test_all_that_is_missing_is_named():
    with pytest.raises(
        CloudFrontSignerError, match=r"^CLOUDFRONT_SIGNER_KEY_PAIR_ID and CLOUDFRONT_SIGNER_PRIVATE_KEY:"
    ):
        CloudFront(Flask("test"))


def test_an_application_that_was_not_set_up_is_named():
    with Flask("forgotten").app_context(), pytest.raises(RuntimeError, match=r"init_app\(forgotten\)"):
        CloudFront().signed_url("a")


def test_a_base_url_is_where_viewers_fetch():
    app = configured(BASE_URL="http://127.0.0.1:8080/", DOMAIN=None)
    cloudfront = CloudFront(app)
    with app.app_context():
        assert cloudfront.url("/a b.jpg") == "http://127.0.0.1:8080/a%20b.jpg"


def test_a_name_needs_a_domain():
    app = configured(DOMAIN=None)
    cloudfront = CloudFront(app)
    with app.app_context():
        assert VERIFIER.check(cloudfront.signed_url("https://other.example/a"))
        with pytest.raises(CloudFrontSignerError, match="DOMAIN"):
            cloudfront.signed_url("a.mp4")


def test_what_aws_up_prints_is_what_is_read(tmp_path):
    path = tmp_path / "private key.pem"
    path.write_text(PEM)
    stack = State("n", "1", "r", public_key="K1", private_key=str(path), domain_names={"signed": "media.example.com"})
    (tmp_path / "settings.py").write_text(SETTINGS["flask"](stack))
    app = Flask("test")
    app.config.from_pyfile(str(tmp_path / "settings.py"))
    CloudFront(app)
    url = rendered(app, "{{ signed_url('a')|safe }}")
    assert url.startswith(f"{SITE}/a?")
    assert VERIFIER.check(url)

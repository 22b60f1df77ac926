"""A signer out of the environment, and what `aws up --print env` writes for it."""

import base64
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from cloudfront_signer import (
    CloudFrontSigner,
    InvalidKeyError,
    InvalidPolicyError,
    InvalidUrlError,
    PrivateKey,
    SigningError,
    Verifier,
)
from cloudfront_signer.aws import State
from cloudfront_signer.aws.frameworks import SETTINGS

URL = "https://a.example/b"
KEY = PrivateKey.generate("ecdsa-p256")
PEM = KEY.to_pem()
VERIFIER = Verifier({"K1": KEY.public_key()})


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Set variables by their names without the prefix."""

    def put(prefix="CLOUDFRONT_SIGNER_", **values):
        for name, value in values.items():
            monkeypatch.setenv(prefix + name, str(value))

    put(KEY_PAIR_ID="K1", PRIVATE_KEY=PEM)
    return put


@pytest.mark.parametrize(
    "written",
    [
        PEM,
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "\\\\n"),
        PEM.replace("\n", ""),
        base64.b64encode(PEM.encode()).decode(),
        base64.encodebytes(PEM.encode()).decode(),
        base64.urlsafe_b64encode(PEM.encode()).decode().rstrip("="),
        base64.b64encode(PEM.replace("\n", "\\n").encode()).decode(),
    ],
)
def test_a_key_in_each_of_its_forms(environment, written):
    environment(PRIVATE_KEY=written)
    assert VERIFIER.check(CloudFrontSigner.from_env().sign_url(URL, expires=timedelta(hours=1)))
    assert PrivateKey.from_pem(written).to_pem() == PEM


def test_a_key_in_a_file(environment, tmp_path):
    path = tmp_path / "a key.pem"
    path.write_text(KEY.to_pem("correct horse"))
    environment(PRIVATE_KEY=path, PASSPHRASE="correct horse")
    assert VERIFIER.check(CloudFrontSigner.from_env().sign_url(URL, expires=timedelta(hours=1)))
    environment(PASSPHRASE="wrong")
    with pytest.raises(
        InvalidKeyError, match=r"^CLOUDFRONT_SIGNER_PRIVATE_KEY: .*/a key\.pem: the passphrase does not"
    ):
        CloudFrontSigner.from_env()
    environment(PRIVATE_KEY=tmp_path / "none.pem")
    with pytest.raises(InvalidKeyError, match=r"CLOUDFRONT_SIGNER_PRIVATE_KEY: .*none\.pem: no such file"):
        CloudFrontSigner.from_env()


def test_only_a_key_is_needed():
    signer = CloudFrontSigner.from_env()
    assert (signer.key_id, signer.hash_algorithm) == ("K1", "SHA256")
    assert (signer.domain, signer.expires, signer.align) == (None, None, None)


def test_all_settings(environment):
    environment(DOMAIN="d1.example", HASH_ALGORITHM="SHA1", EXPIRES="2h", ALIGN="15m")
    signer = CloudFrontSigner.from_env()
    assert (signer.domain, signer.hash_algorithm) == ("d1.example", "SHA1")
    assert (signer.expires, signer.align) == (timedelta(hours=2), timedelta(minutes=15))
    end = VERIFIER.check(signer.sign_url(URL)).policy.expires
    assert end % 900 == 0


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        ("3600", timedelta(hours=1)),
        ("90s", timedelta(seconds=90)),
        (" 30m ", timedelta(minutes=30)),
        ("7d", timedelta(days=7)),
        ("20000d", timedelta(days=20_000)),
        ("2030-01-01T00:00:00Z", 1_893_456_000),
        ("1893456000", 1_893_456_000),
        ("", None),
        ("  ", None),
    ],
)
def test_an_expiry_as_text(environment, written, expires):
    environment(EXPIRES=written)
    assert CloudFrontSigner.from_env().expires == expires


@pytest.mark.parametrize(
    ("name", "value", "kind", "message"),
    [
        ("EXPIRES", "soon", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*ISO 8601"),
        ("EXPIRES", "-5", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES"),
        ("EXPIRES", "2030-01-01", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*no offset"),
        ("EXPIRES", "1893456000000", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*milliseconds"),
        ("EXPIRES", "1w", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*30m.*ISO 8601"),
        ("EXPIRES", "999999999d", InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*30m.*ISO 8601"),
        ("EXPIRES", "9" * 50, InvalidPolicyError, "CLOUDFRONT_SIGNER_EXPIRES: .*30m.*ISO 8601"),
        ("ALIGN", "0", InvalidPolicyError, "CLOUDFRONT_SIGNER_ALIGN: .*expected a duration"),
        ("ALIGN", "999999999999999s", InvalidPolicyError, "CLOUDFRONT_SIGNER_ALIGN: .*expected a duration"),
        ("ALIGN", "soon", InvalidPolicyError, "CLOUDFRONT_SIGNER_ALIGN: .*expected a duration"),
        ("ALIGN", "2030-01-01T00:00:00Z", InvalidPolicyError, "CLOUDFRONT_SIGNER_ALIGN: .*expected a duration"),
        ("HASH_ALGORITHM", "MD5", SigningError, "CLOUDFRONT_SIGNER_HASH_ALGORITHM: .*MD5"),
        ("DOMAIN", "https://d1.example/", InvalidUrlError, "CLOUDFRONT_SIGNER_DOMAIN: .*a bare host"),
        (
            "PRIVATE_KEY",
            "LS0tLS1CRUdJTiBQUklW!",
            InvalidKeyError,
            "CLOUDFRONT_SIGNER_PRIVATE_KEY: .*base64 of a PEM file",
        ),
        ("PRIVATE_KEY", "", SigningError, "^CLOUDFRONT_SIGNER_PRIVATE_KEY: not set"),
        ("KEY_PAIR_ID", "", SigningError, "^CLOUDFRONT_SIGNER_KEY_PAIR_ID: not set"),
        ("KEY_PAIR_ID", "K 1", SigningError, "CLOUDFRONT_SIGNER_KEY_PAIR_ID: key pair id"),
    ],
)
def test_what_is_wrong_is_named(environment, name, value, kind, message):
    environment(**{name: value})
    with pytest.raises(kind, match=message) as caught:
        CloudFrontSigner.from_env()
    assert "\n" not in str(caught.value)
    assert PEM.splitlines()[1] not in str(caught.value)


def test_everything_that_is_missing_is_named():
    with pytest.raises(SigningError, match=r"^NONE_KEY_PAIR_ID and NONE_PRIVATE_KEY: not set"):
        CloudFrontSigner.from_env("NONE_")


def test_blanks_around_a_setting_are_cut(environment):
    environment(KEY_PAIR_ID="K1\n", DOMAIN=" d1.example\n", HASH_ALGORITHM=" SHA1 ", EXPIRES="2h\n", ALIGN=" 15m ")
    signer = CloudFrontSigner.from_env()
    assert (signer.key_id, signer.domain, signer.hash_algorithm) == ("K1", "d1.example", "SHA1")
    assert (signer.expires, signer.align) == (timedelta(hours=2), timedelta(minutes=15))


def test_a_passphrase_keeps_its_blanks(environment):
    environment(PRIVATE_KEY=KEY.to_pem(" correct horse "), PASSPHRASE=" correct horse ")
    assert VERIFIER.check(CloudFrontSigner.from_env().sign_url(URL, expires=timedelta(hours=1)))


@pytest.mark.parametrize("written", [PEM, PEM.replace("\n", ""), base64.b64encode(PEM.encode()).decode()])
def test_no_test_is_named_by_a_key(request, written):
    assert request.node.name.startswith("test_no_test_is_named_by_a_key[written")
    assert written[40:60] not in request.node.name


@pytest.mark.parametrize("prefix", [PEM, "A\nB_", "\t"])
def test_a_prefix_is_shown_in_one_line(prefix):
    with pytest.raises(SigningError, match=r"not set, or empty$") as caught:
        CloudFrontSigner.from_env(prefix)
    assert str(caught.value).isprintable()
    assert PEM.splitlines()[1] not in str(caught.value)


def test_another_prefix(environment):
    environment("MEDIA_", KEY_PAIR_ID="K2", PRIVATE_KEY=PEM, DOMAIN="m.example")
    signer = CloudFrontSigner.from_env("MEDIA_")
    assert (signer.key_id, signer.domain) == ("K2", "m.example")
    assert CloudFrontSigner.from_env(prefix="MEDIA_").key_id == "K2"


def test_a_subclass_gets_one_of_its_own():
    class Mine(CloudFrontSigner):
        """A signer with a name."""

        name = "mine"

    assert type(Mine.from_env()) is Mine
    assert Mine.from_env().name == "mine"


def test_what_aws_up_prints_is_what_is_read(environment, tmp_path, monkeypatch):
    path = tmp_path / "private key.pem"
    path.write_text(PEM)
    stack = State("n", "1", "r", public_key="K7", private_key=str(path), domain_names={"signed": "d7.example"})
    printed = SETTINGS["env"](stack)
    names = [line.partition("=")[0] for line in printed.splitlines()]
    assert names == [f"CLOUDFRONT_SIGNER_{name}" for name in ("DOMAIN", "KEY_PAIR_ID", "PRIVATE_KEY", "EXPIRES")]
    for line in printed.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, "".join(shlex.split(value)))
    signer = CloudFrontSigner.from_env()
    assert (signer.key_id, signer.domain, signer.expires) == ("K7", "d7.example", timedelta(hours=1))
    assert Verifier({"K7": KEY.public_key()}).check(signer.sign_url(f"https://{signer.domain}/a"))


def test_a_shell_reads_it_too(tmp_path):
    path = tmp_path / "private key.pem"
    path.write_text(PEM)
    stack = State("n", "1", "r", public_key="K7", private_key=str(path), domain_names={"signed": "d7.example"})
    (tmp_path / ".env").write_text(SETTINGS["env"](stack))
    program = (
        "from cloudfront_signer import *; s = CloudFrontSigner.from_env(); print(s.sign_url(f'https://{s.domain}/a'))"
    )
    script = f"set -a; . ./.env; exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    decision = Verifier({"K7": KEY.public_key()}).check(done.stdout.strip(), now=datetime.now(UTC))
    assert decision

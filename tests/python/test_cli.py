"""The command line, run as people run it."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pexpect
import pytest
import typer
from botocore.utils import parse_timestamp

from cloudfront_signer.cli.aws_globals import without_aws_globals
from cloudfront_signer.cli.times import Time, parse_time

from support.programs import caller_ignores_ctrl_c, interruptible


def run(*arguments, stdin="", status=0, **environment):
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer.cli", *map(str, arguments)]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "PRIVATE KEY" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    run("keygen", "--out", path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_suffix(".pub.pem").read_text().startswith("-----BEGIN PUBLIC KEY-----")
    return path


def test_keygen_does_not_overwrite(key):
    assert "--force" in run("keygen", "--out", key, status=1).stderr
    assert "rsa-2048" in run("keygen", "--out", key, "--kind", "dsa", "--force", status=1).stderr


def test_sign(key):
    flags = ["--key-pair-id", "K1", "--private-key", f"file://{key}", "--date-less-than", "2030-01-01"]
    done = run("sign", "--url", "https://a/b", *flags)
    assert done.stdout.startswith("https://a/b?Expires=1893456000&Signature=")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    more = ["--date-greater-than", "2001-01-01", "--ip-address", "192.0.2.1", "--policy-resource", "https://a/*"]
    assert "?Policy=" in run("sign", "--url", "https://a/b", *flags, *more, "--hash-algorithm", "SHA256").stdout


def test_bulk(key):
    flags = ["--key-pair-id", "K1", "--private-key", key, "--date-less-than", "2h"]
    done = run("sign", "--urls-from", "-", "--json", *flags, stdin="https://a/1\n\nhttps://a/2\n")
    assert [json.loads(line)["url"] for line in done.stdout.splitlines()] == ["https://a/1", "https://a/2"]
    assert done.stderr == ""
    assert "No such file" in run("sign", "--urls-from", "/nowhere", *flags, status=1).stderr
    assert "an empty file name: No such file" in run("sign", "--urls-from", "", *flags, status=1).stderr


def test_times(key):
    flags = ["--url", "https://a/b", "--key-pair-id", "K1", "--private-key", key]
    assert "in the past" in run("sign", *flags, "--date-less-than", "2020-01-01").stderr
    assert "duration" in run("sign", *flags, "--date-less-than", "3600", status=1).stderr
    assert "milliseconds" in run("sign", *flags, "--date-less-than", "1900000000000", status=1).stderr
    assert "not a time" in run("sign", *flags, "--date-less-than", "soon", status=2).stderr
    assert "Expires=1893452400&" in run("sign", *flags, "--date-less-than", "2030-01-01T00:00:00+01:00").stdout


@pytest.mark.parametrize(
    "text",
    [
        "2016-1-1",
        "2030/01/31",
        "2030-01-31 10:00:00+02:00",
        "1893456000",
        " 1893456000 ",
        "1893456000.0",
        "1.893456e9",
        "-5",
        "20200101",
        "20300131T100000Z",
        "01/02/2030",
        "Thu, 31 Jan 2030 10:00:00 GMT",
        "2030-01-31 10:00 UTC",
        "Jan 31 2030",
        "2030-01-31T12:00:00Z",
        "2030-01-31T12:00:00-07:00",
        "31 January 2030 12:00",
        "2030-01-31T12:00",
    ],
)
def test_times_are_those_of_aws(text):
    seconds = parse_time(text).seconds
    assert seconds == parse_timestamp(text).replace(tzinfo=parse_timestamp(text).tzinfo or UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "12:00",
        "May",
        "May 2030",
        "",
        "2030-13-01",
        "9" * 5000,
        "9" * 5000 + "d",
        "1" * 20 + "-1-1",
        "nan",
        "-inf",
    ],
)
def test_times_that_are_none(text):
    with pytest.raises(typer.BadParameter, match="expected a date"):
        parse_time(text)


@pytest.mark.parametrize("zone", ["CET", "EST", "XYZ"])
def test_a_time_zone_that_is_not_known_is_refused(zone, monkeypatch):
    monkeypatch.setattr(time, "tzname", ("UTC", "UTC"))
    with pytest.raises(typer.BadParameter, match="expected an offset"):
        parse_time(f"2030-01-31 10:00 {zone}")


@pytest.mark.parametrize("text", ["2h", "1893456000", "2030-01-31", "2030-01-31T12:00:00+01:00"])
def test_a_time_is_one_type(text):
    before = datetime.now(UTC)
    time = parse_time(text)
    assert isinstance(time, Time)
    assert (time.text, type(time.seconds), time.is_past) == (text, int, False)
    if text == "2h":
        assert before <= time.value - timedelta(hours=2) <= datetime.now(UTC), "a duration is fixed when it is parsed"


def test_the_option_of_a_wrong_time_is_named():
    for option in ("--date-less-than", "--date-greater-than"):
        times = {"--date-less-than": "1d", option: "soon"}
        flags = [word for pair in times.items() for word in pair]
        assert f"'{option}'" in run("policy", "--resource", "https://a/*", *flags, status=2).stderr
    assert "'--at'" in run("inspect", "https://a/b", "--at", "soon", status=2).stderr


def test_fractions_of_seconds_are_cut():
    assert parse_time("1893456000.9").value == 1893456000


def test_the_global_options_of_aws_have_no_effect(key):
    flags = ["--url", "https://a/b", "--key-pair-id", "K1", "--private-key", key, "--date-less-than", "2030-01-01"]
    ignored = ["--region", "eu-west-1", "--profile=dev", "--output", "text", "--debug", "--no-cli-pager"]
    assert run("sign", *ignored, *flags).stdout == run("sign", *flags).stdout
    assert "--region: expected a value" in run("sign", *flags, "--region", status=2).stderr
    assert "--region" in run("sign", "--help").stdout


def test_every_global_option_of_aws_is_known():
    flags = ["--debug", "--no-verify-ssl", "--no-paginate", "--no-sign-request", "--no-cli-pager", "--cli-auto-prompt"]
    with_value = [
        "--endpoint-url",
        "--output",
        "--query",
        "--profile",
        "--region",
        "--color",
        "--ca-bundle",
        "--cli-read-timeout",
    ]
    with_value += ["--cli-connect-timeout", "--cli-binary-format"]
    own = ["--url", "https://a/b", "--private-key", "key.pem"]
    for flag in flags:
        assert without_aws_globals([*own[:2], flag, *own[2:]]) == own
    for option in with_value:
        assert without_aws_globals([*own[:2], option, "x", *own[2:]]) == own
        assert without_aws_globals([*own, f"{option}=x"]) == own


def test_wrong_use():
    assert run("sign", status=2).stderr.count("\n") == 1
    assert run("nonsense", status=2).stderr.count("\n") == 1
    assert "Usage" in run("--help").stdout


def test_what_is_missing_is_named(key):
    flags = ["--key-pair-id", "K1", "--private-key", key, "--date-less-than", "1d"]
    assert "--urls-from" in run("sign", *flags, status=2).stderr
    assert "--decode" in run("policy", "--resource", "https://a/*", status=2).stderr


def test_passphrases(tmp_path):
    path, phrase = tmp_path / "key.pem", tmp_path / "phrase"
    phrase.write_text("correct horse\n")
    run("keygen", "--out", path, "--kind", "ecdsa-p256", "--passphrase-file", phrase)
    flags = ["--url", "https://a/b", "--key-pair-id", "K1", "--private-key", path, "--date-less-than", "1d"]
    assert "Signature" in run("sign", *flags, "--passphrase-file", phrase).stdout
    assert "Signature" in run("sign", *flags, CLOUDFRONT_SIGNER_PASSPHRASE="correct horse").stdout
    assert "does not open" in run("sign", *flags, CLOUDFRONT_SIGNER_PASSPHRASE="wrong", status=1).stderr
    assert (
        run("sign", *flags, status=1).stderr
        == f"cloudfront-signer: {path}: the key is encrypted: give its passphrase\n"
    )
    done = run("keygen", "--out", tmp_path / "new.pem", "--encrypt", status=1, stdin="correct horse\n" * 2)
    assert done.stderr.startswith("cloudfront-signer: standard input is not a terminal")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "new.pem").exists()


def test_cookies_and_policy(key):
    flags = ["--resource", "https://a/*", "--date-less-than", "2030-01-01"]
    done = run("cookies", *flags, "--key-pair-id", "K1", "--private-key", key, "--domain", "a")
    assert next(line.split("=")[0] for line in done.stdout.splitlines()) == "Set-Cookie: CloudFront-Policy"
    values = json.loads(run("cookies", *flags, "--key-pair-id", "K1", "--private-key", key, "--json").stdout)
    assert values["CloudFront-Key-Pair-Id"] == "K1"
    encoded = run("policy", *flags, "--encoded").stdout
    assert run("policy", "--decode", "-", stdin=encoded).stdout == run("policy", *flags).stdout


def test_inspect(key):
    flags = ["--key-pair-id", "K1", "--private-key", key, "--date-less-than", "2030-01-01"]
    signed = run("sign", "--url", "https://a/b", *flags).stdout.strip()
    signature = signed.split("Signature=")[1].split("&")[0]
    said = run("inspect", signed).stdout
    assert "RSA-2048" in said
    assert "2030-01-01 00:00:00 UTC" in said
    assert signature not in said
    public = key.with_suffix(".pub.pem")
    assert run("inspect", "-", "--public-key", public, stdin=signed).stdout.endswith("\nallowed\n")
    late = run("inspect", signed, "--public-key", f"K1={public}", "--at", "2030-01-01T00:12", status=1)
    assert "403 AccessDenied" in late.stdout
    assert "expired 12 minutes ago" in late.stdout
    assert late.stderr == ""
    http = run("inspect", signed, "--public-key", public, "--request", "http://a/b", "--json", status=1)
    (mistake,) = json.loads(http.stdout)["mistakes"]
    assert mistake["name"] == "other-scheme"
    assert json.loads(run("inspect", signed, "--json").stdout)["says"]["URL"] == "https://a/b"
    ranged = run("sign", "--url", "https://a/b", *flags, "--ip-address", "192.0.2.1").stdout.strip()
    assert "IPv6" in run("inspect", ranged, "--public-key", public, "--ip", "2001:db8::1", status=1).stdout
    later = run("inspect", signed, "--public-key", public, "--at", "4000d", status=1).stdout
    assert "expired" in later
    assert "neither a signed URL" in run("inspect", "https://a/b", status=1).stderr
    assert "ID=FILE" in run("inspect", signed, "--public-key", "K1=", status=1).stderr
    assert "no such file" in run("inspect", signed, "--public-key", "K1=/nowhere", status=1).stderr


def test_demo():
    shown = run("demo").stdout
    assert shown.count("openssl accepts it") == 6
    assert "1 the bucket itself           403" in shown
    assert shown.count("the same bytes") == 3
    assert shown.count("403  MissingKey") == 1
    assert shown.count("403  AccessDenied") == 2
    assert "NOT AS EXPECTED" not in shown
    assert "openssl is not on the PATH" in run("demo", status=1, PATH="").stderr
    assert "--bucket" in run("demo", "--aws", status=2).stderr


@pytest.mark.parametrize("module", ["moto.server", "uvicorn", "boto3"])
def test_the_demos_extra_is_named(module):
    code = f"import sys; sys.modules[{module!r}] = None; from cloudfront_signer.demo import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("pip install 'cloudfront-signer[demo]'")


def test_a_missing_extra_is_named():
    code = "import sys; sys.modules['typer'] = None; from cloudfront_signer.cli import run; run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("pip install 'cloudfront-signer[cli]'")


def test_other_missing_modules_are_not_hidden():
    code = "import sys; sys.modules['cloudfront_signer.cli.main'] = None; from cloudfront_signer.cli import run; run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_is_gone_at_the_end_is_no_error(unbuffered):
    command = f"{sys.executable} -m cloudfront_signer.cli policy --resource 'https://a/*' --date-less-than 1d | true"
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    assert subprocess.run(command, shell=True, capture_output=True, check=True, env=environment).stderr == b""


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    out = tmp_path / "key.pem"
    command = f"ulimit -f 0; {sys.executable} -m cloudfront_signer.cli keygen --kind ecdsa-p256 --out {out}"
    # What writes coverage's own file would run into the same limit.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(key, tmp_path):
    urls = tmp_path / "urls"
    urls.write_text("".join(f"https://a/{number}\n" for number in range(3_000)))
    command = f"{sys.executable} -m cloudfront_signer.cli sign --urls-from {urls} --key-pair-id K1"
    command += f" --private-key {key} --date-less-than 1d | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("https://a/0?Expires=")
    assert done.stderr == ""


def test_unwritable_and_unreadable_files(key, tmp_path):
    assert "No such file" in run("keygen", "--out", tmp_path / "none" / "key.pem", status=1).stderr
    flags = ["--url", "https://a/b", "--key-pair-id", "K1", "--private-key", key, "--date-less-than", "1d"]
    assert "No such file" in run("sign", *flags, "--passphrase-file", tmp_path / "none", status=1).stderr
    assert run("--version").stdout.strip()


@pytest.fixture
def locked_key(tmp_path):
    path = tmp_path / "key.pem"
    run("keygen", "--out", path, "--kind", "ecdsa-p256", CLOUDFRONT_SIGNER_PASSPHRASE="correct horse")
    return path


def on_a_terminal(*arguments):
    command = ["-m", "cloudfront_signer.cli", *map(str, arguments)]
    environment = {**os.environ, "TERM": "xterm"}
    with caller_ignores_ctrl_c():
        return pexpect.spawn(
            sys.executable, command, timeout=60, encoding="utf-8", env=environment, preexec_fn=interruptible
        )


def test_a_terminal_sees_progress_and_is_asked_for_a_passphrase(locked_key):
    flags = ["--url", "https://a/1", "--url", "https://a/2", "--key-pair-id", "K1", "--date-less-than", "1d"]
    child = on_a_terminal("sign", *flags, "--private-key", locked_key)
    child.expect("Passphrase")
    # Reading a passphrase begins by throwing away what was typed before.
    assert child.waitnoecho()
    child.sendline("correct horse")
    shown = child.read()
    child.close()
    assert child.exitstatus == 0
    assert "Signing" in shown
    assert "https://a/2?Expires=" in shown
    assert "correct horse" not in shown


def test_ctrl_c_at_the_prompt_ends_quietly(locked_key):
    flags = ["--url", "https://a/1", "--key-pair-id", "K1", "--date-less-than", "1d"]
    child = on_a_terminal("sign", *flags, "--private-key", locked_key)
    child.expect("Passphrase")
    assert child.waitnoecho()
    child.sendintr()
    shown = child.read()
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in shown


def test_ctrl_c_during_long_work_ends_quietly(key, tmp_path):
    urls = tmp_path / "urls"
    urls.write_text("".join(f"https://a/{number}\n" for number in range(1_000_000)))
    flags = ["--urls-from", urls, "--key-pair-id", "K1", "--private-key", key, "--date-less-than", "1d"]
    child = on_a_terminal("sign", *flags)
    child.expect("https://a/0")
    child.sendintr()
    shown = child.read()
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in shown


def test_a_new_key_is_encrypted_on_request(tmp_path):
    child = on_a_terminal("keygen", "--out", tmp_path / "key.pem", "--encrypt")
    for prompt in ("Passphrase", "Repeat for confirmation"):
        child.expect(prompt)
        assert child.waitnoecho()
        child.sendline("correct horse")
    child.read()
    child.close()
    assert child.exitstatus == 0
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / "key.pem").read_text()

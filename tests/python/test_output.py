"""What results look like: JSON for programs, colours on a terminal, plain text elsewhere; errors as JSON."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, inspect
from cloudfront_signer.cli import output

FLAGS = ["--key-pair-id", "K1", "--date-less-than", "1d"]
END = 2_000_000_000
URL = "https://d111111abcdef8.cloudfront.net/videos/a.mp4?name=" + "v" * 100


@pytest.fixture(scope="module")
def signer():
    return CloudFrontSigner("K1", PrivateKey.generate("ecdsa-p256"))


@pytest.fixture
def public(signer, tmp_path):
    path = tmp_path / "key.pub.pem"
    path.write_text(signer.rsa_signer.public_key().to_pem())
    return path


def run(*arguments, status=0):
    command = [sys.executable, "-m", "cloudfront_signer", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done


def on_a_terminal(*arguments, columns=80, **environment):
    command = ["-m", "cloudfront_signer", *map(str, arguments)]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment}
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        environment.pop(name, None)
    return pexpect.run(
        f"{sys.executable} " + " ".join(f"'{word}'" for word in command),
        env=environment,
        encoding="utf-8",
        timeout=60,
        dimensions=(50, columns),
    )


def test_inspect_as_json(signer, public):
    url = signer.sign_url(URL, expires=END, not_before=1_800_000_000, ip_address="192.0.2.0/24")
    said = json.loads(run("inspect", url, "--at", "1900000000", "--json").stdout)
    assert said["expires"] == {"epoch": END, "iso": "2033-05-18T03:33:20Z"}
    assert said["not_before"] == {"epoch": 1_800_000_000, "iso": "2027-01-15T08:00:00Z"}
    assert said["at"] == {"epoch": 1_900_000_000, "iso": "2030-03-17T17:46:40Z"}
    assert (said["via"], said["policy_kind"], said["url"], said["resource"]) == ("url", "custom", URL, URL)
    assert (said["key_id"], said["hash_algorithm"], said["ip_address"]) == ("K1", "SHA256", "192.0.2.0/24")
    assert (said["signature_kind"], said["policy"]) == ("ECDSA P-256", inspect(url).policy.to_json())
    assert "allowed" not in said
    denied = run("inspect", url, "--public-key", public, "--at", "2000000001", "--json", status=1)
    said = json.loads(denied.stdout)
    assert (said["allowed"], said["code"]) == (False, "AccessDenied")
    assert [mistake["name"] for mistake in said["mistakes"]] == ["expired", "unknown-address"]
    assert denied.stderr == ""
    # Every name that a help tells is there.
    told = run("inspect", "-h").stdout.partition("With --json, print one object")[2].partition("Arguments:")[0]
    assert all(name in told for name in said)


def test_inspect_of_what_cannot_be_read(signer):
    cookies = dict(signer.sign_cookies("https://a/b", expires=END))
    said = json.loads(run("inspect", "; ".join(f"{name}={value}" for name, value in cookies.items()), "--json").stdout)
    assert (said["via"], said["policy_kind"], said["policy"]) == ("cookies", "canned", None)
    assert said["expires"]["epoch"] == END
    assert said["url"] is None
    broken = f"{URL}&Policy=x&Signature=y&Key-Pair-Id=K1"
    assert json.loads(run("inspect", broken, "--json").stdout)["expires"] is None
    assert inspect(broken).expires is None


@pytest.mark.parametrize(
    ("arguments", "status", "name"),
    [
        (["inspect", "https://a/b"], 1, "InvalidUrlError"),
        (["inspect"], 2, "UsageError"),
        (["inspect", "https://a/b", "--nonsense"], 2, "UsageError"),
        (["policy", "--decode", "x"], 2, "UsageError"),
        (["cookies", "--resource", "https://a/*", *FLAGS, "--private-key", "none.pem"], 1, "InvalidKeyError"),
        (["aws", "status", "--state", "none.json"], 1, "CloudFrontSignerError"),
        (["aws", "check", "a", "--state", "none.json"], 1, "CloudFrontSignerError"),
    ],
)  # fmt: skip
def test_errors_as_json(arguments, status, name):
    done = run(*arguments, "--json", status=status)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    said = json.loads(line)
    assert set(said) == {"error", "message", "status"}
    assert (said["error"], said["status"]) == (name, status)


def test_warnings_as_json(signer, tmp_path):
    (tmp_path / "key.pem").write_text(signer.rsa_signer.to_pem())
    flags = ["--url", "https://a/b", "--key-pair-id", "K1", "--private-key", tmp_path / "key.pem"]
    done = run("sign", *flags, "--date-less-than", "2020-01-01", "--json")
    assert set(json.loads(done.stderr)) == {"warning"}


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_inspect_on_a_terminal(signer, public, columns):
    url = signer.sign_url(URL, expires=END)
    shown = on_a_terminal("inspect", url, "--public-key", public, "--at", END + 60, columns=columns)
    assert "\x1b[1;31m✘ denied   403 AccessDenied" in shown
    assert "\x1b[1;31m2033-05-18 03:33:20 UTC, 1 minute ago" in shown
    assert "\x1b[32msign it again" in shown
    # Nothing is cut off, whatever the width.
    plain = "".join(strip(shown).split())
    assert URL in plain
    assert inspect(url).policy.to_json() in plain
    assert all(len(line) <= columns for line in strip(shown).splitlines())


def strip(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_colours_are_not_for_everybody(signer, public):
    url = signer.sign_url(URL, expires=END)
    words = ["inspect", url, "--public-key", public, "--at", "1900000000"]
    plain = run(*words).stdout
    assert plain.isascii()
    assert plain.endswith("\nallowed\n")
    for dumb in ({"TERM": "dumb"}, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}):
        assert on_a_terminal(*words, columns=400, **dumb).replace("\r\n", "\n") == plain
    # No colour, though bold and dim, which are none.
    shown = on_a_terminal(*words, NO_COLOR="1")
    assert "✔ allowed" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


def test_what_a_terminal_would_obey_is_spelled_out(capsys):
    output.show("a\x1b[2Jb\x9bc\u202e\td")
    output.show_rows([("x\x07", "y")], (8,))
    assert capsys.readouterr().out == "a\\x1b[2Jb\\x9bc\\u202e\td\nx\\x07    y\n"


def test_keys_are_masked_in_json(capsys):
    pem = PrivateKey.generate("ecdsa-p256").to_pem()
    output.show_json({"a": [pem, {"b": pem}], "c": 1, "d": None})
    said = capsys.readouterr().out
    assert json.loads(said)["c"] == 1
    assert pem.splitlines()[1] not in said


def test_times_for_programs():
    assert output.epoch_and_iso(None) is None
    assert output.epoch_and_iso(0) == {"epoch": 0, "iso": "1970-01-01T00:00:00Z"}


def test_one_file_writes_to_the_streams():
    folder = Path(output.__file__).parent
    writers = [
        f"{path.relative_to(folder)}:{node.lineno}"
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS and path.name != "output.py"
    ]
    assert writers == []


WRITERS = {"print", "sys.stdout.write", "sys.stderr.write", "typer.echo", "typer.secho", "console.print"}

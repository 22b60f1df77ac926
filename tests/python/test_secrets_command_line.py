"""No command of the command line shows a private key that was given to it."""

import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, PrivateFormat

from cloudfront_signer import CloudFrontSignerError, PrivateKey, PublicKey
from cloudfront_signer._native import excerpt

from support.keys import pem_of
from support.secrets import traces_of

pytestmark = pytest.mark.usefixtures("elsewhere")


def command(*arguments, stdin="", status=0, environment=None):
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "cloudfront_signer.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == status, done.returncode
    assert "Traceback" not in done.stderr
    return done


TERMS = ["--key-pair-id", "K1", "--date-less-than", "2030-01-01"]


@pytest.mark.parametrize("form", ["PEM", "PEM in one line", "base64 of PEM"])
def test_private_key_takes_the_key_itself_and_warns(secret, form):
    key = secret.arguments()[form]
    for words in (["sign", "--url", "https://d.example/a"], ["cookies", "--resource", "https://d.example/*"]):
        done = command(*words, *TERMS, "--private-key", key)
        assert "Signature" in done.stdout
        assert "arguments" in done.stderr
        assert done.stderr.count("\n") == 1
        assert not secret.is_shown_in(done.stdout + done.stderr)


def test_private_key_comes_from_standard_input(secret):
    words = ["sign", "--url", "https://d.example/a", *TERMS, "--private-key", "-"]
    for text in (secret.pem, secret.arguments()["PEM in one line"], secret.base64):
        done = command(*words, stdin=text)
        assert "Signature" in done.stdout
        assert done.stderr == ""
    assert "no key found" in command(*words, status=1).stderr
    both = command("sign", "--urls-from", "-", *TERMS, "--private-key", "-", stdin=secret.pem, status=2)
    assert "standard input cannot be both" in both.stderr
    assert both.stderr.count("\n") == 1


def test_other_options_refuse_a_key(secret):
    key = secret.pem
    for words in (
        ["keygen", "--out", key],
        ["inspect", "https://d.example/", "--public-key", f"K1={key}"],
        ["edge", "--origin", ".", "--public-key", f"K1={key}"],
        ["aws", "key", "name", "--private-key", key],
        ["aws", "template", "--bucket", "b", "--public-key", key],
        ["sign", "--url", "https://d.example/a", *TERMS, "--private-key", "x", "--passphrase-file", key],
        ["edge", "--port", key],
    ):
        done = command(*words, status=2)
        assert "a private key in PEM" in done.stderr
        assert f"{words[-2]} contains a key" in done.stderr
        assert "--private-key of sign, cookies, hls and dash" in done.stderr
        assert done.stderr.count("\n") == 1
        assert not secret.is_shown_in(done.stdout + done.stderr)
    assert list(Path().iterdir()) == []


def test_bytes_in_arguments(secret):
    """What the interpreter makes of DER on a real command line."""
    der = secret.der.replace(b"\0", b"")
    for words in ([b"nonsense", der], [der], [b"edge", b"--port", der], [b"inspect", der]):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"cloudfront_signer.cli", *words], capture_output=True, check=False
        )
        assert done.returncode in (1, 2)
        assert not secret.is_shown_in(done.stderr.decode("utf-8", "surrogateescape"))
        assert b"Traceback" not in done.stderr


def test_an_encrypted_key_as_argument_on_a_terminal(ec_reference):
    pem = pem_of(ec_reference, PrivateFormat.PKCS8, BestAvailableEncryption(b"correct horse")).decode()
    words = ["-m", "cloudfront_signer.cli", "sign", "--url", "https://d.example/a", *TERMS, "--private-key", pem]
    child = pexpect.spawn(sys.executable, words, encoding="utf-8", timeout=60, echo=False)
    child.expect("Passphrase")
    before = child.before
    child.sendline("correct horse")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "other users of this machine can read arguments" in before
    said = before + child.before
    assert "https://d.example/a?Expires=" in said
    assert "correct horse" not in said
    assert not any(line in said for line in pem.splitlines()[1:-1])


def test_the_path_of_a_key_file_is_no_key(secret, tmp_path):
    for read in (PrivateKey.from_file, PublicKey.from_file):
        for form, text in secret.arguments().items():
            said = str(traces_of(lambda read=read, text=text: read(text)).found)
            assert "where the path of a key file is expected" in said, form
    strange = tmp_path / "3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo.pem"
    strange.write_text(secret.pem)
    assert PrivateKey.from_file(strange).kind == secret.key.kind


def test_errors_say_what_was_given(secret):
    """What is withheld is named, so that the message still helps."""
    assert excerpt(secret.pem) == f"<a private key in PEM, {len(secret.pem)} characters>"
    error = CloudFrontSignerError(f"bucket {secret.pem!r}: no")
    assert str(error).startswith("bucket '<a private key in PEM")
    assert str(error).endswith("': no")

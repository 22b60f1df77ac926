"""No key shows: in no message, repr, warning, log or output of anything, wherever it is given by mistake."""

import io
import logging
import os
import subprocess
import sys
import time
import types
import warnings
from functools import partial
from pathlib import Path

import pexpect
import pytest
import typer
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, PrivateFormat

import cloudfront_signer
from cloudfront_signer import CloudFrontSignerError, PrivateKey, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli import main as command_line

from support import surface
from support.keys import pem_of
from support.secrets import Secret, traces_of

# What gives back what it was given, or was asked for: the key itself, another encoding, or what the caller signs.
OUTPUTS = {
    "PrivateKey.to_pem",
    "PublicKey.to_pem",
    "encode_base64",
    "decode_base64",
    "escape_query",
    "unescape_query",
    "signed_url",
    "create_signed_url",
    "CloudFrontSigner.sign_url",
    "CloudFrontSigner.sign_urls",
    "CloudFrontSigner.sign_stream",
    "CloudFrontSigner.generate_presigned_url",
    "CloudFrontSigner.build_policy",
    "SignedCookies.get",
    "Grant.url",
    "Grant.urls",
    "quote_path",
}


@pytest.fixture(scope="module", params=["RSA", "EC"])
def secret(request, rsa_reference, ec_reference):
    """A key that must not show."""
    return Secret(rsa_reference if request.param == "RSA" else ec_reference)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Nothing is left behind, and no AWS is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def nobody_waits(monkeypatch):
    """What would wait until AWS is ready ends."""

    def sleep(seconds):
        raise RuntimeError("this would wait")

    monkeypatch.setattr(time, "sleep", sleep)


def leaks(call, secret, name=""):
    """Where the key is to be seen; the text itself would be a leak of its own."""
    output = any(name.endswith(f".{one}") for one in OUTPUTS)
    # The set-up's documents and the edge's requests are made of their caller's words.
    documents = name.startswith(("cloudfront_signer.aws.", "cloudfront_signer.edge."))
    return sorted(traces_of(call, output=output, documents=documents).leaks(secret))


def walk(secret, modules=None):
    """Each argument of each function in turn is a key; gives how many calls there were, and the leaks."""
    count, found = 0, []
    forms = secret.forms()
    for name, call in surface.callables(secret, modules):
        good = surface.good_arguments(call, secret)
        for parameter in surface.parameters(call):
            for form, value in forms.items():
                count += 1
                replaced = surface.called(call, {**good, parameter.name: value})
                found += [f"{name}: {parameter.name} is {form}: {leak}" for leak in leaks(replaced, secret, name)]
    return count, found


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("nobody_waits")
def test_every_function(secret):
    count, found = walk(secret)
    assert count > 3_000
    assert not found, "\n".join(found[:40])


def commands(command, path=()):
    """Every command of the command line, with what it is called by."""
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from commands(one, (*path, name))
    else:
        yield path, command


# What a command needs before it looks at anything else.
NEEDED = {
    "key_pair_id": "K1",
    "private_key": "key.pem",
    "public_key": "key.pub.pem",
    "date_less_than": "2h",
    "url": "https://d.example/a",
    "resource": "https://d.example/*",
    "kind": "ecdsa-p256",
    "origin": ".",
    "bucket": "bucket",
    "state_path": "state.json",
}
# Without the first guard these print on standard output what they were asked to sign or to write.
PRINTED = {("sign",), ("cookies",), ("policy",), ("aws", "template"), ("aws", "permissions"), ("aws", "try")}


def lines(command, value):
    """Argument lists in which the value stands for each option and argument in turn, and where there is none."""
    needed = [one for one in command.params if one.required or one.name in NEEDED]
    for param in command.params:
        if getattr(param, "is_flag", False):
            continue
        rest = [word for one in needed if one is not param for word in _words(one, NEEDED.get(one.name, "a"))]
        yield param.name, [*_words(param, value), *rest]
        if param.param_type_name == "option":
            yield f"{param.name}=", [f"{param.opts[0]}={value}", *rest]
    rest = [word for one in needed for word in _words(one, NEEDED.get(one.name, "a"))]
    yield "an extra argument", [*rest, value]
    yield "an unknown option", [*rest, "--nonsense", value]
    yield "an unknown option=", [*rest, f"--nonsense={value}"]
    yield "an option", [*rest, f"--{value}"]
    yield "ID=", [*rest, "--public-key", f"K1={value}"]


def _words(param, value):
    return [value] if param.param_type_name == "argument" else [param.opts[0], value]


def run_here(arguments, monkeypatch):
    """The command line in this process, as its entry point runs it."""
    monkeypatch.setattr(sys, "argv", ["cloudfront-signer", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    return command_line.main()


@pytest.fixture
def files(secret):
    """What the commands find beside them; the key is another one."""
    from cloudfront_signer.aws.state import State

    other = PrivateKey.generate("ecdsa-p256")
    Path("key.pem").write_text(other.to_pem())
    Path("key.pub.pem").write_text(other.public_key().to_pem())
    nowhere = {"open": "127.0.0.1:9", "signed": "127.0.0.1:9"}
    state = State("a", "1", "us-east-1", "bucket", True, "E1", "K1", "E2", "key.pem", {"open": "E3"}, nowhere)
    state.save(Path("state.json"))


def walk_commands(secret, monkeypatch, app=None):
    """Each option and argument of each command in turn is a key; gives how many runs there were, and the leaks."""
    count, found = 0, []
    for path, command in commands(typer.main.get_command(app or command_line.app)):
        for form, value in secret.arguments().items():
            for where, words in lines(command, value):
                count += 1
                traces = traces_of(lambda words=words, path=path: run_here([*path, *words], monkeypatch))
                seen = set(traces.leaks(secret)) - ({"stdout"} if path in PRINTED else set())
                found += [f"{' '.join(path)}: {where} is {form}: {one}" for one in sorted(seen)]
    for form, value in secret.arguments().items():
        traces = traces_of(lambda value=value: run_here([value], monkeypatch))
        found += [f"the command is {form}: {one}" for one in traces.leaks(secret)]
    return count, found


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("nobody_waits", "files")
@pytest.mark.parametrize("guard", [True, False], ids=["as it is", "without the first guard"])
def test_every_option(secret, monkeypatch, guard):
    import boto3.session
    import botocore.session
    import uvicorn

    # A server that starts all the same serves nobody.
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets=None: None)
    monkeypatch.setattr(boto3.session, "Session", surface.Session)
    monkeypatch.setattr(botocore.session, "get_session", surface.Session)
    if not guard:
        monkeypatch.setattr(command_line, "_key_among", lambda arguments: None)
    count, found = walk_commands(secret, monkeypatch)
    assert count > 1_000
    assert not found, "\n".join(found[:40])


def _raise(error, cause=None):
    raise error from cause


def _chained(text):
    try:
        raise OSError(text)
    except OSError:
        raise KeyError("harmless")  # noqa: B904  # the leak that is planted


class _Holder:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"<Holder {self.text}>"


PLANTED = {
    "a message": lambda key: _raise(ValueError(f"no such thing: {key}")),
    "its repr": lambda key: _raise(ValueError(f"no such thing: {key!r}")),
    "a part": lambda key: _raise(ValueError(str(key)[100:125])),
    "a cause": lambda key: _raise(ValueError("harmless"), OSError(key)),
    "a context": lambda key: _chained(key),
    "a warning": lambda key: warnings.warn(str(key), stacklevel=1),
    "standard output": lambda key: print(key),
    "standard error": lambda key: print(repr(key), file=sys.stderr),
    "a log": lambda key: logging.getLogger("a").warning("%s", key),
    "a repr": lambda key: _Holder(key),
    "percent-encoding": lambda key: _raise(ValueError(str(key).replace("\n", "%0A").replace("/", "%2F"))),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_leak_in_a_function_is_found(secret, plant):
    def leaky(key="a"):
        return PLANTED[plant](key)

    leaky.__module__ = "planted"
    module = types.ModuleType("planted")
    module.leaky = leaky
    _, found = walk(secret, [module])
    assert any(line.startswith("planted.leaky: key is PEM:") for line in found)
    assert not [line for line in found if "BEGIN" in line]


@pytest.mark.parametrize("plant", ["standard output", "standard error"])
def test_a_planted_leak_in_a_new_option_is_found(secret, plant, monkeypatch):
    app = typer.Typer()

    @app.command()
    def other() -> None:
        return

    @app.command()
    def leaky(brand_new: str = "a") -> None:
        PLANTED[plant](brand_new)

    monkeypatch.setattr(command_line, "app", app)
    monkeypatch.setattr(command_line, "_key_among", lambda arguments: None)
    _, found = walk_commands(secret, monkeypatch)
    assert any(line.startswith("leaky: brand_new is PEM:") for line in found)


def test_what_holds_a_key_inside(secret):
    """A key in a URL that was signed, in the edge's settings and in what AWS says."""
    from cloudfront_signer.edge import Behavior, Configuration, Edge
    from cloudfront_signer.edge.log import Line, Log

    signer = cloudfront_signer.CloudFrontSigner("K1", secret.key)
    verifier = cloudfront_signer.Verifier({"K1": secret.key.public_key()})
    for form, text in secret.arguments().items():
        url = f"https://d.example/{text}"
        # Where the URL itself is taken; its fragment is not.
        signed = traces_of(lambda url=url: signer.sign_url(url, expires=surface.END), output=True)
        assert not signed.leaks(secret), form
        try:
            sent = signer.sign_url(url, expires=surface.END)
            granted = signer.grant(f"{url}*", expires=surface.END)
        except CloudFrontSignerError:
            continue
        inspection = cloudfront_signer.inspect(sent)
        diagnosis = inspection.diagnose(verifier, request=sent.replace("/d.", "/e."))
        decision = verifier.check(sent.replace("Signature=", "Signature=A"))
        shown = [
            *(inspection, inspection.rows(), inspection._repr_html_(), granted, granted.policy, granted.cookies),
            *(diagnosis, *diagnosis.mistakes, *(one.found + one.advice for one in diagnosis.mistakes)),
            *(decision, decision.reason),
        ]
        for one in shown:
            assert not secret.is_shown_in(f"{one} {one!r}"), (form, type(one))
    for text in secret.arguments().values():
        stream = io.StringIO()
        for as_json in (True, False):
            line = Line("GET", f"http://127.0.0.1/{text}?Signature=abcdefghijk", 403, 1, 0.1, "127.0.0.1", text)
            Log(as_json=as_json, stream=stream).write(line)
            assert not secret.is_shown_in(stream.getvalue() + repr(line))
        for settings in ({"pretend": text}, {"viewer_ip": text}, {"host": text, "port": 0}):
            behaviors = (Behavior(text, "."),)
            for make in (Configuration, lambda *given, **settings: Edge(Configuration(*given, **settings))):
                assert not traces_of(partial(make, behaviors, **settings)).leaks(secret)


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
        assert f"{words[-2]} is" in done.stderr
        assert "--private-key of sign and cookies" in done.stderr
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

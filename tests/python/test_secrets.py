"""No key shows: in no message, repr, warning, log or output of anything, wherever it is given by mistake."""

import io
import logging
import sys
import time
import types
import warnings
from functools import partial
from pathlib import Path

import pytest
import typer

import cloudfront_signer
from cloudfront_signer import CloudFrontSignerError, PrivateKey
from cloudfront_signer.cli import main as command_line

from support import surface
from support.secrets import traces_of

pytestmark = pytest.mark.usefixtures("elsewhere")

STORAGES = ("CloudFrontStorage", "CloudFrontStaticStorage")
# What gives back what it was given, or was asked for: the key itself, another encoding, or what the caller signs.
OUTPUTS = {
    "PrivateKey.to_pem",
    "PublicKey.to_pem",
    "encode_base64",
    "decode_base64",
    "escape_query",
    "unescape_query",
    "signed_url",
    "signed_urls",
    "asigned_urls",
    "create_signed_url",
    "CloudFrontSigner.sign_url",
    "CloudFrontSigner.sign_urls",
    "CloudFrontSigner.sign_stream",
    "CloudFrontSigner.generate_presigned_url",
    "CloudFrontSigner.build_policy",
    "FollowingSigner.build_policy",
    "SignedCookies.get",
    "Grant.url",
    "Grant.urls",
    "quote_path",
    "legacy_player_html",
    # What a framework's part is made of, before it is signed.
    "Batch.sign",
    "ConfiguredDistribution.resource",
    "ConfiguredDistribution.url",
    *(f"{one}.{method}" for one in STORAGES for method in ("url", "urls", "unsigned_url")),
    "SignedFileWidget.get_context",
    "signed_url_filter",
    "KeptUrl",
    "SignedDistribution",
    "SignedDistribution.url",
    "Words.named",
    "find_key",
    "signing.terms",
}


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
def files(secret, elsewhere):
    """What the commands find in their folder; the key is another one."""
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
        tables = (inspection, granted, granted.policy, granted.cookies, diagnosis, *diagnosis.mistakes, decision)
        shown = [
            *(inspection, inspection.rows(), granted, granted.policy, granted.cookies),
            *(diagnosis, *diagnosis.mistakes, *(one.found + one.advice for one in diagnosis.mistakes)),
            *(decision, decision.reason, *(one._repr_html_() for one in tables)),
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

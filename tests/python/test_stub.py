"""The stub has the built module's docstrings, and they answer what a caller asks."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cloudfront_signer import CloudFrontSigner, _native

ROOT = Path(__file__).parents[2]
STUB = ROOT / "python/cloudfront_signer/_native.pyi"
NATIVES = {name: getattr(_native, name) for name in _native.__all__ if name != "__version__"}


def documented():
    """Every public class, function, method and property by its name."""
    for name, thing in NATIVES.items():
        yield name, thing
        if inspect.isclass(thing):
            yield from (
                (f"{name}.{member}", getattr(thing, member)) for member in sorted(vars(thing)) if member[0] != "_"
            )


def parameters(thing):
    """The parameters that a caller gives by name."""
    try:
        found = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return []
    return [name for name in found if name not in {"self", "cls"}]


def check(stub=STUB):
    command = [sys.executable, ROOT / "scripts/stub_docstrings.py", "--check", stub]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_stub_is_not_stale():
    done = check()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("written", "instead"),
    [("Sign one URL.", "Sign a URL."), ("    The signed URL.\n", ""), ('"""Encode bytes', '"""Encode  bytes')],
)
def test_a_stale_stub_is_found(tmp_path, written, instead):
    text = STUB.read_text()
    assert written in text
    stale = tmp_path / "_native.pyi"
    stale.write_text(text.replace(written, instead, 1))
    done = check(stale)
    assert done.returncode == 1
    assert "run make stubs" in done.stderr
    assert stale.read_text() != text
    subprocess.run([sys.executable, ROOT / "scripts/stub_docstrings.py", stale], check=True)
    assert stale.read_text() == text


def test_a_stub_without_docstrings_gets_them(tmp_path):
    bare = tmp_path / "_native.pyi"
    text = re.sub(r'^(class .*:)\s+r?"""(?s:.*?)"""', r"\1", STUB.read_text(), flags=re.MULTILINE)
    bare.write_text(re.sub(r'\s+r?"""(?s:.*?)"""', " ...", text))
    assert "Examples:" not in bare.read_text()
    assert check(bare).returncode == 1
    subprocess.run([sys.executable, ROOT / "scripts/stub_docstrings.py", bare], check=True)
    assert check(bare).returncode == 0
    assert bare.read_text().count("Examples:") == STUB.read_text().count("Examples:")


@pytest.mark.parametrize(("name", "thing"), list(documented()))
def test_every_docstring_is_whole(name, thing):
    text = inspect.getdoc(thing)
    assert text, name
    assert text[0].isupper()
    assert ">>>" in text or not callable(thing), f"{name} has no example"
    if inspect.isclass(thing) or not callable(thing):
        return
    for parameter in parameters(thing):
        assert re.search(rf"^    {parameter}: \S", text, re.MULTILINE), f"{name} does not explain {parameter}"
    quiet = {"excerpt", "holds_key", "mask_secrets", "SignedCookies.get"}
    if parameters(thing) and name not in quiet:
        assert "Raises:" in text, f"{name} does not name its errors"


def test_help_answers_what_expires_takes():
    methods = ("sign_url", "sign_urls", "sign_cookies", "signed_parameters", "sign_stream", "grant")
    for text in [
        *(inspect.getdoc(getattr(CloudFrontSigner, name)) for name in methods),
        *(inspect.getdoc(one) for one in (_native.signed_url, _native.Policy, CloudFrontSigner)),
    ]:
        flat = " ".join(text.split())
        for form in (
            "`datetime` with a time zone",
            "`timedelta` from now",
            "seconds since 1970",
            "ISO 8601 text with an offset",
        ):
            assert form in flat

"""Examples in docstrings and in the README run as printed, and what the README states holds."""

import asyncio
import contextlib
import doctest
import inspect
import io
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta  # noqa: F401 (the README's table evaluates UTC)
from pathlib import Path

import pytest

import cloudfront_signer
import cloudfront_signer.arrow
import cloudfront_signer.boto2
import cloudfront_signer.cli.aws_globals
import cloudfront_signer.cli.times
import cloudfront_signer.edge
import cloudfront_signer.jupyter
from cloudfront_signer import _native

from support.pages import blocks

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_docstrings():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    natives = {name: getattr(_native, name) for name in _native.__all__ if name != "__version__"}
    members = {
        f"{name}.{member}": getattr(thing, member)
        for name, thing in natives.items()
        if inspect.isclass(thing)
        for member in vars(thing)
        if not member.startswith("_")
    }
    for name, thing in {**natives, **members, "cloudfront_signer": cloudfront_signer}.items():
        # An example imports all that it uses.
        runner.run(parser.get_doctest(inspect.getdoc(thing), {}, name, None, 0))
    for module in (
        cloudfront_signer.arrow,
        cloudfront_signer.boto2,
        cloudfront_signer.cli.times,
        cloudfront_signer.cli.aws_globals,
    ):
        assert doctest.testmod(module).failed == 0
    for module in (cloudfront_signer.edge, cloudfront_signer.jupyter):
        assert doctest.testmod(module).failed == 0
    assert runner.summarize().failed == 0
    assert runner.summarize().attempted > 200


def test_readme(tmp_path, monkeypatch):
    """Its blocks of `python` and `sh` run in turn, in an empty folder; those of `bash` install, serve or need AWS."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    scope, printed = {"__name__": "readme"}, io.StringIO()
    for block in blocks(README):
        if block.language == "sh":
            script = f"{block.text}\nenv -0 >.environment"
            done = subprocess.run(["bash", "-euc", script], check=True, stdout=subprocess.PIPE)
            printed.write(done.stdout.decode())
            for one in Path(".environment").read_text().rstrip("\0").split("\0"):
                monkeypatch.setenv(*one.split("=", 1))
        elif block.language == "python":
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, "README.md", "exec"), scope)
    _check_what_readme_says(scope, printed.getvalue())


def _check_what_readme_says(scope, printed):
    cookies = scope["app"].test_client().post("/session").headers.getlist("Set-Cookie")
    assert len(cookies) == 4
    assert all("Domain=example.com" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert len(asyncio.run(scope["playlist"]())) == 100
    assert len(scope["grant"].query) + len(f"{scope['site']}/hls/999.ts?") == len(scope["urls"][999])
    assert "403 expired 365 days ago (2030-01-01 00:00:00 UTC)\n" in printed
    assert "\nsigned for https, requested over http: request it over https" in printed
    assert printed.endswith("\nallowed\n")


def test_readme_figures():
    """The lengths of URLs. An ECDSA signature has up to 72 bytes: the longest of many is meant."""
    urls = [f"https://d111111abcdef8.cloudfront.net/vide{one}.mp4" for one in "abcdefghij"]
    lengths = []
    for kind in ("ecdsa-p256", "rsa-2048"):
        signer = cloudfront_signer.CloudFrontSigner("K2JCJMDEHXQW5F", cloudfront_signer.PrivateKey.generate(kind))
        lengths.append(max(len(url) for url in signer.sign_urls(urls, expires=timedelta(minutes=5))))
    assert "{} characters instead of {}".format(*lengths) in README
    assert len(_native.mistake_names()) > int(re.search(r"names more than (\d+) mistakes", README)[1])


def test_readme_times():
    """Each value of `expires` in the table is taken, each that the text names as refused is refused."""
    key = cloudfront_signer.PrivateKey.generate("ecdsa-p256")
    signer = cloudfront_signer.CloudFrontSigner("K2JCJMDEHXQW5F", key)
    table = README.partition("| `expires` |")[2].partition("\n\n")[0]
    taken = [eval(code) for code in re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)]
    assert len(taken) == 4
    for expires in taken:
        assert signer.sign_url("https://example.com/a", expires=expires)
    for expires in (datetime(2030, 1, 1), 3600, 2000000000000):
        with pytest.raises(cloudfront_signer.InvalidPolicyError):
            signer.sign_url("https://example.com/a", expires=expires)


def test_exceptions_of_the_readme():
    section = README.partition("## Exceptions")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+Error)`", section)) - {"ValueError", "TypeError"}
    assert named == {name for name in cloudfront_signer.__all__ if name.endswith("Error")}


def test_links_of_the_pages_at_the_root():
    for page in ("README.md", "SECURITY.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / page).read_text()):
            assert (ROOT / target).exists(), f"{page}: {target}"

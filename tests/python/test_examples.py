"""The programs in examples/ do what they say. The one in Rust is run by `make test`."""

import asyncio
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from cloudfront_signer import PrivateKey, Verifier
from cloudfront_signer.starlette import CloudFront

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
KEY = PrivateKey.generate("ecdsa-p256")
VERIFIER = Verifier({"K1": KEY.public_key()})
TESTED = {"sign_urls.py", "fastapi_app.py"}


@pytest.fixture
def environment(monkeypatch):
    values = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K1", "PRIVATE_KEY": KEY.to_pem()}
    for name, value in values.items():
        monkeypatch.setenv(f"CLOUDFRONT_SIGNER_{name}", value)
    monkeypatch.syspath_prepend(EXAMPLES)


def test_each_is_run():
    assert {path.name for path in EXAMPLES.glob("*.py")} == TESTED
    makefile = (ROOT / "Makefile").read_text()
    for path in EXAMPLES.glob("*.rs"):
        assert f"cargo run --quiet --example {path.stem}\n" in makefile


def sign_urls(*arguments, standard_input=""):
    command = [sys.executable, str(EXAMPLES / "sign_urls.py"), *arguments]
    return subprocess.run(
        command, input=standard_input, capture_output=True, text=True, check=False, env=os.environ.copy()
    )


def test_sign_urls(environment):
    urls = ["https://media.example.com/a b.mp4", "https://media.example.com/c.mp4"]
    for done in (sign_urls(*urls), sign_urls(standard_input="\n".join(urls) + "\n")):
        assert (done.returncode, done.stderr) == (0, "")
        signed = done.stdout.splitlines()
        assert len(signed) == 2
        assert all(VERIFIER.check(url) for url in signed)


def test_sign_urls_names_the_bad_one(environment):
    done = sign_urls("https://media.example.com/a.mp4", "a.mp4")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("URL 2: ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def ask(environment):
    """Sends one request to the application."""
    module = import_module("fastapi_app")
    settings = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K1", "PRIVATE_KEY": KEY}
    fresh = CloudFront({f"CLOUDFRONT_SIGNER_{name}": value for name, value in settings.items()})
    module.app.dependency_overrides[module.cloudfront] = lambda: fresh

    async def send(method, path, **options):
        transport = httpx.ASGITransport(module.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **options)

    return lambda *arguments, **options: asyncio.run(send(*arguments, **options))


def test_fastapi_app(ask):
    answer = ask("GET", "/videos/a b.mp4")
    assert answer.status_code == 307
    assert VERIFIER.check(answer.headers["location"])
    urls = ask("POST", "/playlist", json=["1.mp4", "2.mp4"]).json()
    assert [bool(VERIFIER.check(url)) for url in urls] == [True, True]
    refused = ask("POST", "/playlist", json=["a" * 9_000])
    assert refused.status_code == 422
    assert "8192" in refused.json()["error"].replace(",", "")


def test_fastapi_cookies(ask):
    lines = ask("POST", "/session").headers.get_list("set-cookie")
    cookies = "; ".join(line.partition(";")[0] for line in lines)
    assert all("Domain=example.com" in line and "Secure" in line for line in lines)
    assert VERIFIER.check("https://media.example.com/videos/1.ts", cookies=cookies)
    assert not VERIFIER.check("https://media.example.com/other/1.ts", cookies=cookies)
    assert len(ask("DELETE", "/session").headers.get_list("set-cookie")) >= len(lines)

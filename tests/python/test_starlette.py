"""The dependency in FastAPI and Starlette: settings, cookies, and batches that leave the event loop free."""

import asyncio
import doctest
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

import cloudfront_signer.starlette
from cloudfront_signer import CloudFrontSignerError, PrivateKey, Verifier, _settings
from cloudfront_signer.starlette import CloudFront

KEY = PrivateKey.generate("ecdsa-p256")
VERIFIER = Verifier({"K1": KEY.public_key()})
SITE = "https://media.example.com"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No settings from outside."""
    for word in _settings.WORDS:
        monkeypatch.delenv(f"CLOUDFRONT_SIGNER_{word}", raising=False)
    return monkeypatch


def cloudfront_with(**settings):
    values = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K1", "PRIVATE_KEY": KEY, "EXPIRES": "1h", **settings}
    return CloudFront({f"CLOUDFRONT_SIGNER_{name}": value for name, value in values.items()})


def ask(app, method, path, **options):
    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


def set_cookies(response):
    return {line.partition("=")[0]: line for line in response.headers.get_list("set-cookie")}


def values(response):
    return {name: line.partition("=")[2].partition(";")[0] for name, line in set_cookies(response).items()}


def test_docstrings():
    outcome = doctest.testmod(cloudfront_signer.starlette)
    assert (outcome.failed, outcome.attempted > 0) == (0, True)


@pytest.fixture
def app():
    """A FastAPI application."""
    app, cloudfront = FastAPI(), cloudfront_with(COOKIE_DOMAIN="example.com")
    app.state.cloudfront = cloudfront
    Signed = Annotated[CloudFront, Depends(cloudfront)]

    @app.get("/videos/{name:path}")
    async def video(name: str, cloudfront: Signed) -> str:
        return cloudfront.signed_url(f"videos/{name}", expires="5m")

    @app.post("/playlist")
    async def playlist(names: list[str], cloudfront: Signed) -> list[str]:
        return await cloudfront.signed_urls(names)

    @app.post("/session", status_code=204)
    async def enter(request: Request, response: Response, cloudfront: Signed) -> None:
        cloudfront.set_signed_cookies(response, "/private/*", request=request, same_site="Lax", expires="2h")

    @app.delete("/session", status_code=204)
    async def leave(response: Response, cloudfront: Signed) -> None:
        cloudfront.clear_signed_cookies(response)

    return app


def test_a_url(app):
    url = ask(app, "GET", "/videos/a%20b.mp4").json()
    assert VERIFIER.check(url).policy.resource == f"{SITE}/videos/a%20b.mp4"


def test_a_batch(app):
    urls = ask(app, "POST", "/playlist", json=["1.mp4", "2.mp4"]).json()
    assert [VERIFIER.check(url).policy.resource for url in urls] == [f"{SITE}/1.mp4", f"{SITE}/2.mp4"]


def test_cookies(app):
    response = ask(app, "POST", "/session")
    assert response.headers["cache-control"] == "private"
    for line in set_cookies(response).values():
        assert {"Domain=example.com", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
    assert VERIFIER.check(f"{SITE}/private/a", cookies=values(response))
    assert not VERIFIER.check(f"{SITE}/a", cookies=values(response))
    cleared = set_cookies(ask(app, "DELETE", "/session"))
    assert cleared.keys() > values(response).keys()
    assert all({"Domain=example.com", "Max-Age=0"} <= set(line.split("; ")) for line in cleared.values())


def test_leftovers_of_another_policy_are_deleted(app):
    cookies = {"Cookie": "CloudFront-Expires=1; CloudFront-Policy=old; other=1"}
    lines = set_cookies(ask(app, "POST", "/session", headers=cookies))
    assert "Max-Age=0" in lines["CloudFront-Expires"]
    assert "Max-Age=0" not in lines["CloudFront-Policy"]
    assert "other" not in lines


def test_tests_replace_the_dependency(app):
    other = cloudfront_with(DOMAIN="other.example")
    app.dependency_overrides[app.state.cloudfront] = lambda: other
    assert ask(app, "GET", "/videos/a").json().startswith("https://other.example/videos/a?")


def test_starlette():
    cloudfront = cloudfront_with()

    async def page(request):
        return JSONResponse([cloudfront.url("a b"), *await cloudfront.signed_urls(["a b"])])

    bare, signed = ask(Starlette(routes=[Route("/", page)]), "GET", "/").json()
    assert bare == f"{SITE}/a%20b"
    assert VERIFIER.check(signed)


# --- The event loop ------------------------------------------------------------------------------------------------


class Heart:
    """A task that beats whenever the event loop is free."""

    def __init__(self):
        self.beats, self.beaten = 0, threading.Event()

    async def beat(self):
        while True:
            await asyncio.sleep(0)
            self.beats += 1
            self.beaten.set()


async def beats_during(work):
    """How often the heart beat between the start of the work and its end."""
    heart = Heart()
    task = asyncio.create_task(heart.beat())
    await asyncio.sleep(0)
    heart.beaten.clear()
    before = heart.beats
    result = await work(heart)
    beats = heart.beats - before
    task.cancel()
    return beats, result


def test_the_heart_stands_still_while_the_loop_is_blocked():
    async def blocking(heart):
        return cloudfront_with().signed_url("a")

    assert asyncio.run(beats_during(blocking))[0] == 0


@pytest.mark.parametrize("kind", ["rsa-2048", "ecdsa-p256"])
def test_the_event_loop_runs_while_a_batch_is_signed(kind):
    key = PrivateKey.generate(kind)
    cloudfront = cloudfront_with(PRIVATE_KEY=key)
    names = [f"{number}.ts" for number in range(2_000)]
    beats, urls = asyncio.run(beats_during(lambda heart: cloudfront.signed_urls(names)))
    assert beats > 0
    assert len(urls) == 2_000
    verifier = Verifier({"K1": key.public_key()})
    assert all(verifier.check(url) for url in (urls[0], urls[-1]))


def test_the_event_loop_runs_in_the_middle_of_a_batch():
    """The second signature waits for a beat of the heart, for which the loop must be free."""

    async def work(heart):
        def sign(message):
            assert heart.beaten.wait(60), "the event loop is blocked"
            heart.beaten.clear()
            return KEY.sign(message)

        cloudfront = cloudfront_with(PRIVATE_KEY=sign, HASH_ALGORITHM="SHA256")
        return await cloudfront.signed_urls(["a", "b", "c"])

    beats, urls = asyncio.run(beats_during(work))
    assert beats >= 3
    assert all(VERIFIER.check(url) for url in urls)


# --- Settings ------------------------------------------------------------------------------------------------------


def test_settings_of_the_environment(environment):
    values = {"DOMAIN": "media.example.com", "KEY_PAIR_ID": "K1", "PRIVATE_KEY": KEY.to_pem(), "EXPIRES": "1h"}
    cloudfront = CloudFront()
    for name, value in values.items():
        environment.setenv(f"CLOUDFRONT_SIGNER_{name}", value)
    assert VERIFIER.check(cloudfront.signed_url("a"))
    assert cloudfront.signer is cloudfront.signer


@pytest.mark.parametrize(("word", "value"), [("EXPIRES", "soon"), ("PRIVATE_KEY", None), ("EXPIRE", "1h")])
def test_a_wrong_setting_is_named(word, value):
    cloudfront = cloudfront_with(**{word: value})
    with pytest.raises(CloudFrontSignerError, match=f"^CLOUDFRONT_SIGNER_{word}: ") as caught:
        cloudfront.load()
    assert "\n" not in str(caught.value)


def test_many_threads_load_once():
    cloudfront = cloudfront_with()
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: cloudfront.signer, range(64)))
    assert {id(signer) for signer in signers} == {id(cloudfront.signer)}


def test_a_dependency_reads_its_settings_in_a_thread(tmp_path):
    class Key:
        """A path that notes who asks for it."""

        def __fspath__(self):
            seen.append(threading.current_thread())
            return str(path)

    seen, path = [], tmp_path / "key.pem"
    path.write_text(KEY.to_pem())
    cloudfront = cloudfront_with(PRIVATE_KEY=Key())
    assert asyncio.run(cloudfront()) is cloudfront
    assert seen
    assert threading.main_thread() not in seen

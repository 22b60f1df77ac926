"""The edge's layers: each one does its part once, and stands alone."""

import asyncio
import io
import json

import pytest

import cloudfront_signer
from cloudfront_signer.edge import Behavior, Configuration, routes
from cloudfront_signer.edge.default_headers import DefaultHeaders
from cloudfront_signer.edge.exchange import Exchange
from cloudfront_signer.edge.log import Log, RequestLog
from cloudfront_signer.edge.viewer_request import read

from support.edges import KEYS, SIGNER, SITE, running


@pytest.fixture
def checked(monkeypatch):
    """The URL of each signature check."""
    urls = []

    class Verifier:
        def __init__(self, keys):
            self._verifier = cloudfront_signer.Verifier(keys)

        def check(self, url, **terms):
            urls.append(url)
            return self._verifier.check(url, **terms)

    monkeypatch.setattr(routes, "Verifier", Verifier)
    return urls


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_request_is_decided_once(folder, checked, method):
    """Also a preflight, on which both the CORS layer and the response depend."""
    page = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    behaviors = (Behavior("*", str(folder), KEYS),)
    with running(Configuration(behaviors, pretend=SITE, cors_origins=("*",)), as_json=True) as edge:
        denied = edge.get("/video.mp4?a=%20b", method=method, headers=page)
        allowed = edge.get(SIGNER.sign_url(f"{SITE}/video.mp4", expires=4_102_444_800), method=method, headers=page)
        lines = [json.loads(line) for line in edge.lines(2)]
    assert (denied.status_code, allowed.status_code) == (403, 200)
    assert len(checked) == 2
    line = next(line for line in lines if line["status"] == 403)
    assert line["url"] == checked[0] == f"{SITE}/video.mp4?a=%20b"
    assert line["reason"] == denied.headers["x-signer-reason"]


SCOPE = {
    **{"type": "http", "method": "GET", "scheme": "http", "client": ("192.0.2.7", 5000)},
    **{"raw_path": b"/a", "query_string": b"", "headers": [(b"host", b"d1.example")]},
}


def ask(layer, scope):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(layer(scope, None, send))
    return sent


@pytest.fixture
def log():
    """Runs an application behind the log; the fields of the only line are in ``line``."""

    class Logged:
        def __call__(self, app):
            stream, scope = io.StringIO(), dict(SCOPE)
            Exchange(read(scope, None)).attach(scope)
            try:
                ask(RequestLog(app, Log(as_json=True, stream=stream)), scope)
            finally:
                (line,) = stream.getvalue().splitlines()
                self.line = json.loads(line)

    return Logged()


def test_the_log_needs_no_other_layer(log):
    async def app(scope, receive, send):
        Exchange.of(scope).reason, Exchange.of(scope).warning = "a reason", "a warning"
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"123", "more_body": True})
        await send({"type": "http.response.body", "body": b"45"})

    log(app)
    assert log.line.pop("seconds") >= 0
    assert log.line == {
        **{"method": "GET", "url": "http://d1.example/a", "status": 418, "sent": 5, "viewer": "192.0.2.7"},
        **{"reason": "a reason", "warning": "a warning"},
    }


def test_a_request_that_fails_is_logged(log):
    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log(app)
    assert (log.line["status"], log.line["sent"], log.line["reason"]) == (0, 0, None)


@pytest.mark.parametrize(
    ("given", "date"), [([], None), ([(b"date", b"then"), (b"server", b"an origin")], b"then")], ids=["none", "both"]
)
def test_default_headers_replace_nothing(given, date):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(given)})

    (start,) = ask(DefaultHeaders(app), dict(SCOPE))
    assert sorted(name for name, _ in start["headers"]) == [b"date", b"server"]
    headers = dict(start["headers"])
    assert headers[b"server"] == (b"an origin" if date else b"cloudfront-signer edge (development)")
    assert headers[b"date"] == date or (date is None and headers[b"date"].endswith(b" GMT"))

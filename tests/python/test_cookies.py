"""Signed cookies on real responses of Django, Flask and Starlette."""

from collections.abc import Mapping
from datetime import timedelta
from http.cookies import SimpleCookie
from unittest import mock

import django
import flask
import numpy as np
import pytest
from django.conf import settings
from django.http import HttpResponse
from starlette.responses import Response

from cloudfront_signer import CloudFrontSigner, InvalidCookieError, InvalidUrlError, PrivateKey, SignedCookies, Verifier

SITE = "https://media.example.com"
KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
VERIFIER = Verifier({"K1": KEY.public_key()})
COOKIES = SIGNER.sign_cookies(f"{SITE}/videos/*", expires=timedelta(hours=1))
NAMES = {f"CloudFront-{name}" for name in ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")}


def of_django():
    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()
    return HttpResponse(), lambda response: [cookie.OutputString() for cookie in response.cookies.values()]


def of_flask():
    response = flask.Flask(__name__).make_response("")
    return response, lambda response: response.headers.getlist("Set-Cookie")


def of_starlette():
    return Response(), lambda response: response.headers.getlist("set-cookie")


FRAMEWORKS = pytest.mark.parametrize("framework", [of_django, of_flask, of_starlette])


def read(lines):
    """Name, value and attributes in lower case of each line; the Expires that frameworks add to a Max-Age left out."""
    found = {}
    for line in lines:
        name, _, rest = line.partition("=")
        value, *attributes = rest.split("; ")
        found[name] = (value, {one.lower() for one in attributes if not one.lower().startswith("expires=")})
    return found


@FRAMEWORKS
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"domain": "example.com", "path": "/videos/", "max_age": 3600, "same_site": "Lax"},
        {"max_age": timedelta(minutes=5), "secure": False, "http_only": False},
        {"same_site": "None"},
        {"same_site": "Strict", "path": "/a/b"},
    ],
)
def test_set_on(framework, attributes):
    response, lines = framework()
    assert COOKIES.set_on(response, **attributes) is None
    sent = read(lines(response))
    assert sent == read(COOKIES.headers(**attributes)), "a framework and our own header say the same"
    header = "; ".join(f"{name}={value}" for name, (value, _) in sent.items())
    assert VERIFIER.check(f"{SITE}/videos/1.ts", cookies=header)


@FRAMEWORKS
def test_clear_on(framework):
    response, lines = framework()
    COOKIES.clear_on(response, domain="example.com", path="/videos/")
    sent = read(lines(response))
    assert set(sent) == NAMES, "those of an earlier policy of another kind, too"
    for value, attributes in sent.values():
        assert value in {"", '""'}
        assert {"max-age=0", "domain=example.com", "path=/videos/"} <= attributes
    response, lines = framework()
    SignedCookies.clear_on(response)
    assert set(read(lines(response))) == NAMES, "without cookies at hand"


@FRAMEWORKS
@pytest.mark.parametrize(
    "given",
    [
        {"same_site": "None"},
        {"same_site": "Strict", "domain": "example.com", "path": "/videos/"},
        {"same_site": "Lax", "secure": False, "http_only": False},
    ],
)
def test_clear_on_sends_the_attributes_that_the_cookies_were_set_with(framework, given):
    response, lines = framework()
    COOKIES.clear_on(response, **given)
    cleared = read(lines(response))
    assert set(cleared) == NAMES
    for name, (_, attributes) in read(COOKIES.headers(**given)).items():
        # Django deletes without HttpOnly, and without Secure unless SameSite is None: browsers accept that.
        optional = {"httponly", "secure"} if isinstance(response, HttpResponse) else set()
        assert attributes - optional <= cleared[name][1]
        assert ("secure" in cleared[name][1]) <= ("secure" in attributes)


def test_clear_on_a_response_that_takes_no_more_than_a_path_and_a_domain():
    calls = []

    class Response:
        def delete_cookie(self, name, path, domain):
            calls.append((name, path, domain))

    SignedCookies.clear_on(Response(), "example.com", same_site="Lax")
    assert set(calls) == {(name, "/", "example.com") for name in NAMES}
    Response.delete_cookie.__signature__ = "none"
    SignedCookies.clear_on(Response(), "example.org")
    assert calls[-1][1:] == ("/", "example.org")
    response = mock.Mock()
    SignedCookies.clear_on(response, secure=False)
    options = {"path": "/", "domain": None, "secure": False, "httponly": True, "samesite": None}
    assert response.delete_cookie.mock_calls == [mock.call(mock.ANY, **options)] * len(NAMES)
    with pytest.raises(InvalidCookieError, match="SameSite"):
        SignedCookies.clear_on(response, same_site="lax")


@FRAMEWORKS
def test_nothing_is_set_when_something_is_wrong(framework):
    for wrong in ({"same_site": "lax"}, {"path": "videos"}, {"max_age": 0}, {"domain": "a b"}):
        response, lines = framework()
        with pytest.raises(InvalidCookieError):
            COOKIES.set_on(response, **wrong)
        assert lines(response) == []
    response, lines = framework()
    with pytest.raises(InvalidCookieError):
        COOKIES.clear_on(response, path="/videos/*")
    assert lines(response) == []


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"same_site": "lax"}, "SameSite"),
        ({"same_site": "None", "secure": False}, "SameSite"),
        ({"domain": ""}, "Domain"),
        ({"domain": "*.example.com"}, "Domain"),
        ({"path": "/videos/*"}, "Path"),
        ({"max_age": 0}, "Max-Age"),
        ({"max_age": -1}, "Max-Age"),
        ({"max_age": 10**400}, "Max-Age"),
        ({"max_age": float("nan")}, "Max-Age"),
    ],
)
def test_attributes_that_no_browser_takes(attributes, message):
    with pytest.raises(InvalidCookieError, match=message) as caught:
        COOKIES.headers(**attributes)
    assert not isinstance(caught.value, InvalidUrlError)
    assert isinstance(caught.value, ValueError)


def test_max_age():
    for span in (60, 60.9, timedelta(minutes=1), np.timedelta64(1, "m")):
        assert COOKIES.headers(max_age=span)[0].endswith("; Path=/; Max-Age=60; Secure; HttpOnly")
    assert "Max-Age" not in COOKIES.headers()[0]


def test_the_cookie_line_for_curl():
    assert VERIFIER.check(f"{SITE}/videos/1.ts", cookies=COOKIES.header)
    parsed = SimpleCookie(COOKIES.header)
    assert {name: morsel.value for name, morsel in parsed.items()} == dict(COOKIES)


def test_they_are_a_mapping():
    assert isinstance(COOKIES, Mapping)
    assert {**COOKIES} == dict(COOKIES) == COOKIES
    assert COOKIES.get("other") is None
    assert COOKIES.get("other", 3) == 3

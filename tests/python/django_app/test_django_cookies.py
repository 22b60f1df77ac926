"""Signed cookies in Django: the middleware, the decorator, and what happens at logout."""

import asyncio
import time
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory, override_settings
from django.utils.functional import SimpleLazyObject

from cloudfront_signer import PrivateKey, inspect
from cloudfront_signer.django import SignedCookiesMiddleware, clear_signed_cookies, conf, signed_cookies

from support.django_project import CLOUDFRONT_SIGNER, VERIFIER

URL = "https://media.example.com/private/1.jpg"
NAMES = {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"}
SETTINGS = {**CLOUDFRONT_SIGNER, "cookie_resource": "/private/*"}
MEMBER = User(username="ada")


@pytest.fixture(autouse=True)
def settings():
    with override_settings(CLOUDFRONT_SIGNER=SETTINGS):
        yield


def request_of(user, cookies=None):
    request = RequestFactory().get("/")
    request.user = user
    request.COOKIES.update(cookies or {})
    return request


def values(response):
    return {morsel.key: morsel.value for morsel in response.cookies.values()}


def sent(response):
    """The cookies that a browser has after the response, in the order of its headers."""
    jar = {}
    for morsel in response.cookies.values():
        jar[morsel.key, morsel["domain"], morsel["path"]] = morsel.value
    return {key[0]: value for key, value in jar.items() if value}


def middleware(kind=SignedCookiesMiddleware, view=lambda request: HttpResponse()):
    return kind(view)


def cookies_of(**terms):
    chosen = conf.distribution()
    return dict(chosen.sign_cookies("/private/*", {"expires": timedelta(hours=1), **terms}))


def test_a_member_gets_cookies():
    response = middleware()(request_of(MEMBER))
    assert set(response.cookies) == NAMES
    assert VERIFIER.check(URL, cookies=values(response))
    assert not VERIFIER.check("https://media.example.com/other", cookies=values(response))
    for morsel in response.cookies.values():
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax")
        assert (morsel["domain"], morsel["path"]) == ("example.com", "/")
        assert 3500 < morsel["max-age"] <= 3600


def test_three_cookies_for_sha1():
    with override_settings(CLOUDFRONT_SIGNER={**SETTINGS, "private_key": PrivateKey.generate()}):
        assert set(middleware()(request_of(MEMBER)).cookies) == NAMES - {"CloudFront-Hash-Algorithm"}


def test_no_shared_cache_keeps_them():
    response = middleware(view=lambda request: HttpResponse(headers={"Cache-Control": "public, max-age=60"}))(
        request_of(MEMBER)
    )
    assert "public" not in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert response["Vary"] == "Cookie"


def test_nobody_else_gets_cookies():
    response = middleware()(request_of(AnonymousUser()))
    assert not response.cookies
    assert "Vary" not in response
    assert not middleware()(RequestFactory().get("/")).cookies


def test_a_visitor_without_a_session_is_not_looked_up():
    """A look at the user would add Vary: Cookie to each public page."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.user = SimpleLazyObject(lambda: pytest.fail("looked up"))
    assert not middleware()(request).cookies
    assert not request.session.accessed
    request.user = SimpleLazyObject(lambda: MEMBER)
    request.session["_auth_user_id"] = "1"
    assert middleware()(request).cookies, "the view has logged somebody in"
    request = request_of(SimpleLazyObject(lambda: MEMBER), {"sessionid": "x"})
    assert middleware()(request).cookies


def test_fresh_cookies_are_kept_and_old_ones_renewed():
    fresh = cookies_of()
    assert not middleware()(request_of(MEMBER, fresh)).cookies
    old = cookies_of(expires=timedelta(minutes=20))
    response = middleware()(request_of(MEMBER, old))
    assert inspect(values(response)).expires > time.time() + 3000


@pytest.mark.parametrize("change", ["key", "resource", "damaged", "missing"])
def test_cookies_of_another_kind_are_renewed(change):
    cookies = cookies_of()
    if change == "resource":
        cookies = dict(conf.distribution().sign_cookies("/other/*", {}))
    if change == "damaged":
        cookies["CloudFront-Policy"] = "e30_"
    if change == "missing":
        del cookies["CloudFront-Signature"]
    changed = {**SETTINGS, "key_pair_id": "K2"} if change == "key" else SETTINGS
    with override_settings(CLOUDFRONT_SIGNER=changed):
        assert set(middleware()(request_of(MEMBER, cookies)).cookies) >= NAMES


def test_the_end_of_a_session_deletes_them():
    response = middleware()(request_of(AnonymousUser(), cookies_of()))
    assert {morsel.key for morsel in response.cookies.values()} >= NAMES
    assert sent(response) == {}
    other = dict(conf.distribution().sign_cookies("/trial/*", {}))
    assert not middleware()(request_of(AnonymousUser(), other)).cookies, "these are somebody else's to delete"
    assert not middleware()(request_of(AnonymousUser(), {"CloudFront-Policy": "x"})).cookies


def logging_out(request):
    user_logged_out.send(sender=User, request=request, user=MEMBER)
    request.user = AnonymousUser()
    return HttpResponse()


def test_logout_deletes_them_where_they_were_set():
    """Even if the browser does not send them to this path."""
    signed_cookies("/courses/*", path="/courses/", domain="media.example.com")(lambda request: HttpResponse())
    response = middleware(view=logging_out)(request_of(MEMBER))
    places = {(one["domain"], one["path"]) for one in response.cookies.values() if one.key == "CloudFront-Policy"}
    assert places >= {("example.com", "/"), ("media.example.com", "/courses/")}
    assert all(one["max-age"] == 0 and not one.value for one in response.cookies.values())
    assert "private" in response["Cache-Control"]


def test_logout_works_without_a_resource():
    with override_settings(CLOUDFRONT_SIGNER=CLOUDFRONT_SIGNER):
        assert not middleware()(request_of(MEMBER)).cookies
        assert middleware(view=logging_out)(request_of(MEMBER)).cookies


def test_logout_through_a_wrapped_request():
    """As Django REST framework wraps it."""

    class Wrapper:
        def __init__(self, request):
            self._request = request

    def view(request):
        user_logged_out.send(sender=User, request=Wrapper(request), user=MEMBER)
        request.user = AnonymousUser()
        return HttpResponse()

    assert middleware(view=view)(request_of(MEMBER)).cookies


def test_another_user_in_the_same_request_gets_new_ones():
    def view(request):
        logging_out(request)
        request.user = User(username="grace")
        return HttpResponse()

    response = middleware(view=view)(request_of(MEMBER, cookies_of()))
    assert VERIFIER.check(URL, cookies=sent(response))


def test_a_subclass_chooses():
    class Subscribers(SignedCookiesMiddleware):
        resource = "/films/*"
        expires = "2h"

        def is_allowed(self, request):
            return request.user.username == "ada"

    response = middleware(Subscribers)(request_of(MEMBER))
    found = inspect(values(response))
    assert found.policy.resource == "https://media.example.com/films/*"
    assert found.expires > time.time() + 7000
    assert not middleware(Subscribers)(request_of(User(username="eve"))).cookies


def test_a_wrong_setting_stops_the_server():
    wrong = {**SETTINGS, "private_key": None}
    with override_settings(CLOUDFRONT_SIGNER=wrong), pytest.raises(ImproperlyConfigured, match="private_key"):
        middleware()


def test_async_middleware():
    async def view(request):
        await asyncio.sleep(0)
        return HttpResponse()

    response = asyncio.run(middleware(view=view)(request_of(MEMBER)))
    assert VERIFIER.check(URL, cookies=values(response))


@signed_cookies("/private/*", expires="30m", path="/private/", same_site="Strict")
def view(request):
    return HttpResponse("a page")


@signed_cookies("/private/*", expires="30m")
async def async_view(request, number):
    await asyncio.sleep(0)
    return HttpResponse(number)


def test_the_decorator():
    response = view(request_of(MEMBER))
    assert response.content == b"a page"
    assert VERIFIER.check(URL, cookies=values(response))
    for morsel in response.cookies.values():
        assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/private/", "Strict", "example.com")
        assert 1700 < morsel["max-age"] <= 1800
    assert not view(request_of(MEMBER, values(response))).cookies


def test_the_decorator_of_an_async_view():
    response = asyncio.run(async_view(request_of(MEMBER), 7))
    assert response.content == b"7"
    assert VERIFIER.check(URL, cookies=values(response))


@pytest.mark.parametrize(
    "response", [HttpResponseRedirect("/login"), HttpResponse(status=403), HttpResponse(status=500)]
)
def test_a_refusal_grants_nothing(response):
    """Such as that of login_required below the decorator."""
    assert not signed_cookies("/private/*")(lambda request: response)(request_of(AnonymousUser())).cookies


def test_the_decorator_comes_before_the_middleware():
    response = middleware(view=view)(request_of(MEMBER))
    assert {morsel["path"] for morsel in response.cookies.values()} == {"/private/"}
    again = middleware(view=view)(request_of(MEMBER, values(response)))
    assert not again.cookies


def test_an_aligned_expiry():
    found = inspect(values(signed_cookies("/a/*", align="1h")(lambda request: HttpResponse())(request_of(MEMBER))))
    assert found.expires % 3600 == 0


def test_a_key_of_another_kind_leaves_no_cookie_behind():
    """CloudFront-Hash-Algorithm of the old key would spoil the new signature."""
    before = cookies_of()
    with override_settings(CLOUDFRONT_SIGNER={**SETTINGS, "private_key": PrivateKey.generate(), "key_pair_id": "K2"}):
        response = middleware()(request_of(MEMBER, before))
    assert response.cookies["CloudFront-Hash-Algorithm"]["max-age"] == 0
    assert response.cookies["CloudFront-Hash-Algorithm"]["domain"] == "example.com"


def test_clearing_by_hand():
    response = HttpResponse()
    for name, value in cookies_of().items():
        response.set_cookie(name, value, domain="example.com")
    clear_signed_cookies(response)
    assert sent(response) == {}
    assert SimpleCookie(response.cookies).output()

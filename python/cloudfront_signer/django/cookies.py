"""Signed cookies: a middleware for the members of a site, and a decorator for single views.

Cookies are renewed when half of their time is over, and a response that sets or deletes them is kept out of shared
caches. Browsers keep one set for each Domain and Path: two resources need different paths.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from cloudfront_signer import inspect
from cloudfront_signer.django.conf import DEFAULT, ConfiguredDistribution, distribution

_View = Callable[..., Any]

# Signers of decorated views, and the Domain and Path that they set cookies with: what a logout has to delete.
_decorated: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
_LOGGED_OUT = "_cloudfront_signer_logged_out"
_DONE = "_cloudfront_signer_done"


class SignedCookiesMiddleware:
    """Grants ``cookie_resource`` of the settings to each user who is logged in, and deletes the cookies at logout.

    Its place in ``MIDDLEWARE`` is after ``AuthenticationMiddleware``. Without ``cookie_resource`` it only deletes, at
    logout, what decorated views have set. A subclass may choose other users (``is_allowed``), another signer or another
    resource. Sync and async servers work.
    """

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True
    #: The name of the signer in the settings.
    signer: ClassVar[str] = DEFAULT
    #: The path pattern to grant; None means that of the settings.
    resource: ClassVar[str | None] = None
    #: How long the cookies last; None means that of the settings.
    expires: ClassVar[Any] = None

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        # A wrong setting stops the server, not a request.
        distribution(self.signer)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer the request, and set or delete cookies on the response."""
        if self._is_async:
            return self._answer_later(request)
        response = self.get_response(request)
        self._finish(request, response)
        return response

    async def _answer_later(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        # The user may be in a database.
        await sync_to_async(self._finish)(request, response)
        return response

    def is_allowed(self, request: HttpRequest) -> bool:
        """Whether the request's user may fetch the resource: everybody who is logged in."""
        user = getattr(request, "user", None)
        if isinstance(user, SimpleLazyObject) and not _has_session(request):
            # Evaluating the user adds Vary: Cookie, which keeps public pages out of shared caches.
            return False
        return user is not None and bool(user.is_authenticated)

    def _finish(self, request: HttpRequest, response: HttpResponseBase) -> None:
        chosen = distribution(self.signer)
        resource = self.resource or chosen.cookie_resource
        logged_out = getattr(request, _LOGGED_OUT, False)
        if logged_out:
            _clear_all(response, self.signer)
        if resource is None or getattr(request, _DONE, False):
            return
        cookies = _Cookies(chosen, resource, {"expires": self.expires or chosen.cookie_expires}, {})
        if self.is_allowed(request):
            if logged_out or not cookies.are_fresh(request):
                cookies.set_on(request, response)
        elif cookies.were_sent(request) and not logged_out:
            # The session has ended without a logout.
            clear_signed_cookies(response, signer=self.signer)


def signed_cookies(
    resource: str,
    *,
    expires: Any = None,
    align: Any = None,
    signer: str = DEFAULT,
    domain: str | None = None,
    path: str | None = None,
    secure: bool | None = None,
    http_only: bool | None = None,
    same_site: str | None = None,
) -> Callable[[_View], _View]:
    """Let a view set signed cookies, if its response is a success: a redirect to the login page grants nothing.

    The decorator belongs below ``login_required``. ``SignedCookiesMiddleware`` deletes the cookies at logout. Sync and
    async views work.

    Args:
        resource: A path pattern, such as ``"/private/*"``, or a whole URL with wildcards.
        expires: When access ends, as in ``signed_url``. The default is ``cookie_expires``, else ``expires``.
        align: The grid that the expiry is rounded up to.
        signer: The name of a signer of the settings.
        domain: The Domain attribute. The default of this and of all others is that of the settings.
        path: The Path attribute.
        secure: Whether the cookies are sent over HTTPS only.
        http_only: Whether scripts cannot read the cookies.
        same_site: The SameSite attribute: "Strict", "Lax" or "None".
    """
    given = {"domain": domain, "path": path, "secure": secure, "http_only": http_only, "same_site": same_site}
    attributes = {name: value for name, value in given.items() if value is not None}
    places = (("domain", domain), ("path", path))
    _decorated.add((signer, tuple((name, value) for name, value in places if value is not None)))

    def finish(request: HttpRequest, response: HttpResponseBase) -> None:
        if not (200 <= response.status_code < 300 or response.status_code == 304):
            return
        chosen = distribution(signer)
        end = chosen.cookie_expires if expires is None else expires
        cookies = _Cookies(chosen, resource, {"expires": end, "align": align}, attributes)
        setattr(request, _DONE, True)
        if not cookies.are_fresh(request):
            cookies.set_on(request, response)

    def decorate(view: _View) -> _View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = view(request, *args, **kwargs)
            finish(request, response)
            return response

        @wraps(view)
        async def answer_later(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = await view(request, *args, **kwargs)
            # A key may have to be fetched.
            await sync_to_async(finish, thread_sensitive=False)(request, response)
            return response

        return answer_later if iscoroutinefunction(view) else answer

    return decorate


def clear_signed_cookies(response: HttpResponseBase, *, signer: str = DEFAULT, **attributes: Any) -> None:
    """Delete the signed cookies on a response.

    Args:
        response: The response.
        signer: The name of a signer of the settings.
        **attributes: ``domain`` and ``path`` that the cookies were set with, if not those of the settings.
    """
    distribution(signer).clear_cookies(cast(Any, _Jar(response)), attributes)
    _keep_private(response)


def note_logout(*, request: Any, **_: object) -> None:
    """Remember a logout until there is a response."""
    # Django REST framework wraps the request.
    setattr(getattr(request, "_request", request), _LOGGED_OUT, True)


class _Cookies:
    """The cookies for a resource: whether a request has them, and how they get onto a response."""

    def __init__(
        self, chosen: ConfiguredDistribution, resource: str, terms: dict[str, Any], attributes: dict[str, Any]
    ) -> None:
        self._distribution, self._resource, self._attributes = chosen, resource, attributes
        self._terms = {word: value for word, value in terms.items() if value is not None}

    def are_fresh(self, request: HttpRequest) -> bool:
        sent = request.COOKIES
        fresh = self._distribution.is_fresh(sent, self._resource, self._terms.get("expires"))
        return fresh and bool(sent.get("CloudFront-Signature"))

    def were_sent(self, request: HttpRequest) -> bool:
        sent = {name: value for name, value in request.COOKIES.items() if name.startswith("CloudFront-")}
        try:
            policy = inspect(sent).policy if sent else None
        except ValueError:
            return False
        return policy is not None and policy.resource == self._distribution.resource(self._resource)

    def set_on(self, request: HttpRequest, response: HttpResponseBase) -> None:
        cookies = self._distribution.sign_cookies(self._resource, self._terms)
        left = max(0, (inspect(cookies).expires or 0) - int(time.time()))
        jar = cast(Any, response)
        self._distribution.delete_leftovers(jar, request.COOKIES, cookies, self._attributes)
        self._distribution.set_cookies(jar, cookies, {**self._attributes, "max_age": left})
        _keep_private(response)


class _Jar:
    """Deletes cookies of one name under several paths: a response of Django keeps one cookie for each name."""

    def __init__(self, response: HttpResponseBase) -> None:
        self._response = response

    def delete_cookie(self, key: str, path: str = "/", domain: str | None = None, samesite: str | None = None) -> None:
        spare = HttpResponse()
        spare.delete_cookie(key, path, domain, cast(Any, samesite))
        self._response.cookies[f"{key};{domain or ''};{path}"] = spare.cookies[key]


def _has_session(request: HttpRequest) -> bool:
    """Whether the request has come with a session, or started one."""
    session = getattr(request, "session", None)
    return settings.SESSION_COOKIE_NAME in request.COOKIES or (session is not None and session.modified)


def _clear_all(response: HttpResponseBase, signer: str) -> None:
    """Delete the cookies under each Domain and Path that they may have been set with."""
    for name, places in {(signer, ()), *_decorated}:
        clear_signed_cookies(response, signer=name, **dict(places))


def _keep_private(response: HttpResponseBase) -> None:
    """Keep a response with somebody's cookies out of shared caches."""
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ("Cookie",))

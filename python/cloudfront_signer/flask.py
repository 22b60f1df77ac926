"""Flask (extra ``[flask]``): signed URLs in views and templates, and signed cookies for logged-in users.

>>> import flask
>>> from cloudfront_signer import PrivateKey
>>> from cloudfront_signer.flask import CloudFront
>>> app = flask.Flask("shop")
>>> app.config["CLOUDFRONT_SIGNER_DOMAIN"] = "media.example.com"
>>> app.config["CLOUDFRONT_SIGNER_KEY_PAIR_ID"] = "K2JCJMDEHXQW5F"
>>> app.config["CLOUDFRONT_SIGNER_PRIVATE_KEY"] = PrivateKey.generate("ecdsa-p256")
>>> app.config["CLOUDFRONT_SIGNER_EXPIRES"] = "1h"
>>> cloudfront = CloudFront(app)
>>> with app.app_context():
...     flask.render_template_string("{{ 'videos/a b.mp4' | signed_url }}").split("?")[0]
'https://media.example.com/videos/a%20b.mp4'
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeAlias

from cloudfront_signer import CloudFrontSigner, SignedCookies
from cloudfront_signer._distribution import Distribution, keep_private
from cloudfront_signer._manifests import answer_manifest
from cloudfront_signer._settings import check_known, environment, missing_extra, read_settings

try:
    from flask import Flask, current_app, has_request_context, make_response, request
    from flask.typing import ResponseReturnValue
    from jinja2 import pass_context
    from jinja2.runtime import Context
    from werkzeug.wrappers import Response
except ModuleNotFoundError as _missing:
    raise missing_extra(_missing, __name__, "flask") from None

__all__ = ["CloudFront"]

_PREFIX = "CLOUDFRONT_SIGNER_"
_EXTENSION = "cloudfront_signer"
_P = ParamSpec("_P")
_View: TypeAlias = Callable[_P, Any]


class CloudFront:
    """A Flask extension that signs for one distribution.

    ``init_app`` reads the settings from the application's configuration; a setting that is not there is read from the
    environment variable of the same name. Required are ``CLOUDFRONT_SIGNER_KEY_PAIR_ID`` and
    ``CLOUDFRONT_SIGNER_PRIVATE_KEY``: a path, PEM, PEM in one line, base64 of PEM, an object that ``CloudFrontSigner``
    accepts, or one of ``cloudfront_signer.keys``, which may know the key pair id itself. Optional are:

    - ``CLOUDFRONT_SIGNER_DOMAIN``: the host name of the distribution.
    - ``CLOUDFRONT_SIGNER_BASE_URL``: where viewers fetch the content if that is not ``https://DOMAIN``, such as the
      address of a local edge.
    - ``CLOUDFRONT_SIGNER_PASSPHRASE``: what the private key was encrypted with.
    - ``CLOUDFRONT_SIGNER_HASH_ALGORITHM``: ``SHA1`` or ``SHA256``.
    - ``CLOUDFRONT_SIGNER_EXPIRES``: the default expiry: a ``timedelta``, a duration (seconds, ``30m``, ``2h``, ``7d``),
      or ISO 8601 with an offset.
    - ``CLOUDFRONT_SIGNER_ALIGN``: the grid that expiries are rounded up to, so that caches hold: a ``timedelta`` or a
      duration.
    - ``CLOUDFRONT_SIGNER_COOKIE_DOMAIN``, ``_COOKIE_PATH``, ``_COOKIE_SAMESITE`` (``Strict``, ``Lax``, ``None``) and
      ``_COOKIE_SECURE``: attributes of the cookies. The defaults are the host of the application, ``/``, no attribute,
      and true.

    Names of objects, such as ``videos/summer holiday.mp4``, are quoted and follow the base URL. A text that begins with
    ``https://`` or ``http://`` is a URL. Templates have ``signed_url`` as a filter and as a global, and the global
    ``signed_urls``.

    One extension object serves any number of applications. It holds no state: each application has its own
    signer.

    Args:
        app: The application to set up at once; None if ``init_app`` follows.

    Raises:
        CloudFrontSignerError: A setting is missing or not valid. The message begins with its name.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Read the settings of an application and set up its templates.

        Args:
            app: The application.

        Raises:
            CloudFrontSignerError: A setting is missing or not valid. The message begins with its name.
        """
        check_known([name for name in app.config if isinstance(name, str)], _PREFIX)

        def setting(word: str) -> Any:
            value = app.config.get(_PREFIX + word)
            return environment(_PREFIX + word) if value is None else value

        app.extensions[_EXTENSION] = Distribution(read_settings(setting, _PREFIX.__add__))
        app.jinja_env.filters["signed_url"] = _signed_url_filter
        app.jinja_env.globals["signed_url"] = self.signed_url
        app.jinja_env.globals["signed_urls"] = self.signed_urls

    @property
    def signer(self) -> CloudFrontSigner:
        """The signer of the current application."""
        return _distribution().signer

    def url(self, name: str) -> str:
        """Return the URL of an object without a signature, for viewers who have signed cookies.

        Args:
            name: The name of the object.

        Raises:
            InvalidUrlError: ``CLOUDFRONT_SIGNER_DOMAIN`` is not set.
        """
        return _distribution().url(name)

    def signed_url(self, name: str, **terms: Any) -> str:
        """Sign the URL of one object.

        Args:
            name: The name of the object, or its URL.
            terms: Keyword arguments of ``CloudFrontSigner.sign_url``. ``expires`` and ``align`` may be durations as
                text, such as ``"5m"``; ``resource`` may be a path pattern.

        Returns:
            The signed URL.

        Raises:
            CloudFrontSignerError: The name or a term is not valid.
        """
        return _distribution().sign_url(name, terms)

    def signed_urls(self, names: Iterable[str], **terms: Any) -> list[str]:
        """Sign the URLs of many objects in one batch, on all cores.

        Args:
            names: The names of the objects, or their URLs.
            terms: As for ``signed_url``.

        Returns:
            The signed URLs, in the same order.

        Raises:
            CloudFrontSignerError: A name or a term is not valid. Its ``index`` is the number of the name.
        """
        return _distribution().sign_urls(names, terms)

    def signed_manifest(
        self, name: str, *, resource: str, origin: str | None = None, hosts: Iterable[str] = (), **terms: Any
    ) -> Response:
        """Fetch the manifest of a stream, sign its URIs and return it as a response: what a view returns.

        Segments are then fetched from the distribution, with their signatures. Media playlists of HLS are fetched
        through the same view, which therefore takes the rest of the path: ``/watch/<path:name>``. Who may watch is for
        the view to decide.

        Args:
            name: The name of the manifest's object, such as ``films/1/index.m3u8``. Only manifests are fetched
                (``.m3u8``, ``.m3u``, ``.mpd``), and only from the distribution or ``origin``.
            resource: The objects to grant access to: a path pattern that ends in ``*``, such as ``/films/1/*``.
            origin: Where the manifest is fetched without a signature, such as ``http://packager.internal/out``. By
                default it is fetched from the distribution, with a signature.
            hosts: Further hosts whose URIs are signed.
            terms: Keyword arguments of ``CloudFrontSigner.grant``, as for ``signed_url``.

        Returns:
            The manifest, which browsers keep for a minute at most, and not at all if the stream is live. The response
            is 404 if the name is not that of a manifest, 403 or 404 if the origin says so, 504 if it does not respond
            in time, and 502 for everything else that it sends. The reason is logged.

        Raises:
            CloudFrontSignerError: A term is not valid, or the resource does not cover the manifest.
        """
        query = request.query_string.decode("latin-1")
        answer = answer_manifest(
            _distribution(), name, query, resource=resource, origin=origin, hosts=hosts, terms=terms
        )
        return Response(answer.body, answer.status, answer.headers)

    def set_signed_cookies(
        self,
        response: Response,
        resource: str,
        *,
        domain: str | None = None,
        path: str | None = None,
        max_age: Any = None,
        same_site: str | None = None,
        **terms: Any,
    ) -> SignedCookies:
        """Set signed cookies on a response, at login for example.

        Args:
            response: The response. It also receives ``Cache-Control: private`` if it has no Cache-Control.
            resource: The objects to grant access to: a path pattern such as ``/private/*``, or a URL with wildcards.
            domain: The Domain attribute. The default is ``CLOUDFRONT_SIGNER_COOKIE_DOMAIN``.
            path: The Path attribute. The default is ``CLOUDFRONT_SIGNER_COOKIE_PATH``, or ``/``.
            max_age: The Max-Age attribute, a ``timedelta`` or seconds; None keeps the cookies until the browser closes.
            same_site: The SameSite attribute. The default is ``CLOUDFRONT_SIGNER_COOKIE_SAMESITE``.
            terms: Keyword arguments of ``CloudFrontSigner.sign_cookies``, as for ``signed_url``.

        Returns:
            The cookies.

        Raises:
            CloudFrontSignerError: The resource, a term or an attribute is not valid. No cookie is set.
        """
        attributes = {"domain": domain, "path": path, "max_age": max_age, "same_site": same_site}
        cookies = _distribution().sign_cookies(resource, terms)
        _set(response, cookies, attributes)
        return cookies

    def clear_signed_cookies(
        self, response: Response, *, domain: str | None = None, path: str | None = None, same_site: str | None = None
    ) -> None:
        """Delete the signed cookies on a response, at logout.

        Args:
            response: The response.
            domain: The Domain attribute that the cookies were set with. The default is
                ``CLOUDFRONT_SIGNER_COOKIE_DOMAIN``.
            path: The Path attribute that the cookies were set with. The default is ``CLOUDFRONT_SIGNER_COOKIE_PATH``,
                or ``/``.
            same_site: The SameSite attribute. The default is ``CLOUDFRONT_SIGNER_COOKIE_SAMESITE``.

        Raises:
            InvalidCookieError: An attribute is not valid.
        """
        _distribution().clear_cookies(response, {"domain": domain, "path": path, "same_site": same_site})

    def signed_cookies(
        self,
        resource: str | Callable[[], str],
        *,
        expires: Any = None,
        domain: str | None = None,
        path: str | None = None,
        same_site: str | None = None,
    ) -> Callable[[_View[_P]], Callable[_P, ResponseReturnValue]]:
        """Decorate a view: viewers of its page receive signed cookies, and new ones before they run out.

        Cookies are set if the request has none for this resource and key, or if less than half of their time is left.
        They are set on responses with a 2xx status only: a redirect to the login page, or a refusal, grants nothing.
        Such a response has ``Vary: Cookie``, and ``Cache-Control: private`` if the view sets no Cache-Control.

        Args:
            resource: The objects to grant access to, as for ``set_signed_cookies``, or a function that returns it for
                the current request.
            expires: When access ends: as for ``CloudFrontSigner.sign_cookies``, or as text, such as ``"1h"``.
                The default is ``CLOUDFRONT_SIGNER_EXPIRES``.
            domain: The Domain attribute, as for ``set_signed_cookies``.
            path: The Path attribute.
            same_site: The SameSite attribute.

        Returns:
            The decorator. It goes below ``route`` and below the one that requires a login.
        """
        attributes = {"domain": domain, "path": path, "same_site": same_site}

        def decorate(view: _View[_P]) -> Callable[_P, ResponseReturnValue]:
            @wraps(view)
            def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
                response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
                if 200 <= response.status_code < 300:
                    pattern = resource if isinstance(resource, str) else resource()
                    _renew(response, pattern, expires, attributes)
                return response

            return wrapped

        return decorate


# With the context: without it, Jinja calls a filter of a constant only once, when it compiles the template.
@pass_context
def _signed_url_filter(_context: Context, name: str, **terms: Any) -> str:
    return _distribution().sign_url(name, terms)


def _distribution() -> Distribution:
    try:
        found: Distribution = current_app.extensions[_EXTENSION]
    except KeyError:
        message = f"this application has no CloudFront extension: call CloudFront.init_app({current_app.name})"
        raise RuntimeError(message) from None
    return found


def _renew(response: Response, pattern: str, expires: Any, attributes: Mapping[str, Any]) -> None:
    distribution = _distribution()
    response.vary.add("Cookie")
    if not distribution.is_fresh(request.cookies, pattern, expires):
        _set(response, distribution.sign_cookies(pattern, {"expires": expires}), attributes)


def _set(response: Response, cookies: SignedCookies, attributes: Mapping[str, Any]) -> None:
    distribution = _distribution()
    distribution.set_cookies(response, cookies, attributes)
    keep_private(response.headers)
    if has_request_context():
        distribution.delete_leftovers(response, request.cookies, cookies, attributes)

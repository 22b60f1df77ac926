"""Starlette and FastAPI (extra ``[starlette]``): a dependency that signs URLs and cookies.

>>> from typing import Annotated
>>> from fastapi import Depends, FastAPI
>>> from cloudfront_signer.starlette import CloudFront
>>> app, cloudfront = FastAPI(), CloudFront()
>>> @app.get("/videos/{name:path}")
... async def video(name: str, cloudfront: Annotated[CloudFront, Depends(cloudfront)]) -> dict[str, str]:
...     return {"url": cloudfront.signed_url(f"videos/{name}", expires="1h")}
"""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, Literal, Self

from cloudfront_signer import CloudFrontSigner, SignedCookies
from cloudfront_signer._distribution import Distribution, keep_private
from cloudfront_signer._manifests import answer_manifest
from cloudfront_signer._settings import check_known, environment, missing_extra, read_settings

try:
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.types import ASGIApp, Receive, Scope, Send
except ModuleNotFoundError as _missing:
    raise missing_extra(_missing, __name__, "starlette") from None

__all__ = ["CloudFront"]

_PREFIX = "CLOUDFRONT_SIGNER_"
_SameSite = Literal["Strict", "Lax", "None"]


class CloudFront:
    """Signs for one distribution; as a FastAPI dependency, ``Depends(cloudfront)``, it returns itself.

    The settings are those of ``cloudfront_signer.flask.CloudFront``. They are read once, when they are first needed; a
    dependency reads them in a thread. Call ``load`` when the application starts, so that a wrong setting stops it.

    Names of objects, such as ``videos/summer holiday.mp4``, are quoted and follow the base URL. A text that begins with
    ``https://`` or ``http://`` is a URL.

    Args:
        settings: A mapping of names such as ``CLOUDFRONT_SIGNER_DOMAIN`` to values. A setting that is not there is read
            from the environment variable of the same name.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._settings = settings or {}
        self._lock = Lock()
        self._loaded: Distribution | None = None

    async def __call__(self) -> Self:
        """Return the object, with its settings read: what ``Depends`` calls."""
        if self._loaded is None:
            # The private key may be in a file.
            await run_in_threadpool(self.load)
        return self

    def load(self) -> None:
        """Read the settings and the private key, unless that is done.

        Raises:
            CloudFrontSignerError: A setting is missing or not valid. The message begins with its name.
        """
        _ = self._distribution

    @property
    def signer(self) -> CloudFrontSigner:
        """The signer."""
        return self._distribution.signer

    def url(self, name: str) -> str:
        """Return the URL of an object without a signature, for viewers who have signed cookies.

        Args:
            name: The name of the object.

        Raises:
            InvalidUrlError: ``CLOUDFRONT_SIGNER_DOMAIN`` is not set.
        """
        return self._distribution.url(name)

    def signed_url(self, name: str, **terms: Any) -> str:
        """Sign the URL of one object.

        It takes less than a millisecond and may be called on the event loop, unless the private key is a callable that
        waits for a network: then use ``signed_urls``.

        Args:
            name: The name of the object, or its URL.
            terms: Keyword arguments of ``CloudFrontSigner.sign_url``. ``expires`` and ``align`` may be durations as
                text, such as ``"5m"``; ``resource`` may be a path pattern.

        Returns:
            The signed URL.

        Raises:
            CloudFrontSignerError: The name or a term is not valid.
        """
        return self._distribution.sign_url(name, terms)

    async def signed_urls(self, names: Iterable[str], **terms: Any) -> list[str]:
        """Sign the URLs of many objects in one batch, in a thread and on all cores. The event loop is not blocked.

        Args:
            names: The names of the objects, or their URLs.
            terms: As for ``signed_url``.

        Returns:
            The signed URLs, in the same order.

        Raises:
            CloudFrontSignerError: A name or a term is not valid. Its ``index`` is the number of the name.
        """
        return await run_in_threadpool(self._distribution.sign_urls, list(names), terms)

    async def signed_manifest(
        self,
        request: HTTPConnection,
        name: str,
        *,
        resource: str,
        origin: str | None = None,
        hosts: Iterable[str] = (),
        **terms: Any,
    ) -> Response:
        """Fetch the manifest of a stream and sign its URIs, in a thread, and return it as a response.

        The arguments, the response and the exceptions are those of ``cloudfront_signer.flask.CloudFront``'s
        ``signed_manifest``; a route such as ``/watch/{name:path}`` takes the media playlists, too.

        Args:
            request: The request, whose query may have the parameters of low-latency HLS.
            name: The name of the manifest's object, such as ``films/1/index.m3u8``.
            resource: The objects to grant access to, such as ``/films/1/*``.
            origin: Where the manifest is fetched without a signature; by default it is fetched from the distribution.
            hosts: Further hosts whose URIs are signed.
            terms: Keyword arguments of ``CloudFrontSigner.grant``, as for ``signed_url``.
        """

        def answer() -> Response:
            found = answer_manifest(
                self._distribution,
                name,
                request.url.query,
                resource=resource,
                origin=origin,
                hosts=hosts,
                terms=terms,
            )
            return Response(found.body, found.status, found.headers)

        return await run_in_threadpool(answer)

    def manifests(
        self, resource: str, *, origin: str | None = None, hosts: Iterable[str] = (), **terms: Any
    ) -> ASGIApp:
        """Return an ASGI application that sends signed manifests: the path that it is mounted at is followed by a name.

        It sends them to everybody who reaches it: put it behind what checks the viewer. The arguments are those of
        ``signed_manifest``.

        Examples:
            >>> from starlette.routing import Mount
            >>> cloudfront = CloudFront()
            >>> route = Mount("/watch", app=cloudfront.manifests("/films/*", expires="2h"))
        """

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                raise RuntimeError(f"manifests are sent over HTTP, not {scope['type']}")
            if scope["method"] not in ("GET", "HEAD"):
                response: Response = PlainTextResponse("405: expected GET\n", 405, {"Allow": "GET, HEAD"})
            else:
                name = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/")
                response = await self.signed_manifest(
                    Request(scope), name, resource=resource, origin=origin, hosts=hosts, **terms
                )
            await response(scope, receive, send)

        return handle

    def set_signed_cookies(
        self,
        response: Response,
        resource: str,
        *,
        request: HTTPConnection | None = None,
        domain: str | None = None,
        path: str | None = None,
        max_age: Any = None,
        same_site: _SameSite | None = None,
        **terms: Any,
    ) -> SignedCookies:
        """Set signed cookies on a response, at login for example.

        Args:
            response: The response. It also receives ``Cache-Control: private`` if it has no Cache-Control.
            resource: The objects to grant access to: a path pattern such as ``/private/*``, or a URL with wildcards.
            request: The request. If it is given, those of its cookies that would spoil the new ones are deleted.
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
        cookies = self._distribution.sign_cookies(resource, terms)
        self._distribution.set_cookies(response, cookies, attributes)
        keep_private(response.headers)
        if request is not None:
            self._distribution.delete_leftovers(response, request.cookies, cookies, attributes)
        return cookies

    def clear_signed_cookies(
        self,
        response: Response,
        *,
        domain: str | None = None,
        path: str | None = None,
        same_site: _SameSite | None = None,
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
        self._distribution.clear_cookies(response, {"domain": domain, "path": path, "same_site": same_site})

    @property
    def _distribution(self) -> Distribution:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    check_known(list(self._settings), _PREFIX)
                    self._loaded = Distribution(read_settings(self._setting, _PREFIX.__add__))
        return self._loaded

    def _setting(self, word: str) -> Any:
        value = self._settings.get(_PREFIX + word)
        return environment(_PREFIX + word) if value is None else value

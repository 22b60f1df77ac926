"""The edge as an ASGI application: which behaviour a path has, whether a request is let in, and what it is answered."""

import re
from collections.abc import Mapping
from time import perf_counter
from xml.sax.saxutils import escape

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudfront_signer import Decision, PublicKey, Verifier
from cloudfront_signer.edge.configuration import Behavior, Configuration
from cloudfront_signer.edge.log import Line, Log, shortened
from cloudfront_signer.edge.origin import Origin, open_origin, without_signing_parameters

REASON_HEADER = "X-Signer-Reason"


class Edge:
    """An ASGI application that behaves as a distribution does for private content."""

    def __init__(self, configuration: Configuration, log: Log | None = None) -> None:
        self._configuration = configuration
        self._log = log or Log()
        self._origins: dict[str, Origin] = {}
        for behavior in configuration.behaviors:
            if behavior.origin not in self._origins:
                self._origins[behavior.origin] = open_origin(behavior.origin, configuration)
        self._routes = [_Route(behavior, self._origins[behavior.origin]) for behavior in configuration.behaviors]
        self._app: ASGIApp = self._handle
        if configuration.cors_origins:
            self._app = CORSMiddleware(
                self._handle,
                allow_origins=configuration.cors_origins,
                allow_methods=["GET", "HEAD"],
                allow_headers=["*"],
                allow_credentials="*" not in configuration.cors_origins,
                expose_headers=["Content-Range", "ETag", REASON_HEADER],
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await _live(self, receive, send)
        elif scope["type"] == "http":
            await self._logged(scope, receive, send)

    async def close(self) -> None:
        """Give up every origin's connections."""
        for origin in self._origins.values():
            await origin.close()

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"]
        if self._configuration.default_root_object and path == b"/":
            path = f"/{self._configuration.default_root_object}".encode()
            request.scope["path"] = path.decode()
        route = next((route for route in self._routes if route.matches(path)), None)
        if route is None:
            return PlainTextResponse("404: no behaviour has a pattern for this path\n", 404)
        if route.verifier is not None:
            decision = self._decide(route.verifier, request)
            if not decision:
                request.scope["signer.reason"] = decision.reason
                return _denied(decision, strict=self._configuration.strict)
        if request.method not in route.behavior.methods:
            # The distribution's own answer to a method that its behaviour does not allow is 403, not 405.
            return PlainTextResponse("403: this behaviour does not allow the method\n", 403)
        query = without_signing_parameters(request.scope["query_string"])
        return await route.origin.answer(request, path, query)

    def _decide(self, verifier: Verifier, request: Request) -> Decision:
        # More than one Cookie header is one header to HTTP/1.1's readers.
        cookies = "; ".join(request.headers.getlist("cookie"))
        viewer = self._configuration.viewer_ip or _viewer(request.scope)
        return verifier.check(self._url(request.scope), cookies=cookies, ip_address=viewer)

    def _url(self, scope: Scope) -> str:
        """The URL as it was sent, to the name that the edge goes by."""
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        own = f"{scope['scheme']}://{Request(scope).headers.get('host', 'localhost')}"
        return f"{self._configuration.pretend or own}{path}" + (f"?{query}" if query else "")

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, status, sent = perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                # CORSMiddleware and origins set their own; the edge's name is for people who look.
                MutableHeaders(raw=message["headers"]).setdefault("Server", "cloudfront-signer edge (development)")
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except ClientDisconnect:
            pass
        finally:
            reason = scope.get("signer.reason")
            url = shortened(self._url(scope))
            viewer = _viewer(scope) or "unknown"
            self._log.write(Line(scope["method"], url, status, sent, perf_counter() - start, viewer, reason))


class _Route:
    """A behaviour, ready for requests."""

    def __init__(self, behavior: Behavior, origin: Origin) -> None:
        self.behavior, self.origin = behavior, origin
        self.verifier = _verifier(behavior.public_keys)
        self._pattern = _compile(behavior.path_pattern)

    def matches(self, path: bytes) -> bool:
        return self._pattern.fullmatch(path.decode("latin-1")) is not None


def _verifier(keys: Mapping[str, PublicKey] | None) -> Verifier | None:
    return None if keys is None else Verifier(keys)


def _compile(pattern: str) -> re.Pattern[str]:
    """CloudFront's path patterns: case-sensitive, ``*`` and ``?``, with or without the first slash.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
    """
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    pattern = re.sub(r"\*+", "*", pattern)
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(symbol) or re.escape(symbol) for symbol in pattern), re.DOTALL)


def _denied(decision: Decision, *, strict: bool) -> Response:
    """The edge's XML, and the reason for whoever develops."""
    code, message = escape(decision.code or ""), escape(decision.message or "")
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    response = Response(body, decision.status, media_type="text/xml")
    response.headers["content-type"] = "text/xml"
    if not strict and decision.reason:
        response.headers[REASON_HEADER] = decision.reason.encode("ascii", "backslashreplace").decode()
    return response


def _viewer(scope: Scope) -> str | None:
    return scope["client"][0] if scope.get("client") else None


async def _live(edge: Edge, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await edge.close()
            await send({"type": "lifespan.shutdown.complete"})
            return

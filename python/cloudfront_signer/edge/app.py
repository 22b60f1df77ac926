"""The edge as an ASGI application: which behaviour a path has, whether a request is let in, and what it is answered."""

from collections.abc import Mapping
from email.utils import formatdate
from time import perf_counter
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudfront_signer import Decision, PublicKey, Verifier
from cloudfront_signer._native import PathPattern
from cloudfront_signer.edge import paths, s3_errors, viewer_request
from cloudfront_signer.edge.configuration import Behavior, Configuration
from cloudfront_signer.edge.cors import Cors
from cloudfront_signer.edge.log import Line, Log, on_one_line, shortened
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
            expose = ["Content-Range", "ETag", REASON_HEADER]
            self._app = Cors(self._handle, configuration.cors_origins, expose, self._is_let_in)

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
        scope = request.scope
        path = self._path(scope)
        route = self._route(path)
        if route is None:
            return PlainTextResponse("404: no behaviour has a pattern for this path\n", 404)
        decision = self._decide(route, scope)
        if decision is not None and not decision:
            scope["signer.reason"] = decision.reason
            return _denied(decision, strict=self._configuration.strict)
        if request.method not in route.behavior.methods:
            # The distribution's own answer to a method that its behaviour does not allow is 403, not 405.
            return PlainTextResponse("403: this behaviour does not allow the method\n", 403)
        if evaded := self._evaded(route, *paths.lenient_readings(path)):
            pattern = evaded.behavior.path_pattern
            scope["signer.warning"] = f"an origin that merges // or decodes escapes serves what {pattern} has signed"
        if route.origin.names_objects and self._evaded(route, paths.object_name(path)):
            return s3_errors.access_denied()
        query = without_signing_parameters(scope["query_string"])
        return await route.origin.answer(request, path, query)

    def _path(self, scope: Scope) -> bytes:
        """The path that behaviours are matched with and origins are asked for."""
        path = paths.normalized(scope["raw_path"])
        root = self._configuration.default_root_object
        return f"/{quote(root)}".encode() if root and path == b"/" else path

    def _route(self, path: bytes) -> "_Route | None":
        return next((route for route in self._routes if route.pattern.matches(path)), None)

    def _evaded(self, route: "_Route", *readings: bytes) -> "_Route | None":
        """The signed behaviour that a request gets around with an origin that reads its path in another way."""
        for other in map(self._route, readings):
            if other is not None and other.behavior.public_keys not in (None, route.behavior.public_keys):
                return other
        return None

    def _is_let_in(self, scope: Scope) -> bool:
        route = self._route(self._path(scope))
        decision = None if route is None else self._decide(route, scope)
        return decision is None or decision.allowed

    def _decide(self, route: "_Route", scope: Scope) -> Decision | None:
        """The decision over the request as it was sent; None where no signature is needed."""
        if route.verifier is None:
            return None
        # More than one Cookie header is one header to HTTP/1.1's readers.
        cookies = "; ".join(Headers(scope=scope).getlist("cookie"))
        viewer = self._configuration.viewer_ip or _viewer(scope)
        sent = scope["raw_path"]
        decision = route.verifier.check(self._url(scope, sent), cookies=cookies, ip_address=viewer)
        resolved = paths.without_dot_segments(sent)
        if decision and resolved != sent and not _names(decision, scope):
            return route.verifier.check(self._url(scope, resolved), cookies=cookies, ip_address=viewer)
        return decision

    def _url(self, scope: Scope, path: bytes) -> str:
        """The URL of a path, with the query that was sent, to the name that the edge goes by."""
        query = scope["query_string"].decode("latin-1")
        own = f"{scope['scheme']}://{Headers(scope=scope).get('host', 'localhost')}"
        return f"{self._configuration.pretend or own}{path.decode('latin-1')}" + (f"?{query}" if query else "")

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, status, sent = perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                # CORSMiddleware and origins set their own; the edge's name is for people who look.
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("Server", "cloudfront-signer edge (development)")
                # An origin's date is passed on, so that there is one.
                headers.setdefault("Date", formatdate(usegmt=True))
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            if problem := viewer_request.problem(scope):
                scope["signer.reason"] = problem
                # What follows on this connection may be a part of this request.
                refusal = PlainTextResponse(f"400: {problem}\n", 400, {"Connection": "close"})
                await refusal(scope, receive, counted)
            else:
                await self._app(scope, receive, counted)
        except ClientDisconnect:
            pass
        finally:
            self._log.write(
                Line(
                    method=scope["method"],
                    url=shortened(self._url(scope, scope["raw_path"])),
                    status=status,
                    sent=sent,
                    seconds=perf_counter() - start,
                    viewer=_viewer(scope) or "unknown",
                    reason=scope.get("signer.reason"),
                    warning=scope.get("signer.warning"),
                )
            )


class _Route:
    """A behaviour, ready for requests."""

    def __init__(self, behavior: Behavior, origin: Origin) -> None:
        self.behavior, self.origin = behavior, origin
        self.verifier = _verifier(behavior.public_keys)
        self.pattern = PathPattern(behavior.path_pattern)


def _verifier(keys: Mapping[str, PublicKey] | None) -> Verifier | None:
    return None if keys is None else Verifier(keys)


def _denied(decision: Decision, *, strict: bool) -> Response:
    """The edge's XML, and the reason for whoever develops."""
    code, message = escape(decision.code or ""), escape(decision.message or "")
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    response = Response(body, decision.status, media_type="text/xml")
    response.headers["content-type"] = "text/xml"
    if not strict and decision.reason:
        # It quotes what was sent, and a policy may hold a line end: that would be a header of its own.
        reason = on_one_line(decision.reason).encode("ascii", "backslashreplace").decode()
        response.headers[REASON_HEADER] = reason.strip()
    return response


def _names(decision: Decision, scope: Scope) -> bool:
    """Whether who signed has named the very URL that was sent, dot segments and all."""
    query = without_signing_parameters(scope["query_string"])
    target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
    return decision.policy is not None and (decision.policy.resource or "").endswith(target)


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

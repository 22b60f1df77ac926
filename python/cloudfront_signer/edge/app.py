"""The edge as an ASGI application: it composes the layers and answers each request."""

from contextlib import suppress
from xml.sax.saxutils import escape

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cloudfront_signer import Decision
from cloudfront_signer.edge import manifests, paths, s3_errors, viewer_request
from cloudfront_signer.edge.configuration import Configuration
from cloudfront_signer.edge.cors import Cors
from cloudfront_signer.edge.default_headers import DefaultHeaders
from cloudfront_signer.edge.exchange import Exchange
from cloudfront_signer.edge.log import Log, RequestLog, on_one_line
from cloudfront_signer.edge.origin import Origin
from cloudfront_signer.edge.origins import open_origin
from cloudfront_signer.edge.query import without_signing_parameters
from cloudfront_signer.edge.routes import Routes

_REASON_HEADER = "X-Signer-Reason"
_EXPOSED_HEADERS = ("Content-Range", "ETag", _REASON_HEADER)


class Edge:
    """An ASGI application that behaves like a distribution with private content.

    ``log`` defaults to text on standard error. Raises CloudFrontSignerError if an origin is invalid.
    """

    def __init__(self, configuration: Configuration, log: Log | None = None) -> None:
        self._configuration = configuration
        self._origins: dict[str, Origin] = {}
        for behavior in configuration.behaviors:
            if behavior.origin not in self._origins:
                self._origins[behavior.origin] = open_origin(behavior.origin, configuration)
        self._routes = Routes(configuration.behaviors, self._origins, configuration.default_root_object)
        self._decided: ASGIApp = self._respond
        if configuration.cors_origins:
            self._decided = Cors(self._decided, configuration.cors_origins, _EXPOSED_HEADERS)
        self._app = RequestLog(DefaultHeaders(self._decide), log or Log())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the server's startup and shutdown."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            Exchange(viewer_request.read(scope, self._configuration.pretend)).attach(scope)
            await self._app(scope, receive, send)

    async def close(self) -> None:
        """Close the connections of all origins."""
        for origin in self._origins.values():
            await origin.close()

    async def _decide(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an invalid request; choose the behaviour of a valid one and check its signature."""
        exchange = Exchange.of(scope)
        request = exchange.request
        if request.problem is not None:
            exchange.reason = request.problem
            # The rest of the connection may be part of this request.
            refusal = PlainTextResponse(f"400: {request.problem}\n", 400, {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        exchange.path = self._routes.path_of(request)
        exchange.route = self._routes.match(exchange.path)
        if exchange.route is not None:
            viewer_ip = self._configuration.viewer_ip or request.peer
            exchange.decision = exchange.route.decide(request, viewer_ip)
        if exchange.decision is not None and exchange.is_denied:
            exchange.reason = exchange.decision.reason
        await self._decided(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            response = await self._response(Request(scope, receive), Exchange.of(scope))
            await response(scope, receive, send)

    async def _response(self, request: Request, exchange: Exchange) -> Response:
        route, path = exchange.route, exchange.path
        if route is None:
            return PlainTextResponse("404: no behaviour has a pattern for this path\n", 404)
        if exchange.decision is not None and exchange.is_denied:
            return _denied(exchange.decision, None if self._configuration.strict else exchange.reason)
        if request.method not in route.behavior.methods:
            # CloudFront answers 403, not 405, to a method that the behaviour does not allow.
            return PlainTextResponse("403: this behaviour does not allow the method\n", 403)
        if evaded := self._routes.evaded(route, *paths.lenient_readings(path)):
            pattern = evaded.behavior.path_pattern
            exchange.warning = f"an origin that merges // or decodes escapes serves signed content of {pattern}"
        if route.origin.names_objects and self._routes.evaded(route, paths.object_name(path)):
            return s3_errors.access_denied()
        query = without_signing_parameters(exchange.request.query)
        if self._configuration.sign_manifests and manifests.are_signed_for(exchange):
            return await manifests.answer(route.origin, request, exchange, query)
        return await route.origin.answer(request, path, query)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _denied(decision: Decision, reason: str | None) -> Response:
    """CloudFront's XML, with the reason in a header if there is one."""
    code, message = escape(decision.code or ""), escape(decision.message or "")
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    response = Response(body, decision.status, media_type="text/xml")
    # Without the charset that Starlette appends.
    response.headers["content-type"] = "text/xml"
    if reason:
        # It quotes the request, and a policy may contain a line end, which would start another header.
        response.headers[_REASON_HEADER] = on_one_line(reason).encode("ascii", "backslashreplace").decode().strip()
    return response

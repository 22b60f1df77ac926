"""Signs manifests on their way from the origin, with the parameters that the viewer has sent.

CloudFront does not do this by itself: it is what a function at the edge, or the application that sends the manifest,
does in production. A viewer with cookies needs none of it, and receives the manifest unchanged.
"""

from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from cloudfront_signer import CloudFrontSignerError, Grant, _manifests
from cloudfront_signer.edge.exchange import Exchange
from cloudfront_signer.edge.headers import Header
from cloudfront_signer.edge.origin import Origin
from cloudfront_signer.manifest import sign_dash, sign_hls

_SIGN = {"hls": sign_hls, "dash": sign_dash}

# What would have the origin send a part of the manifest, or none, or another coding.
_NOT_FORWARDED = frozenset(
    {
        b"accept-encoding",
        b"range",
        b"if-range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
    }
)
# They describe what the origin has sent.
_NOT_RETURNED = ("accept-ranges", "content-length", "etag", "last-modified")


def are_signed_for(exchange: Exchange) -> bool:
    """Whether a request is for a manifest, and was allowed by the signature in its URL."""
    by_url = exchange.decision is not None and exchange.decision.allowed and exchange.decision.via == "url"
    return by_url and _kind(exchange) is not None


async def answer(origin: Origin, request: Request, exchange: Exchange, query: bytes) -> Response:
    """Answer a request for a manifest, whose URIs receive the viewer's signature.

    A manifest that cannot be signed is returned unchanged, and ``exchange.warning`` says why.
    """
    request.scope["headers"] = _forwarded(request.scope["headers"])
    received = _Received()
    response = await origin.answer(request, exchange.path, query)
    try:
        await response(request.scope, request.receive, received.send)
    except _manifests.UnavailableError as problem:
        return PlainTextResponse(f"{problem.status}: {problem}\n", problem.status)
    if received.status == 200 and request.method == "GET":
        try:
            received.sign(await run_in_threadpool(_signed, received, exchange))
        except (CloudFrontSignerError, _manifests.UnavailableError) as error:
            exchange.warning = f"the manifest is not signed: {error}"
    return received.response(has_body=request.method != "HEAD")


def _signed(received: "_Received", exchange: Exchange) -> bytes:
    url, kind = exchange.request.url, _kind(exchange)
    assert kind is not None
    coding = MutableHeaders(raw=received.headers).get("content-encoding")
    manifest = _manifests.uncompressed(bytes(received.body), coding)
    return _SIGN[kind](manifest, base_url=url, grant=Grant.from_url(url))


def _kind(exchange: Exchange) -> _manifests.Kind | None:
    return _manifests.kind_of(exchange.path.decode("latin-1"))


def _forwarded(headers: list[Header]) -> list[Header]:
    return [(name, value) for name, value in headers if name not in _NOT_FORWARDED]


@dataclass(slots=True)
class _Received:
    """The response of an origin, which otherwise would be on its way to the viewer."""

    status: int = 0
    headers: list[Header] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if len(self.body) > _manifests.LARGEST:
                raise _manifests.too_large()

    def sign(self, signed: bytes) -> None:
        """Replace the body."""
        self.body = bytearray(signed)
        # It is not compressed.
        del MutableHeaders(raw=self.headers)["content-encoding"]

    def response(self, *, has_body: bool) -> Response:
        """Return the response; to HEAD, the length of the signed body is not known."""
        response = Response(bytes(self.body), self.status)
        response.raw_headers = self.headers
        headers = MutableHeaders(raw=self.headers)
        for name in _NOT_RETURNED:
            del headers[name]
        if has_body:
            headers["content-length"] = str(len(self.body))
        return response

"""Signs manifests on their way from the origin, with the parameters that the viewer has sent.

CloudFront does not do this by itself: it is what a function at the edge, or the application that sends the manifest,
does in production. A viewer with cookies needs none of it, and receives the manifest unchanged.
"""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from cloudfront_signer import CloudFrontSignerError, Grant
from cloudfront_signer.edge.exchange import Exchange
from cloudfront_signer.edge.headers import Header
from cloudfront_signer.edge.origin import Origin
from cloudfront_signer.manifest import sign_dash, sign_hls

_SIGN = {".m3u8": sign_hls, ".m3u": sign_hls, ".mpd": sign_dash}

# A playlist of 24 hours in segments of two seconds has 2 MB.
_LARGEST = 16 << 20

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
    return by_url and _suffix(exchange.path) in _SIGN


async def answer(origin: Origin, request: Request, exchange: Exchange, query: bytes) -> Response:
    """Answer a request for a manifest, whose URIs receive the viewer's signature.

    A manifest that cannot be signed is returned unchanged, and ``exchange.warning`` says why.
    """
    request.scope["headers"] = _forwarded(request.scope["headers"])
    received = _Received()
    response = await origin.answer(request, exchange.path, query)
    try:
        await response(request.scope, request.receive, received.send)
    except _TooLarge:
        return PlainTextResponse(f"502: the manifest is larger than {_LARGEST >> 20} MiB\n", 502)
    if received.status == 200 and request.method == "GET":
        try:
            received.body = await run_in_threadpool(_signed, bytes(received.body), exchange)
        except CloudFrontSignerError as error:
            exchange.warning = f"the manifest is not signed: {error}"
    return received.response()


def _signed(manifest: bytes, exchange: Exchange) -> bytearray:
    url = exchange.request.url
    return bytearray(_SIGN[_suffix(exchange.path)](manifest, base_url=url, grant=Grant.from_url(url)))


def _suffix(path: bytes) -> str:
    return PurePosixPath(path.decode("latin-1")).suffix.lower()


def _forwarded(headers: list[Header]) -> list[Header]:
    return [(name, value) for name, value in headers if name not in _NOT_FORWARDED]


class _TooLarge(Exception):
    """More is not kept in memory."""


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
            if len(self.body) > _LARGEST:
                raise _TooLarge

    def response(self) -> Response:
        response = Response(bytes(self.body), self.status)
        response.raw_headers = self.headers
        headers = MutableHeaders(raw=self.headers)
        for name in _NOT_RETURNED:
            del headers[name]
        headers["content-length"] = str(len(self.body))
        return response

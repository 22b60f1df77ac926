"""An HTTP server as an origin: the very bytes of path and query, streamed both ways."""

from collections.abc import AsyncIterator

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.origin import Header, forwarded_headers, returned_headers


class RemoteOrigin:
    """Relays to ``http(s)://host[:port][/prefix]``."""

    def __init__(self, base: str, *, timeout: float) -> None:
        try:
            self._base = httpx.URL(base.rstrip("/"))
        except httpx.InvalidURL as error:
            raise CloudFrontSignerError(f"origin '{excerpt(base)}': {excerpt(str(error), base)}") from None
        if not self._base.host:
            raise CloudFrontSignerError(f"origin '{excerpt(base)}' has no host")
        self._client = open_client(timeout)

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """The origin's answer; 502 where it cannot be reached, 504 where it does not answer in time."""
        target = self._base.raw_path.rstrip(b"/") + path + (b"?" + query if query else b"")
        headers = [(b"host", self._base.netloc), *forwarded_headers(request.headers.raw)]
        return await relay(self._client, request, self._base, target, headers)

    async def close(self) -> None:
        """Close the connections to the origin."""
        await self._client.aclose()


def open_client(timeout: float) -> httpx.AsyncClient:
    """A client that adds nothing of its own, follows no redirects and uses no proxies of the environment."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    return httpx.AsyncClient(timeout=httpx.Timeout(timeout), limits=limits, trust_env=False)


async def relay(
    client: httpx.AsyncClient, request: Request, base: httpx.URL, target: bytes, headers: list[Header]
) -> Response:
    """Send a request on, and its answer back, as they come in."""
    has_body = any(key in {b"content-length", b"transfer-encoding"} for key, _ in request.headers.raw)
    sent = httpx.Request(
        request.method,
        base,
        headers=headers,
        content=request.stream() if has_body else None,
        # The path as it was sent: a client that spells it otherwise would ask for another object.
        extensions={"target": target, "timeout": client.timeout.as_dict()},
    )
    try:
        answer = await client.send(sent, stream=True)
    except httpx.TimeoutException:
        return PlainTextResponse("504: the origin did not answer in time\n", 504)
    except httpx.TransportError as error:
        return PlainTextResponse(f"502: the origin cannot be reached ({type(error).__name__})\n", 502)
    return _Relayed(answer)


class _Relayed(StreamingResponse):
    """An origin's answer; its connection is given back however the viewer's ends."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(_chunks(answer), answer.status_code)
        self.raw_headers = returned_headers(answer.headers.raw)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except httpx.TransportError:
            # The answer has begun, so its status cannot be changed: it ends here, short, and the viewer sees that.
            return
        finally:
            with anyio.CancelScope(shield=True):
                await self._answer.aclose()


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_raw():
        yield chunk

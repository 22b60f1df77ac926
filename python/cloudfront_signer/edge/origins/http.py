"""An HTTP server as an origin: the very bytes of path and query, streamed both ways."""

from collections.abc import AsyncIterator

import anyio
import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.origin import Header, forwarded_headers, returned_headers

# RFC 9110, section 15: there are five classes, and those that are not final httpx does not give.
_STATUSES = range(200, 600)


class HttpOrigin:
    """Relays to ``http(s)://host[:port][/prefix]``."""

    # A server may merge `//`, decode `%2F`, and resolve what comes of it.
    names_objects = False

    def __init__(self, base: str, *, timeout: float) -> None:
        try:
            self._base = httpx.URL(base.rstrip("/"))
        except httpx.InvalidURL as error:
            raise CloudFrontSignerError(f"origin '{excerpt(base)}': {excerpt(str(error), base)}") from None
        if not self._base.host:
            raise CloudFrontSignerError(f"origin '{excerpt(base)}' has no host")
        if self._base.userinfo or self._base.query or self._base.fragment:
            # Without the text itself: it may hold a password.
            raise CloudFrontSignerError(
                f"origin at {self._base.host}: expected a host, a port and a path, nothing else"
            )
        if not 0 < (self._base.port or 80) <= 65_535:
            raise CloudFrontSignerError(f"origin '{excerpt(base)}': there is no port {self._base.port}")
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
    """Send a request on, and its answer back, as they come in; raises ClientDisconnect if the viewer has gone."""
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
        answer = await client.send(sent, stream=True) if has_body else await _unless_gone(client, sent, request)
    except httpx.TimeoutException:
        return PlainTextResponse("504: the origin did not answer in time\n", 504)
    except httpx.TransportError as error:
        return PlainTextResponse(f"502: the origin cannot be reached ({type(error).__name__})\n", 502)
    if answer.status_code not in _STATUSES:
        await answer.aclose()
        return PlainTextResponse(f"502: the origin answered with the status {answer.status_code}\n", 502)
    return _Relayed(answer)


async def _unless_gone(client: httpx.AsyncClient, sent: httpx.Request, request: Request) -> httpx.Response:
    """Wait for the origin for as long as the viewer waits.

    For requests without a body: whoever reads a body learns from it that the viewer has gone.
    """
    answer: httpx.Response | None = None
    problem: httpx.TransportError | None = None

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            answer = await client.send(sent, stream=True)
        except httpx.TransportError as error:
            # Raised after the group, which would wrap it.
            problem = error
        group.cancel_scope.cancel()
    if problem is not None:
        raise problem
    if answer is None:
        raise ClientDisconnect
    return answer


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

"""Relays a request to an HTTP server and streams both bodies."""

from collections.abc import AsyncIterator

import anyio
import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from cloudfront_signer.edge.headers import Header, returned_headers

# The final statuses of RFC 9110, section 15. httpx handles the interim ones itself.
_STATUSES = range(200, 600)


def open_client(timeout: float) -> httpx.AsyncClient:
    """Open a client without redirects and without the proxies of the environment; ``timeout`` is in seconds."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    return httpx.AsyncClient(timeout=httpx.Timeout(timeout), limits=limits, trust_env=False)


async def relay(
    client: httpx.AsyncClient, request: Request, base: httpx.URL, target: bytes, headers: list[Header]
) -> Response:
    """Relay a request with exactly these headers to ``target``, a path with a query, at ``base``.

    The response is 502 if the origin is unreachable or its status invalid, and 504 if it does not respond in time.
    Raises ClientDisconnect if the viewer disconnects.
    """
    has_body = any(key in {b"content-length", b"transfer-encoding"} for key, _ in request.headers.raw)
    sent = httpx.Request(
        request.method,
        base,
        headers=headers,
        content=request.stream() if has_body else None,
        # The exact bytes of the target: httpx would normalise a URL, which may name another object.
        extensions={"target": target, "timeout": client.timeout.as_dict()},
    )
    try:
        answer = await client.send(sent, stream=True) if has_body else await _send_or_cancel(client, sent, request)
    except httpx.TimeoutException:
        return PlainTextResponse("504: the origin did not respond in time\n", 504)
    except httpx.TransportError as error:
        return PlainTextResponse(f"502: the origin cannot be reached ({type(error).__name__})\n", 502)
    if answer.status_code not in _STATUSES:
        await answer.aclose()
        return PlainTextResponse(f"502: the origin returned the invalid status {answer.status_code}\n", 502)
    return _Relayed(answer)


async def _send_or_cancel(client: httpx.AsyncClient, sent: httpx.Request, request: Request) -> httpx.Response:
    """Send a request without a body, and cancel it if the viewer disconnects.

    With a body this is not needed: reading the body reports the disconnect.
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
            # Raised after the group, which would wrap it in an exception group.
            problem = error
        group.cancel_scope.cancel()
    if problem is not None:
        raise problem
    if answer is None:
        raise ClientDisconnect
    return answer


class _Relayed(StreamingResponse):
    """An origin's response. Its connection is released however the viewer's connection ends."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(_chunks(answer), answer.status_code)
        self.raw_headers = returned_headers(answer.headers.raw)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except httpx.TransportError:
            # The status is already sent. The body ends early, which the viewer detects.
            return
        finally:
            with anyio.CancelScope(shield=True):
                await self._answer.aclose()


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_raw():
        yield chunk

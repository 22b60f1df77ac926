"""An HTTP server as an origin: it receives the exact bytes of path and query."""

import httpx
from starlette.requests import Request
from starlette.responses import Response

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.headers import forwarded_headers
from cloudfront_signer.edge.relay import open_client, relay


class HttpOrigin:
    """Relays requests to ``http(s)://host[:port][/prefix]``; ``timeout`` is in seconds."""

    # A server may merge `//`, decode `%2F` and resolve the result.
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
            raise CloudFrontSignerError(f"origin '{excerpt(base)}': no port {self._base.port}, expected 1 to 65535")
        self._client = open_client(timeout)

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """Relay a request; the response is 502 if the origin is unreachable, 504 if it does not respond in time."""
        target = self._base.raw_path.rstrip(b"/") + path + (b"?" + query if query else b"")
        headers = [(b"host", self._base.netloc), *forwarded_headers(request.headers.raw)]
        return await relay(self._client, request, self._base, target, headers)

    async def close(self) -> None:
        """Close all connections to the origin."""
        await self._client.aclose()

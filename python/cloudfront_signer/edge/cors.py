"""Cross-origin requests, answered as a response headers policy with CORS answers them.

A browser sends its preflight (`OPTIONS`) without cookies. On a signed behaviour:

- The preflight of a signed URL carries the signature and is answered here, as by a bucket with a CORS configuration.
- The preflight of a request with signed cookies carries no signature and is refused with 403, like any unsigned
  request. The response has CORS headers, so that the browser's console shows the status. CloudFront checks the
  signature of every method (infer: the documentation names no exception for `OPTIONS`; seen: dash.js#1326), and a
  response headers policy adds headers to responses but does not create responses (doc). If the edge answered such
  preflights, a page would work here and fail behind CloudFront.

To avoid preflights, use GET with cookies and no header other than a single `Range`. On an open behaviour every
preflight is answered. Without `cors_origins`, an allowed preflight is sent to the origin.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from cloudfront_signer.edge.exchange import Exchange


class Cors(CORSMiddleware):
    """ASGI middleware that adds CORS headers to responses and answers preflights, except those that are denied."""

    def __init__(self, app: ASGIApp, origins: Sequence[str], expose: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            expose_headers=expose,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "origin" in headers and Exchange.of(scope).is_denied:
            await self.simple_response(scope, receive, send, request_headers=headers)
        else:
            await super().__call__(scope, receive, send)

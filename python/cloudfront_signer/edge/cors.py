"""Cross-origin requests, as a response headers policy with CORS has them answered: one place for preflights.

A browser sends its preflight (`OPTIONS`) without cookies. On a signed behaviour

- the preflight of a signed URL carries the signature, and is answered here, as a bucket with a CORS configuration
  would answer it;
- the preflight of a request that is signed by cookies carries nothing, and gets 403 like any unsigned request, with the
  CORS headers, so that the browser's console shows the status. CloudFront checks the signature of every method (infer:
  the guide names no exception for `OPTIONS`; seen: dash.js#1326), and a response headers policy adds headers to
  answers, it makes no answer of its own (doc). Were the edge kinder, a page would work here and fail behind CloudFront.

The cure is to need no preflight: GET with cookies and a single `Range` needs none, a header of one's own does. On an
open behaviour every preflight is answered. Without `cors_origins` a preflight that is let in goes on to the origin.
"""

from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Cors(CORSMiddleware):
    """Adds the headers, and answers the preflights that ``is_let_in`` lets in."""

    def __init__(
        self, app: ASGIApp, origins: Sequence[str], expose: Sequence[str], is_let_in: Callable[[Scope], bool]
    ) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "HEAD"],
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            expose_headers=expose,
        )
        self._is_let_in = is_let_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "origin" in headers and not self._is_let_in(scope):
            await self.simple_response(scope, receive, send, request_headers=headers)
        else:
            await super().__call__(scope, receive, send)

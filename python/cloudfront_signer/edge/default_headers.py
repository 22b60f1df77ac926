"""Sets Server and Date on each response that has none. It replaces uvicorn's setting, which would add a second Date."""

from email.utils import formatdate

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SERVER = "cloudfront-signer edge (development)"


class DefaultHeaders:
    """ASGI middleware that adds the headers; an origin's own Server and Date are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("Server", _SERVER)
                headers.setdefault("Date", formatdate(usegmt=True))
            await send(message)

        await self._app(scope, receive, send_with_headers)

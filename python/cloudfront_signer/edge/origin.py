"""The interface of an origin; its implementations are in ``origins/``."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response


class Origin(Protocol):
    """A source of content.

    ``names_objects`` is true if a path names exactly one object, as in S3, and false if a server interprets the path.
    """

    names_objects: bool

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """Answer a request that was allowed; ``path`` is normalised, ``query`` has no signing parameters."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...

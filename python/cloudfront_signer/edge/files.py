"""A folder as an origin: ranges, conditional requests and safe paths are those of Starlette's static files."""

import os

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.origin import leads_elsewhere


class FileOrigin:
    """Serves the files of a folder, and nothing outside of it, by whatever spelling or symbolic link."""

    def __init__(self, folder: str) -> None:
        if not os.path.isdir(folder):
            raise CloudFrontSignerError(f"origin {excerpt(folder)}: no such folder")
        self._files = StaticFiles(directory=folder)

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """The file of a path; 404 for anything else, as a bucket without listing answers."""
        scope = request.scope
        if leads_elsewhere(scope["path"]):
            return PlainTextResponse("Not Found", 404)
        try:
            # The server decoded the path once; an origin that decoded it again would see another one.
            return await self._files.get_response(self._files.get_path(scope), scope)
        except HTTPException as refusal:
            # No permission is answered like no file: what there is, is nobody's business.
            status = 404 if refusal.status_code == 401 else refusal.status_code
            return PlainTextResponse("Not Found" if status == 404 else refusal.detail, status, refusal.headers)

    async def close(self) -> None:
        """Nothing is held open."""

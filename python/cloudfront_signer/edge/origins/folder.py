"""A folder as an origin: ranges, conditional requests and symbolic links are those of Starlette's static files."""

import os

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge import s3_errors
from cloudfront_signer.edge.origin import leads_elsewhere
from cloudfront_signer.edge.origins import download_names
from cloudfront_signer.edge.origins.content_types import content_type
from cloudfront_signer.edge.origins.ranges import without_invalid_ranges
from cloudfront_signer.edge.paths import object_name


class FolderOrigin:
    """Serves the files of a folder as a bucket does its objects, and nothing outside of it, by whatever spelling.

    ``list_bucket`` says that the distribution may list the bucket: an object that is not there is then 404, not 403.
    ``allow_download_names`` honours `response-content-disposition` and `response-content-type`.
    """

    names_objects = True

    def __init__(self, folder: str, *, list_bucket: bool, allow_download_names: bool) -> None:
        if not os.path.isdir(folder):
            raise CloudFrontSignerError(f"origin {excerpt(folder)}: no such folder")
        self._files = _Files(directory=folder)
        self._list_bucket, self._allow_download_names = list_bucket, allow_download_names

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """The file that has exactly the path's name."""
        name = os.fsdecode(object_name(path)).removeprefix("/")
        asked = download_names.asked_for(query) if self._allow_download_names else {}
        for parameter, value in asked.items():
            if not download_names.is_header_value(value):
                return s3_errors.invalid_argument(parameter, value)
        if leads_elsewhere(name) or _has_empty_segment(name):
            return self._missing(name)
        scope = request.scope
        scope["headers"] = without_invalid_ranges(scope["headers"])
        try:
            response = await self._files.get_response(name, scope)
        except HTTPException as refusal:
            if refusal.status_code in {401, 404}:
                # No permission is answered like no file: what there is, is nobody's business.
                return self._missing(name)
            return PlainTextResponse(refusal.detail, refusal.status_code, refusal.headers)
        except OSError:
            return self._missing(name)
        if response.status_code == 200:
            response.headers.update(download_names.as_headers(asked))
        return response

    async def close(self) -> None:
        """Nothing is held open."""

    def _missing(self, name: str) -> Response:
        return s3_errors.no_such_key(name) if self._list_bucket else s3_errors.access_denied()


class _Files(StaticFiles):
    """Files by their exact names, with the content types of this package."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        full_path, found = super().lookup_path(path)
        return (full_path, found) if found is None or _is_spelled_so(self.directory, path) else ("", None)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        if not os.access(full_path, os.R_OK):
            raise HTTPException(401)
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse):
            response.headers["content-type"] = content_type(os.fspath(full_path))
        return response


def _is_spelled_so(folder: str | os.PathLike[str] | None, name: str) -> bool:
    """Whether each part of a name stands in its folder in that very spelling.

    macOS and Windows find `private/x` by `PRIVATE/x` too, and by short names; to patterns and to S3 they are others.
    """
    place = os.fspath(folder or ".")
    for part in name.split("/"):
        if part not in os.listdir(place):
            return False
        place = os.path.join(place, part)
    return True


def _has_empty_segment(name: str) -> bool:
    """Whether a file system would drop a part of the name: ``a.mp4/`` is another object than ``a.mp4``."""
    return "//" in f"/{name}" or name.endswith("/") or not name

"""A folder as an origin. Ranges, conditional requests and symbolic links are handled by Starlette's static files."""

import os

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge import s3_errors
from cloudfront_signer.edge.origins import download_names
from cloudfront_signer.edge.origins.content_types import content_type
from cloudfront_signer.edge.origins.ranges import without_invalid_ranges
from cloudfront_signer.edge.paths import has_special_segments, object_name


class FolderOrigin:
    """Serves the files of a folder as S3 serves the objects of a bucket; no spelling of a path leads out of it.

    ``list_bucket`` means that the distribution may list the bucket: a missing object is then 404 instead of 403.
    ``allow_download_names`` honours `response-content-disposition` and `response-content-type`.
    """

    names_objects = True

    def __init__(self, folder: str, *, list_bucket: bool, allow_download_names: bool) -> None:
        if not os.path.isdir(folder):
            raise CloudFrontSignerError(f"origin '{excerpt(folder)}': no such folder")
        self._files = _Files(directory=folder)
        self._list_bucket, self._allow_download_names = list_bucket, allow_download_names

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """Return the file that the path names exactly."""
        name = os.fsdecode(object_name(path)).removeprefix("/")
        requested = download_names.requested(query) if self._allow_download_names else {}
        for parameter, value in requested.items():
            if not download_names.is_header_value(value):
                return s3_errors.invalid_argument(parameter, value)
        if has_special_segments(name) or _has_empty_segment(name):
            return self._missing(name)
        scope = request.scope
        scope["headers"] = without_invalid_ranges(scope["headers"])
        try:
            response = await self._files.get_response(name, scope)
        except HTTPException as refusal:
            if refusal.status_code in {401, 404}:
                # An unreadable file is answered like a missing one, so that the answer does not reveal it.
                return self._missing(name)
            return PlainTextResponse(refusal.detail, refusal.status_code, refusal.headers)
        except OSError:
            return self._missing(name)
        if response.status_code == 200:
            response.headers.update(download_names.as_headers(requested))
        return response

    async def close(self) -> None:
        """Do nothing: no file stays open between requests."""

    def _missing(self, name: str) -> Response:
        return s3_errors.no_such_key(name) if self._list_bucket else s3_errors.access_denied()


class _Files(StaticFiles):
    """Files by their exact names, with the content types of this package."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        full_path, found = super().lookup_path(path)
        return (full_path, found) if found is None or _is_exact_name(self.directory, path) else ("", None)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        if not os.access(full_path, os.R_OK):
            raise HTTPException(401)
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse):
            response.headers["content-type"] = content_type(os.fspath(full_path))
        return response


def _is_exact_name(folder: str | os.PathLike[str] | None, name: str) -> bool:
    """Check that each part of a name is listed in its folder in exactly that spelling.

    macOS and Windows also find `private/x` as `PRIVATE/x` and by short names. For patterns and S3 these are different
    names.
    """
    place = os.fspath(folder or ".")
    for part in name.split("/"):
        if part not in os.listdir(place):
            return False
        place = os.path.join(place, part)
    return True


def _has_empty_segment(name: str) -> bool:
    """Check whether a file system would ignore a part of the name: ``a.mp4/`` is a different object from ``a.mp4``."""
    return "//" in f"/{name}" or name.endswith("/") or not name

"""An S3 bucket as an origin. Requests are signed with SigV4, as origin access control does (extra ``[aws]``)."""

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import Response

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge import s3_errors
from cloudfront_signer.edge.headers import Header
from cloudfront_signer.edge.origins import download_names
from cloudfront_signer.edge.paths import has_special_segments, object_name
from cloudfront_signer.edge.relay import open_client, relay

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# S3 ignores the viewer's other headers, and they are not signed.
_FORWARDED = frozenset(
    {b"range", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range"}
)


class S3Origin:
    """Reads the objects of ``s3://bucket[/prefix][?region=REGION]`` with botocore's default credentials.

    ``timeout`` is in seconds. ``allow_download_names`` forwards `response-content-disposition` and
    `response-content-type`.
    """

    names_objects = True

    def __init__(
        self, text: str, *, endpoint_url: str | None, timeout: float, allow_download_names: bool = False
    ) -> None:
        place, _, region = text.removeprefix("s3://").partition("?region=")
        bucket, _, prefix = place.partition("/")
        if not bucket:
            raise CloudFrontSignerError(f"origin '{excerpt(text)}': expected s3://bucket/prefix")
        self._signer, endpoint = _open_session(endpoint_url, region)
        self._base = httpx.URL(endpoint)
        self._folder = b"/" + "/".join(part for part in (bucket, prefix.strip("/")) if part).encode()
        self._client = open_client(timeout)
        self._allow_download_names = allow_download_names

    async def answer(self, request: Request, path: bytes, query: bytes) -> Response:
        """Return the object that a path names. Other parameters are dropped: `?acl` would request something else.

        S3 computes the signature over a canonical spelling of the name (``(`` is ``%28``), so that spelling is both
        signed and sent.
        """
        name = object_name(path)
        target = quote(self._folder + name, safe="/~").encode()
        # The bucket's own path lists the bucket, and a server that resolves dot segments leaves it.
        if has_special_segments(os.fsdecode(name)) or target.strip(b"/").count(b"/") == 0:
            return s3_errors.access_denied()
        if self._allow_download_names and (requested := download_names.requested(query)):
            target += b"?" + download_names.as_query(requested)
        headers = [header for header in request.headers.raw if header[0] in _FORWARDED]
        url = f"{self._base.scheme}://{self._base.netloc.decode()}{target.decode('latin-1')}"
        signed = self._signer.sign(request.method, url)
        return await relay(self._client, request, self._base, target, [*signed, *headers])

    async def close(self) -> None:
        """Close all connections to S3."""
        await self._client.aclose()


class _Signer:
    """Signs with SigV4 through botocore, which refreshes credentials that expire."""

    def __init__(self, credentials: "Credentials", region: str) -> None:
        self._credentials, self._region = credentials, region

    def sign(self, method: str, url: str) -> list[Header]:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method=method, url=url, headers={"Host": httpx.URL(url).netloc.decode()})
        S3SigV4Auth(self._credentials.get_frozen_credentials(), "s3", self._region).add_auth(request)
        return [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]


def _open_session(endpoint_url: str | None, region: str) -> tuple[_Signer, str]:
    """Return a signer and the endpoint of S3 for a region; an empty one means the region of the AWS configuration."""
    try:
        import botocore.exceptions
        import botocore.session
    except ModuleNotFoundError:
        raise CloudFrontSignerError("s3:// origins need an extra: pip install 'cloudfront-signer[aws]'") from None
    session = botocore.session.get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise CloudFrontSignerError("s3:// origins need AWS credentials: run `aws configure`, or set AWS_PROFILE")
    region = region or session.get_config_variable("region") or "us-east-1"
    try:
        client = session.create_client("s3", region_name=region, endpoint_url=endpoint_url)
    except (ValueError, botocore.exceptions.BotoCoreError) as error:
        raise CloudFrontSignerError(f"S3 at {excerpt(str(endpoint_url))}: {error}") from None
    return _Signer(credentials, region), client.meta.endpoint_url

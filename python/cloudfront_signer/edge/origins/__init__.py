"""The kinds of origins: a folder, an HTTP server and an S3 bucket.

``open_origin`` chooses one by its spelling. Nothing in this package imports from here.
"""

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.configuration import Configuration
from cloudfront_signer.edge.origin import Origin
from cloudfront_signer.edge.origins.folder import FolderOrigin
from cloudfront_signer.edge.origins.http import HttpOrigin
from cloudfront_signer.edge.origins.s3 import S3Origin

__all__ = ["open_origin"]


def open_origin(text: str, configuration: Configuration) -> Origin:
    """Open a folder, ``http(s)://…`` or ``s3://bucket/prefix``.

    Raises CloudFrontSignerError for any other scheme, and if the origin is invalid.
    """
    scheme, separator, _ = text.partition("://")
    downloads = configuration.allow_download_names
    if not separator:
        return FolderOrigin(text, list_bucket=configuration.list_bucket, allow_download_names=downloads)
    if scheme in {"http", "https"}:
        return HttpOrigin(text, timeout=configuration.timeout)
    if scheme == "s3":
        return S3Origin(
            text,
            endpoint_url=configuration.endpoint_url,
            timeout=configuration.timeout,
            allow_download_names=downloads,
        )
    raise CloudFrontSignerError(
        f"origin '{excerpt(text)}': expected a folder, http://…, https://… or s3://bucket/prefix"
    )

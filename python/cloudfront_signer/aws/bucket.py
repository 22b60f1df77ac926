"""Step 1: a bucket of one's own, closed to the public, and its content."""

import mimetypes
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cloudfront_signer._native import excerpt
from cloudfront_signer.aws.errors import SetupError, code_of, explained

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_DEFAULT_REGION = "us-east-1"


def ensure_bucket(s3: Any, name: str) -> bool:
    """Make a bucket in the client's region, with all public access blocked; True if it was not there before.

    Raises SetupError for a name that is invalid or taken.
    """
    if not _NAME.fullmatch(name):
        dots = " (a dot breaks TLS to the bucket)" if "." in name else ""
        raise SetupError(f"bucket name '{excerpt(name)}': 3 to 63 of a-z, 0-9 and '-' are due{dots}")
    with explained():
        created = not _is_there(s3, name)
        if created:
            s3.create_bucket(Bucket=name, **_location(s3.meta.region_name))
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    return created


def _is_there(s3: Any, name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if code_of(error) in {"404", "NoSuchBucket"}:
            return False
        if code_of(error) in {"403", "AccessDenied"}:
            raise SetupError(f"bucket {name}: it is taken by somebody else, or s3:ListBucket is missing") from None
        if code_of(error) in {"301", "PermanentRedirect"}:
            raise SetupError(f"bucket {name}: it is in another region: give its --region") from None
        raise
    return True


def _location(region: str) -> dict[str, Any]:
    # us-east-1 is what CreateBucket takes when nothing is said, and refuses when it is.
    return {} if region == _DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def domain_name(s3: Any, name: str) -> str:
    """The bucket's regional name, which CloudFront wants as origin."""
    return f"{name}.s3.{s3.meta.region_name}.amazonaws.com"


def files_of(path: Path) -> list[tuple[Path, str]]:
    """The files of a path with the keys that they get: a folder's content by its names inside, a file by its own."""
    if os.path.isfile(path):
        return [(path, path.name)]
    if not os.path.isdir(path):
        raise SetupError(f"{excerpt(str(path))}: no such file or folder")
    found = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
    return [(one, one.relative_to(path).as_posix()) for one in found]


def upload(
    s3: Any, bucket: str, files: Iterable[tuple[Path, str]], progress: Callable[[int], None] | None = None
) -> list[str]:
    """Upload files, large ones in parts; ``progress`` gets the bytes of each step. Gives the keys."""
    keys = []
    with explained():
        for path, key in files:
            content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            s3.upload_file(str(path), bucket, key, ExtraArgs={"ContentType": content_type}, Callback=progress)
            keys.append(key)
    return keys


def empty_bucket(s3: Any, name: str) -> int:
    """Delete every object and version; gives how many there were."""
    count = 0
    with explained():
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if objects:
                s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            count += len(objects)
    return count


def delete_bucket(s3: Any, name: str) -> None:
    """Delete an empty bucket; one that is gone already is no error."""
    try:
        s3.delete_bucket(Bucket=name)
    except ClientError as error:
        if code_of(error) == "BucketNotEmpty":
            raise SetupError(f"bucket {name} is not empty: --delete-content deletes its content too") from None
        if code_of(error) not in {"NoSuchBucket", "404"}:
            with explained():
                raise

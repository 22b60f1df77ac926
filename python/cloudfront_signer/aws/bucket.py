"""Step 1: a private bucket and its content."""

import mimetypes
import os
import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from cloudfront_signer._native import excerpt
from cloudfront_signer.aws.errors import SetupError, code_of, explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CreateBucketConfigurationTypeDef,
        ErrorTypeDef,
        ObjectIdentifierTypeDef,
        PublicAccessBlockConfigurationTypeDef,
        TagTypeDef,
    )

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
# Reserved by S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
_RESERVED = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|--x-s3|--table-s3)")
_DEFAULT_REGION = "us-east-1"
# Blocks all public access.
CLOSED: "PublicAccessBlockConfigurationTypeDef" = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_TAG = "cloudfront-signer"


def check_name(name: str) -> str:
    """The name, if S3 accepts it and TLS works with it. Raises SetupError."""
    if not _NAME.fullmatch(name):
        dots = " (a dot breaks TLS to the bucket)" if "." in name else ""
        raise SetupError(f"bucket name {excerpt(name)}: expected 3 to 63 of a-z, 0-9 and '-'{dots}")
    if _RESERVED.fullmatch(name):
        raise SetupError(f"bucket name {excerpt(name)}: S3 reserves such names: choose another")
    return name


def ensure_bucket(s3: "S3Client", name: str) -> bool:
    """Find or create a bucket in the client's region, and block all public access; True if it was created.

    Raises SetupError for a name that is invalid or taken.
    """
    check_name(name)
    created = not is_there(s3, name)
    if created:
        create_bucket(s3, name)
    close_bucket(s3, name)
    return created


def create_bucket(s3: "S3Client", name: str, mark: str | None = None) -> str:
    """Create a bucket in the client's region, tagged with its creator from the start; returns its name."""
    tags: list[TagTypeDef] = [{"Key": _TAG, "Value": mark}] if mark else []
    with explained():
        if configuration := _configuration(s3.meta.region_name, tags):
            s3.create_bucket(Bucket=name, CreateBucketConfiguration=configuration)
        else:
            s3.create_bucket(Bucket=name)
        # In us-east-1 creating a bucket that another run has just created is not an error; and servers that replace AWS
        # ignore tags at creation.
        if mark and mark != (said := mark_of(s3, name)):
            if said:
                raise SetupError(f"bucket {name}: another run created it meanwhile: run it again")
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    return name


def mark_of(s3: "S3Client", name: str) -> str:
    """The creator, as the bucket's tag names it; empty if it has none."""
    with explained():
        try:
            tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except ClientError as error:
            if code_of(error) != "NoSuchTagSet":
                raise
            return ""
    return next((str(one["Value"]) for one in tags if one["Key"] == _TAG), "")


def close_bucket(s3: "S3Client", name: str) -> bool:
    """Block all public access; True if that changed anything."""
    with explained():
        try:
            before = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        except ClientError as error:
            if code_of(error) != "NoSuchPublicAccessBlockConfiguration":
                raise
            before = {}
        if before == CLOSED:
            return False
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=CLOSED)
    return True


def is_there(s3: "S3Client", name: str) -> bool:
    """Whether the bucket exists and is accessible. Raises SetupError if it belongs to another account."""
    with explained():
        try:
            s3.head_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchBucket"}:
                return False
            if code_of(error) in {"403", "AccessDenied"}:
                raise SetupError(f"bucket {name}: it belongs to another account, or s3:ListBucket is missing") from None
            if code_of(error) in {"301", "PermanentRedirect"}:
                raise SetupError(f"bucket {name}: it is in another region: give its --region") from None
            raise
    return True


def _configuration(region: str, tags: "list[TagTypeDef]") -> "CreateBucketConfigurationTypeDef":
    configuration: dict[str, Any] = {"Tags": tags} if tags else {}
    # CreateBucket defaults to us-east-1, and rejects that name.
    if region != _DEFAULT_REGION:
        configuration["LocationConstraint"] = region
    return cast("CreateBucketConfigurationTypeDef", configuration)


def domain_name(s3: "S3Client", name: str) -> str:
    """The bucket's regional domain name, which CloudFront expects as origin."""
    return f"{name}.s3.{s3.meta.region_name}.amazonaws.com"


def files_of(path: Path) -> list[tuple[Path, str]]:
    """The files to upload with their keys: in a folder, the paths relative to it; for a file, its name."""
    if os.path.isfile(path):
        return [(path, path.name)]
    if not os.path.isdir(path):
        raise SetupError(f"{excerpt(str(path))}: no such file or folder")
    found = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
    return [(one, one.relative_to(path).as_posix()) for one in found]


def upload(
    s3: "S3Client",
    bucket: str,
    files: Iterable[tuple[Path, str]],
    progress: Callable[[int], None] | None = None,
    *,
    rewritten: Mapping[Path, bytes] | None = None,
) -> list[str]:
    """Upload files, large ones in parts; ``progress`` receives the bytes sent. Returns the keys.

    A file in ``rewritten`` has that content in the bucket.
    """
    keys = []
    with explained():
        for path, key in files:
            extra = {"ContentType": mimetypes.guess_type(path.name)[0] or "application/octet-stream"}
            content = (rewritten or {}).get(path)
            if content is None:
                s3.upload_file(str(path), bucket, key, ExtraArgs=extra, Callback=progress)
            else:
                s3.upload_fileobj(BytesIO(content), bucket, key, ExtraArgs=extra, Callback=progress)
            keys.append(key)
    return keys


def empty_bucket(s3: "S3Client", name: str) -> int:
    """Delete every object and version; returns their number. A missing bucket has none."""
    count = 0
    with explained():
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                objects: list[ObjectIdentifierTypeDef] = [
                    {"Key": one["Key"], "VersionId": one["VersionId"]} for one in found
                ]
                if objects:
                    answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
                    _check_deleted(name, answer.get("Errors", []))
                count += len(objects)
        except ClientError as error:
            if code_of(error) != "NoSuchBucket":
                raise
    return count


def _check_deleted(name: str, errors: "list[ErrorTypeDef]") -> None:
    """S3 responds with 200 even if it deleted nothing of a batch."""
    if errors:
        first = errors[0]
        raise SetupError(
            f"bucket {name}: {len(errors)} objects were not deleted, {excerpt(str(first.get('Key', '')))} among them: "
            f"{excerpt(str(first.get('Code', '')))}"
        )


def delete_bucket(s3: "S3Client", name: str) -> None:
    """Delete an empty bucket; a missing one is not an error."""
    with explained():
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) == "BucketNotEmpty":
                raise SetupError(f"bucket {name} is not empty: --delete-content deletes its content too") from None
            if code_of(error) not in {"NoSuchBucket", "404"}:
                raise

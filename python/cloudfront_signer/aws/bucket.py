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
# What S3 keeps for itself (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
_RESERVED = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|--x-s3|--table-s3)")
_DEFAULT_REGION = "us-east-1"
_CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_TAG = "cloudfront-signer"


def check_name(name: str) -> str:
    """The name, if S3 takes it and TLS works with it. Raises SetupError."""
    if not _NAME.fullmatch(name):
        dots = " (a dot breaks TLS to the bucket)" if "." in name else ""
        raise SetupError(f"bucket name {excerpt(name)}: expected 3 to 63 of a-z, 0-9 and '-'{dots}")
    if _RESERVED.fullmatch(name):
        raise SetupError(f"bucket name {excerpt(name)}: S3 keeps such names for itself: choose another")
    return name


def of_account(s3: Any, account: str) -> Any:
    """The same client, which refuses buckets of other accounts: every call says whose bucket is expected."""

    def expect(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    s3.meta.events.register("provide-client-params.s3", expect, unique_id="cloudfront-signer-owner")
    return s3


def ensure_bucket(s3: Any, name: str) -> bool:
    """Make a bucket in the client's region, with all public access blocked; True if it was not there before.

    Raises SetupError for a name that is invalid or taken.
    """
    check_name(name)
    created = not is_there(s3, name)
    if created:
        create_bucket(s3, name)
    close_bucket(s3, name)
    return created


def create_bucket(s3: Any, name: str, mark: str | None = None) -> str:
    """Make a bucket in the client's region, with a tag from its first moment that says who made it; gives its name."""
    tags = [{"Key": _TAG, "Value": mark}] if mark else []
    with explained():
        s3.create_bucket(Bucket=name, **_configuration(s3.meta.region_name, tags))
        # In us-east-1 a bucket that another run has just made is no error; and servers that stand for AWS know no
        # tags at creation.
        if mark and mark != (said := mark_of(s3, name)):
            if said:
                raise SetupError(f"bucket {name}: another run made it meanwhile: run it again")
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    return name


def mark_of(s3: Any, name: str) -> str:
    """What a bucket's tag says of who made it; empty if it has none."""
    with explained():
        try:
            tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
        except ClientError as error:
            if code_of(error) != "NoSuchTagSet":
                raise
            return ""
    return next((str(one["Value"]) for one in tags if one["Key"] == _TAG), "")


def close_bucket(s3: Any, name: str) -> bool:
    """Block all public access; True if it was not blocked before."""
    with explained():
        try:
            before = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        except ClientError as error:
            if code_of(error) != "NoSuchPublicAccessBlockConfiguration":
                raise
            before = {}
        if before == _CLOSED:
            return False
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_CLOSED)
    return True


def is_there(s3: Any, name: str) -> bool:
    """Whether there is a bucket that these credentials reach. Raises SetupError if it is somebody else's."""
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


def _configuration(region: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    # us-east-1 is what CreateBucket takes when nothing is said, and refuses when it is.
    location = {} if region == _DEFAULT_REGION else {"LocationConstraint": region}
    configuration = {**location, **({"Tags": tags} if tags else {})}
    return {"CreateBucketConfiguration": configuration} if configuration else {}


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
    """Delete every object and version; gives how many there were. A bucket that is gone has none."""
    count = 0
    with explained():
        try:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
                if objects:
                    answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
                    _check_deleted(name, answer.get("Errors", []))
                count += len(objects)
        except ClientError as error:
            if code_of(error) != "NoSuchBucket":
                raise
    return count


def _check_deleted(name: str, errors: list[dict[str, Any]]) -> None:
    """S3 answers 200 to a batch of which nothing was deleted."""
    if errors:
        first = errors[0]
        raise SetupError(
            f"bucket {name}: {len(errors)} objects stay, {excerpt(str(first.get('Key', '')))} among them: "
            f"{excerpt(str(first.get('Code', '')))}"
        )


def delete_bucket(s3: Any, name: str) -> None:
    """Delete an empty bucket; one that is gone already is no error."""
    with explained():
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) == "BucketNotEmpty":
                raise SetupError(f"bucket {name} is not empty: --delete-content deletes its content too") from None
            if code_of(error) not in {"NoSuchBucket", "404"}:
                raise

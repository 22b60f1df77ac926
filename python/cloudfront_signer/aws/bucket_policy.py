"""Step 3: the grant. The bucket policy lets distributions read; statements of others stay unchanged."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudfront_signer.aws.errors import SetupError, code_of, explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The Sid of the statement that the single step `grant` and the templates write; a stack's Sid has its token appended.
SID = "CloudFrontSigner"


def distribution_statement(bucket: str, sid: str, arns: Iterable[str]) -> dict[str, Any]:
    """A statement that allows distributions to read the bucket through their origin access control."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": sorted(arns)}},
    }


def list_statement(bucket: str, sid: str, arns: Iterable[str]) -> dict[str, Any]:
    """A statement that allows distributions to list objects, so that S3 returns 404, not 403, for a missing one."""
    statement = distribution_statement(bucket, sid, arns)
    return {**statement, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}


def ensure_statement(s3: "S3Client", bucket: str, statement: dict[str, Any]) -> None:
    """Put one statement into the bucket policy, replacing the one with its Sid."""
    policy = read_policy(s3, bucket) or {"Version": "2012-10-17", "Statement": []}
    statements = [statement if one.get("Sid") == statement["Sid"] else one for one in policy["Statement"]]
    if statement not in statements:
        statements.append(statement)
    changed = {**policy, "Statement": statements}
    if changed != policy:
        with explained():
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(changed))


def remove_statement(s3: "S3Client", bucket: str, sid: str) -> None:
    """Remove a statement from the bucket policy; a policy without statements is deleted."""
    policy = read_policy(s3, bucket)
    if policy is None:
        return
    others = [one for one in policy["Statement"] if one.get("Sid") != sid]
    if others == policy["Statement"]:
        return
    with explained():
        if others:
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": others}))
        else:
            s3.delete_bucket_policy(Bucket=bucket)


def read_policy(s3: "S3Client", bucket: str) -> dict[str, Any] | None:
    """The bucket policy, its statements as a list; None if there is none."""
    with explained():
        try:
            text = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError as error:
            if code_of(error) in {"NoSuchBucketPolicy", "NoSuchBucket"}:
                return None
            raise
    try:
        policy: dict[str, Any] = json.loads(text)
        # A single statement needs no list.
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError):
        raise SetupError(f"bucket {bucket}: its policy is not readable: check it in the S3 console") from None
    return {**policy, "Statement": statements if isinstance(statements, list) else [statements]}

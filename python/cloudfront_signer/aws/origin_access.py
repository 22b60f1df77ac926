"""Steps 2 and 3: who may read the bucket on CloudFront's behalf, and the grant."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import NoApiError, SetupError, code_of, explained
from cloudfront_signer.aws.ownership import Found

_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True, repr=False)
class Identity(MaskedRepr):
    """An origin access identity (the way of 2009 to 2022)."""

    id: str
    s3_canonical_user_id: str


def ensure_origin_access_control(cloudfront: Any, name: str) -> str:
    """An origin access control for S3 that signs every request; gives its id."""
    found = find_origin_access_controls(cloudfront, name)
    return found[0].id if found else create_origin_access_control(cloudfront, name, "made by cloudfront-signer")


def control_name(name: str) -> str:
    """A name that CloudFront takes for a control, 64 characters at most: a long one ends in its fingerprint."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def find_origin_access_controls(cloudfront: Any, name: str, known: str = "") -> list[Found]:
    """The control of this name (or this id), with its description."""
    with explained():
        return [
            Found(item["Id"], item.get("Description", ""))
            for item in pages(cloudfront.list_origin_access_controls, "OriginAccessControlList")
            if item["Name"] == name or item["Id"] == known
        ]


def create_origin_access_control(cloudfront: Any, name: str, mark: str) -> str:
    """Make an origin access control, whose description says who made it; gives its id."""
    config = {
        "Name": name,
        "Description": mark,
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
    with explained():
        made = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)
    return str(made["OriginAccessControl"]["Id"])


def ensure_origin_access_identity(cloudfront: Any, reference: str) -> Identity:
    """An origin access identity; the same caller reference gives the same one."""
    config = {"CallerReference": reference, "Comment": reference}
    with explained():
        made = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=config)
    identity = made["CloudFrontOriginAccessIdentity"]
    return Identity(identity["Id"], identity["S3CanonicalUserId"])


def distribution_statement(bucket: str, sid: str, arns: Iterable[str]) -> dict[str, Any]:
    """Lets distributions read the bucket through their origin access control."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": sorted(arns)}},
    }


def list_statement(bucket: str, sid: str, arns: Iterable[str]) -> dict[str, Any]:
    """Lets distributions see which objects there are, so that S3 answers 404 in place of 403 for a missing one."""
    statement = distribution_statement(bucket, sid, arns)
    return {**statement, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}


def identity_statement(bucket: str, sid: str, identity: Identity) -> dict[str, Any]:
    """Lets an origin access identity read the bucket."""
    user = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {identity.id}"
    resource = f"arn:aws:s3:::{bucket}/*"
    return {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": user}, "Action": "s3:GetObject", "Resource": resource}


def ensure_statement(s3: Any, bucket: str, statement: dict[str, Any]) -> None:
    """Put one statement into the bucket policy, in place of the one of its Sid; the others stay as they are."""
    policy = read_policy(s3, bucket) or {"Version": "2012-10-17", "Statement": []}
    statements = [statement if one.get("Sid") == statement["Sid"] else one for one in policy["Statement"]]
    if statement not in statements:
        statements.append(statement)
    changed = {**policy, "Statement": statements}
    if changed != policy:
        with explained():
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(changed))


def remove_statement(s3: Any, bucket: str, sid: str) -> None:
    """Take a statement out of the bucket policy; the last one takes the policy with it."""
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


def read_policy(s3: Any, bucket: str) -> dict[str, Any] | None:
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
        # One statement may stand without its list.
        statements = policy["Statement"]
    except (ValueError, KeyError, TypeError):
        raise SetupError(f"bucket {bucket}: its policy cannot be read: look at it in the S3 console") from None
    return {**policy, "Statement": statements if isinstance(statements, list) else [statements]}


def grant_objects(s3: Any, bucket: str, identity: Identity, keys: Iterable[str]) -> int:
    """The guide's way: READ on each object for the identity, beside the grants that are there.

    Gives how many were added. Raises SetupError where the bucket refuses ACLs; the bucket policy does the same there.
    """
    added = 0
    grantee = {"Type": "CanonicalUser", "ID": identity.s3_canonical_user_id}
    with explained():
        for key in keys:
            acl = s3.get_object_acl(Bucket=bucket, Key=key)
            there = acl["Grants"]
            if any(one["Permission"] == "READ" and one["Grantee"].get("ID") == grantee["ID"] for one in there):
                continue
            grants = [*there, {"Grantee": grantee, "Permission": "READ"}]
            s3.put_object_acl(Bucket=bucket, Key=key, AccessControlPolicy={"Grants": grants, "Owner": acl["Owner"]})
            added += 1
    return added


def delete_origin_access_control(cloudfront: Any, control_id: str) -> None:
    """Delete an origin access control; one that is gone already is no error."""
    with explained():
        try:
            etag = cloudfront.get_origin_access_control(Id=control_id)["ETag"]
            cloudfront.delete_origin_access_control(Id=control_id, IfMatch=etag)
        except ClientError as error:
            if code_of(error) != "NoSuchOriginAccessControl":
                raise


def pages(list_items: Callable[..., dict[str, Any]], name: str, **options: str) -> Iterable[dict[str, Any]]:
    """Every item of one of CloudFront's lists, which are paged by marker and not all known to botocore's paginators."""
    markers: set[str] = set()
    while True:
        answer = list_items(**options)[name]
        if "Quantity" not in answer:
            raise NoApiError(f"{name}: what answered is no AWS API: check --endpoint-url, and proxies in between")
        yield from answer.get("Items") or []
        marker = answer.get("NextMarker")
        if not marker:
            return
        if marker in markers:
            raise SetupError(f"{name}: the same page came twice: what answered is no AWS API; check --endpoint-url")
        markers.add(marker)
        options["Marker"] = marker

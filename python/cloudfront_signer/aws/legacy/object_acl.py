"""Step 3 in 2011: READ on each object, by its ACL."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cloudfront_signer.aws.errors import explained
from cloudfront_signer.aws.legacy.origin_access_identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GrantTypeDef


def grant_objects(s3: "S3Client", bucket: str, identity: Identity, keys: Iterable[str]) -> int:
    """Grant READ on each object to the identity, in addition to the existing grants; returns the number of new grants.

    Raises SetupError if the bucket rejects ACLs; use the bucket policy there.
    """
    added = 0
    user = identity.s3_canonical_user_id
    new: GrantTypeDef = {"Grantee": {"Type": "CanonicalUser", "ID": user}, "Permission": "READ"}
    with explained():
        for key in keys:
            acl = s3.get_object_acl(Bucket=bucket, Key=key)
            there = acl["Grants"]
            if any(one["Permission"] == "READ" and one["Grantee"].get("ID") == user for one in there):
                continue
            s3.put_object_acl(
                Bucket=bucket, Key=key, AccessControlPolicy={"Grants": [*there, new], "Owner": acl["Owner"]}
            )
            added += 1
    return added

"""The minimal IAM policy for the commands."""

from typing import Any

from cloudfront_signer.aws.bucket import check_name

# In the order in which `up` and `down` use them.
_CLOUDFRONT = (
    "ListOriginAccessControls",
    "CreateOriginAccessControl",
    "GetOriginAccessControl",
    "DeleteOriginAccessControl",
    "ListCachePolicies",
    "CreateCachePolicy",
    "GetCachePolicy",
    "DeleteCachePolicy",
    "ListResponseHeadersPolicies",
    "CreateResponseHeadersPolicy",
    "GetResponseHeadersPolicy",
    "UpdateResponseHeadersPolicy",
    "DeleteResponseHeadersPolicy",
    "ListPublicKeys",
    "CreatePublicKey",
    "GetPublicKey",
    "DeletePublicKey",
    "ListKeyGroups",
    "CreateKeyGroup",
    "GetKeyGroup",
    "UpdateKeyGroup",
    "DeleteKeyGroup",
    "ListDistributions",
    "CreateDistribution",
    "GetDistribution",
    "GetDistributionConfig",
    "UpdateDistribution",
    "DeleteDistribution",
)
_BUCKET = (
    "CreateBucket",
    "TagResource",
    "GetBucketTagging",
    "PutBucketTagging",
    "ListBucket",
    "ListBucketVersions",
    "GetBucketPublicAccessBlock",
    "PutBucketPublicAccessBlock",
    "GetBucketPolicy",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "DeleteBucket",
)
_OBJECTS = ("PutObject", "AbortMultipartUpload", "DeleteObject", "DeleteObjectVersion")


def iam_policy(bucket: str) -> dict[str, Any]:
    """The IAM policy document that ``up``, ``rotate``, ``status`` and ``down`` need for one bucket.

    CloudFront's list and create operations cannot be restricted to a resource: they cover the whole account.
    """
    check_name(bucket)
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("Account", ["sts:GetCallerIdentity"], "*"),
            _allow("CloudFront", [f"cloudfront:{name}" for name in _CLOUDFRONT], "*"),
            _allow("Bucket", [f"s3:{name}" for name in _BUCKET], f"arn:aws:s3:::{bucket}"),
            _allow("Objects", [f"s3:{name}" for name in _OBJECTS], f"arn:aws:s3:::{bucket}/*"),
        ],
    }


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}

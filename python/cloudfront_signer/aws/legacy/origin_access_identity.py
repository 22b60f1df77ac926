"""Step 2 in 2011: an origin access identity, the principal that CloudFront reads the bucket as."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


@dataclass(frozen=True, slots=True, repr=False)
class Identity(MaskedRepr):
    """An origin access identity: its ID, and the canonical user that ACLs name."""

    id: str
    s3_canonical_user_id: str


def ensure_origin_access_identity(cloudfront: "CloudFrontClient", reference: str) -> Identity:
    """Create an origin access identity; the same caller reference returns the same one."""
    with explained():
        made = cloudfront.create_cloud_front_origin_access_identity(
            CloudFrontOriginAccessIdentityConfig={"CallerReference": reference, "Comment": reference}
        )
    identity = made["CloudFrontOriginAccessIdentity"]
    return Identity(identity["Id"], identity["S3CanonicalUserId"])

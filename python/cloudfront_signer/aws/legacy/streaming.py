"""Step 4 in 2011: an RTMP distribution. CloudFront discontinued RTMP on 31 December 2020 and responds with an error.

Use a distribution for HLS or plain files instead, signed by a key group.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cloudfront_signer.aws.distribution import Distribution
from cloudfront_signer.aws.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import StreamingDistributionConfigTypeDef


def create_streaming_distribution(
    cloudfront: "CloudFrontClient",
    *,
    reference: str,
    comment: str,
    bucket_domain: str,
    identity: str,
    trusted_signers: Iterable[str],
) -> Distribution:
    """Create an RTMP distribution that reads the bucket as an identity (its ID) and trusts these signers."""
    signers = list(trusted_signers)
    config: StreamingDistributionConfigTypeDef = {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": True,
        "S3Origin": {
            "DomainName": bucket_domain,
            "OriginAccessIdentity": f"origin-access-identity/cloudfront/{identity}",
        },
        "TrustedSigners": {"Enabled": bool(signers), "Quantity": len(signers), "Items": signers},
    }
    with explained():
        made = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)
    return Distribution.of(made["StreamingDistribution"])

"""Steps 2, 3, 4 and 6 in 2011: an identity, object ACLs, a streaming distribution, and the account's own key."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cloudfront_signer.cli.output import result, tell

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

    from cloudfront_signer.aws.distribution import Distribution


def show_identity(cloudfront: "CloudFrontClient", name: str) -> None:
    """Create an origin access identity, and print its ID and S3CanonicalUserId."""
    from cloudfront_signer.aws.legacy import ensure_origin_access_identity

    identity = ensure_origin_access_identity(cloudfront, name)
    result(f"{identity.id}\n{identity.s3_canonical_user_id}")


def grant_objects(s3: "S3Client", bucket: str, canonical_user: str | None, keys: Sequence[str]) -> None:
    """Grant READ on each object to an identity."""
    from cloudfront_signer.aws.legacy import Identity
    from cloudfront_signer.aws.legacy import grant_objects as step

    if canonical_user is None or not keys:
        raise typer.BadParameter("--legacy requires --canonical-user and --key")
    added = step(s3, bucket, Identity("", canonical_user), keys)
    tell(f"READ granted on {added} of {len(keys)} objects; the others had the grant already")


def create_streaming(
    cloudfront: "CloudFrontClient", name: str, bucket_domain: str, identity: str | None, trusted_signers: Sequence[str]
) -> "Distribution":
    """Create an RTMP distribution."""
    from cloudfront_signer.aws.legacy import create_streaming_distribution

    tell(
        "CloudFront discontinued RTMP on 31 December 2020: use HLS or plain files, and a distribution with a key group"
    )
    return create_streaming_distribution(
        cloudfront,
        reference=name,
        comment=name,
        bucket_domain=bucket_domain,
        identity=identity or "",
        trusted_signers=trusted_signers,
    )


def show_account_key(private_key: Path) -> None:
    """Print the ID of a key pair that the account's root user created in the console."""
    from cloudfront_signer.aws.legacy import account_key_id

    tell("the account's root user creates CloudFront key pairs in the console, under Security credentials")
    result(account_key_id(private_key))

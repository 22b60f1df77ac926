"""Step 4: distributions, open or signed, from one builder of their configuration."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.origin_access import pages

# AWS's managed policy CachingOptimized: nothing of the viewer's reaches the origin but the path.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_ORIGIN = "bucket"
_ID = re.compile(r"\bE[A-Z0-9]{8,}\b")


@dataclass(frozen=True, slots=True, repr=False)
class Distribution(MaskedRepr):
    """What is asked for most: its id, ARN, domain name, and whether it is deployed everywhere."""

    id: str
    arn: str
    domain_name: str
    deployed: bool


def build_config(
    *,
    reference: str,
    comment: str,
    bucket_domain: str,
    origin_access_control: str | None = None,
    identity: str | None = None,
    key_groups: Iterable[str] = (),
    trusted_signers: Iterable[str] = (),
    open_paths: Iterable[str] = (),
    aliases: Iterable[str] = (),
    certificate: str | None = None,
    logging_bucket: str | None = None,
    price_class: str = "PriceClass_All",
    default_root_object: str = "",
) -> dict[str, Any]:
    """CloudFront's DistributionConfig for one bucket.

    Access is through an origin access control, or an origin access identity (its id). It is open unless key groups or
    trusted signers (``self`` or account numbers) are given; ``open_paths`` are patterns that stay open all the same.
    ``certificate`` is the ARN of an ACM certificate in us-east-1, which ``aliases`` need.
    """
    aliases, key_groups, trusted_signers = list(aliases), list(key_groups), list(trusted_signers)
    if bool(aliases) != bool(certificate):
        raise SetupError("aliases and a certificate belong together: give both, or neither")
    origin: dict[str, Any] = {
        "Id": _ORIGIN,
        "DomainName": bucket_domain,
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "S3OriginConfig": {"OriginAccessIdentity": f"origin-access-identity/cloudfront/{identity}" if identity else ""},
    }
    if origin_access_control:
        origin["OriginAccessControlId"] = origin_access_control
    opened = [{"PathPattern": pattern, **_behavior([], [])} for pattern in open_paths]
    config: dict[str, Any] = {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": True,
        "Origins": _listed([origin]),
        "DefaultCacheBehavior": _behavior(key_groups, trusted_signers),
        "CacheBehaviors": _listed(opened),
        "DefaultRootObject": default_root_object,
        "PriceClass": price_class,
        "Aliases": _listed(aliases),
        "HttpVersion": "http2and3",
        # Policies take IPv4 addresses only (custom policies, AWS:SourceIp).
        "IsIPV6Enabled": False,
    }
    if certificate:
        config["ViewerCertificate"] = {
            "ACMCertificateArn": certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
    if logging_bucket:
        bucket = f"{logging_bucket}.s3.amazonaws.com"
        config["Logging"] = {"Enabled": True, "IncludeCookies": False, "Bucket": bucket, "Prefix": f"{reference}/"}
    return config


def _behavior(key_groups: list[str], trusted_signers: list[str]) -> dict[str, Any]:
    behavior: dict[str, Any] = {
        "TargetOriginId": _ORIGIN,
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": True,
        "AllowedMethods": {**_listed(["GET", "HEAD", "OPTIONS"]), "CachedMethods": _listed(["GET", "HEAD"])},
    }
    if key_groups:
        behavior["TrustedKeyGroups"] = {"Enabled": True, **_listed(key_groups)}
    if trusted_signers:
        behavior["TrustedSigners"] = {"Enabled": True, **_listed(trusted_signers)}
    return behavior


def _listed(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items}


def ensure_distribution(cloudfront: Any, config: dict[str, Any]) -> Distribution:
    """Create a distribution; one with the same comment or caller reference is it already."""
    with explained():
        for item in pages(cloudfront.list_distributions, "DistributionList"):
            if item["Comment"] == config["Comment"]:
                return _distribution(item)
        try:
            return _distribution(cloudfront.create_distribution(DistributionConfig=config)["Distribution"])
        except ClientError as error:
            found = _ID.search(str(error)) if code_of(error) == "DistributionAlreadyExists" else None
            if found is None:
                raise
            return _distribution(cloudfront.get_distribution(Id=found[0])["Distribution"])


def _distribution(item: dict[str, Any]) -> Distribution:
    return Distribution(item["Id"], item["ARN"], item["DomainName"], item["Status"] == "Deployed")


def read(cloudfront: Any, distribution_id: str) -> Distribution | None:
    """A distribution as it is now; None if there is none of this id."""
    with explained():
        try:
            return _distribution(cloudfront.get_distribution(Id=distribution_id)["Distribution"])
        except ClientError as error:
            if code_of(error) == "NoSuchDistribution":
                return None
            raise


def wait_until_deployed(
    cloudfront: Any, distribution_id: str, *, interval: float = 20.0, progress: Callable[[str], None] | None = None
) -> Distribution:
    """Ask every ``interval`` seconds until a distribution is deployed, which takes minutes; Ctrl-C ends the waiting."""
    start = time.monotonic()
    while True:
        distribution = read(cloudfront, distribution_id)
        if distribution is None:
            raise SetupError(f"distribution {distribution_id}: it is gone")
        if distribution.deployed:
            return distribution
        if progress is not None:
            progress(f"{distribution_id} is being deployed, {time.monotonic() - start:.0f} s so far")
        time.sleep(interval)


def delete_distribution(
    cloudfront: Any, distribution_id: str, *, interval: float = 20.0, progress: Callable[[str], None] | None = None
) -> None:
    """Disable a distribution, wait until that is deployed, and delete it; one that is gone already is no error."""
    with explained():
        try:
            current = cloudfront.get_distribution_config(Id=distribution_id)
        except ClientError as error:
            if code_of(error) == "NoSuchDistribution":
                return
            raise
        config, etag = current["DistributionConfig"], current["ETag"]
        if config["Enabled"]:
            changed = {**config, "Enabled": False}
            etag = cloudfront.update_distribution(Id=distribution_id, IfMatch=etag, DistributionConfig=changed)["ETag"]
    wait_until_deployed(cloudfront, distribution_id, interval=interval, progress=progress)
    with explained():
        etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
        cloudfront.delete_distribution(Id=distribution_id, IfMatch=etag)


def create_streaming_distribution(
    cloudfront: Any, *, reference: str, comment: str, bucket_domain: str, identity: str, trusted_signers: Iterable[str]
) -> Distribution:
    """The guide's RTMP distribution. AWS ended RTMP on 31 December 2020: what it answers today is an error.

    In its place: a distribution that serves HLS or plain files, signed by a key group.
    """
    signers = list(trusted_signers)
    config = {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": True,
        "S3Origin": {
            "DomainName": bucket_domain,
            "OriginAccessIdentity": f"origin-access-identity/cloudfront/{identity}",
        },
        "TrustedSigners": {"Enabled": bool(signers), **_listed(signers)},
    }
    with explained():
        made = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)
    return _distribution(made["StreamingDistribution"])

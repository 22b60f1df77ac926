"""Step 4: distributions, open or signed, from one builder of their configuration."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.difference import compare, merge
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.origin_access import pages
from cloudfront_signer.aws.ownership import Found

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
    cache_policy: str = CACHING_OPTIMIZED,
    response_headers_policy: str | None = None,
    tenants: bool = False,
) -> dict[str, Any]:
    """CloudFront's DistributionConfig for one bucket.

    Access is through an origin access control, or an origin access identity (its id). It is open unless key groups or
    trusted signers (``self`` or account numbers) are given; ``open_paths`` are patterns that stay open all the same.
    ``certificate`` is the ARN of an ACM certificate in us-east-1, which ``aliases`` need.

    ``tenants`` makes it a multi-tenant distribution: domain names are then its tenants', so it has no ``aliases``, and
    it takes key groups alone, no trusted signers (
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-config-options.html). IPv6 is then
    set on its connection group: custom policies that name an IP address want it off there.
    """
    aliases, key_groups, trusted_signers = list(aliases), list(key_groups), list(trusted_signers)
    _check(aliases, certificate, trusted_signers, price_class, tenants=tenants)
    shared = {"CachePolicyId": cache_policy}
    if response_headers_policy:
        shared["ResponseHeadersPolicyId"] = response_headers_policy
    opened = [{"PathPattern": pattern, **_behavior([], [], tenants=tenants), **shared} for pattern in open_paths]
    config: dict[str, Any] = {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": True,
        "Origins": _listed([_origin(bucket_domain, origin_access_control, identity)]),
        "DefaultCacheBehavior": {**_behavior(key_groups, trusted_signers, tenants=tenants), **shared},
        "CacheBehaviors": _listed(opened),
        "DefaultRootObject": default_root_object,
        "HttpVersion": "http2and3",
    }
    if tenants:
        config |= {"ConnectionMode": "tenant-only", "TenantConfig": {"ParameterDefinitions": []}}
    else:
        # Policies take IPv4 addresses only (custom policies, AWS:SourceIp).
        config |= {"PriceClass": price_class, "Aliases": _listed(aliases), "IsIPV6Enabled": False}
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


def _check(
    aliases: list[str], certificate: str | None, trusted_signers: list[str], price_class: str, *, tenants: bool
) -> None:
    if tenants and (aliases or trusted_signers or price_class != "PriceClass_All"):
        raise SetupError(
            "a multi-tenant distribution takes no aliases (its tenants have domain names), no trusted signers "
            "(give a key group) and no price class: leave them out"
        )
    if bool(aliases) != bool(certificate) and not tenants:
        raise SetupError("aliases and a certificate belong together: give both, or neither")


def _origin(domain: str, control: str | None, identity: str | None) -> dict[str, Any]:
    origin: dict[str, Any] = {
        "Id": _ORIGIN,
        "DomainName": domain,
        "OriginPath": "",
        "CustomHeaders": {"Quantity": 0},
        "S3OriginConfig": {"OriginAccessIdentity": f"origin-access-identity/cloudfront/{identity}" if identity else ""},
    }
    if control:
        origin["OriginAccessControlId"] = control
    return origin


def _behavior(key_groups: list[str], trusted_signers: list[str], *, tenants: bool) -> dict[str, Any]:
    behavior: dict[str, Any] = {
        "TargetOriginId": _ORIGIN,
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "AllowedMethods": {**_listed(["GET", "HEAD", "OPTIONS"]), "CachedMethods": _listed(["GET", "HEAD"])},
        # Said also where there is none, so that an update takes away what was there.
        "TrustedKeyGroups": {"Enabled": bool(key_groups), **_listed(key_groups)},
    }
    if not tenants:
        behavior["TrustedSigners"] = {"Enabled": bool(trusted_signers), **_listed(trusted_signers)}
    return behavior


def _listed(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items}


def ensure_distribution(cloudfront: Any, config: dict[str, Any], *, update: bool = False) -> Distribution:
    """Create a distribution; one with the same comment or caller reference is it already.

    Where that one differs from what is wanted: SetupError, which names what does, or an update if that is asked for.
    """
    found = find_distributions(cloudfront, config["Comment"])
    distribution_id = found[0].id if found else create_distribution(cloudfront, config)
    return settle(cloudfront, distribution_id, config, update=update)


def arn(partition: str, account: str, distribution_id: str) -> str:
    """A distribution's ARN, which bucket policies name."""
    return f"arn:{partition}:cloudfront::{account}:distribution/{distribution_id}"


def find_distributions(cloudfront: Any, comment: str, known: str = "") -> list[Found]:
    """The distribution of this comment (or this id), with its caller reference."""
    with explained():
        ids = [
            str(item["Id"])
            for item in pages(cloudfront.list_distributions, "DistributionList")
            if item["Comment"] == comment or item["Id"] == known
        ]
        configs = [(one, cloudfront.get_distribution_config(Id=one)["DistributionConfig"]) for one in ids]
    return [Found(one, config["CallerReference"]) for one, config in configs]


def create_distribution(cloudfront: Any, config: dict[str, Any]) -> str:
    """Make a distribution; gives its id, or that of the one which its caller reference has made before."""
    with explained():
        try:
            return str(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])
        except ClientError as error:
            found = _ID.search(str(error)) if code_of(error) == "DistributionAlreadyExists" else None
            if found is None:
                raise
            return found[0]


def settle(cloudfront: Any, distribution_id: str, config: dict[str, Any], *, update: bool) -> Distribution:
    """See that a distribution is what is wanted. Raises SetupError, or updates it, where it differs."""
    with explained():
        current = cloudfront.get_distribution_config(Id=distribution_id)
        there = current["DistributionConfig"]
        differences = compare(there, config)
        if differences and not update:
            raise SetupError(
                f"distribution {distribution_id}, {excerpt(config['Comment'])}: it is there and differs: "
                f"{'; '.join(differences)}: give --update to change it, or what it has"
            )
        if differences:
            changed = merge(there, config)
            cloudfront.update_distribution(Id=distribution_id, IfMatch=current["ETag"], DistributionConfig=changed)
        return _distribution(cloudfront.get_distribution(Id=distribution_id)["Distribution"])


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
            raise SetupError(f"distribution {distribution_id}: it is gone: run it again to make another")
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

"""CloudFront's configuration of a distribution for one bucket, unsigned or signed."""

from collections.abc import Iterable
from typing import Any

from cloudfront_signer.aws.errors import SetupError

# AWS's managed policy CachingOptimized: only the path of a request reaches the origin.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_ORIGIN = "bucket"
_ALL = "PriceClass_All"
_MULTI_TENANT = {"ConnectionMode": "tenant-only", "TenantConfig": {"ParameterDefinitions": []}}


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
    price_class: str = _ALL,
    default_root_object: str = "",
    cache_policy: str = CACHING_OPTIMIZED,
    response_headers_policy: str | None = None,
    tenants: bool = False,
) -> dict[str, Any]:
    """CloudFront's DistributionConfig for one bucket.

    Access is through an origin access control or an origin access identity (its ID). No signature is required unless
    key groups or trusted signers (``self`` or account numbers) are given; ``open_paths`` are patterns that need none
    even then. ``certificate`` is the ARN of an ACM certificate in us-east-1, which ``aliases`` require.

    ``tenants`` makes it a multi-tenant distribution: domain names belong to its tenants, so it has no ``aliases``, and
    it accepts key groups only, no trusted signers (
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-config-options.html). IPv6 is then
    a setting of its connection group; custom policies that name an IP address need it off there.
    """
    aliases, key_groups, trusted_signers = list(aliases), list(key_groups), list(trusted_signers)
    _check(aliases, certificate, trusted_signers, price_class, tenants=tenants)
    shared = {"CachePolicyId": cache_policy}
    if response_headers_policy:
        shared["ResponseHeadersPolicyId"] = response_headers_policy
    opened = [{"PathPattern": pattern, **_behavior([], [], tenants=tenants), **shared} for pattern in open_paths]
    return {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": True,
        "Origins": listed([_origin(bucket_domain, origin_access_control, identity)]),
        "DefaultCacheBehavior": {**_behavior(key_groups, trusted_signers, tenants=tenants), **shared},
        "CacheBehaviors": listed(opened),
        "DefaultRootObject": default_root_object,
        "HttpVersion": "http2and3",
        **(_MULTI_TENANT if tenants else _direct(price_class, aliases)),
        **(_viewer_certificate(certificate) if certificate else {}),
        **(_logging(logging_bucket, f"{reference}/") if logging_bucket else {}),
    }


def listed(items: Iterable[Any]) -> dict[str, Any]:
    """A list as CloudFront's API writes it, with its length."""
    items = list(items)
    return {"Quantity": len(items), "Items": items}


def _check(
    aliases: list[str], certificate: str | None, trusted_signers: list[str], price_class: str, *, tenants: bool
) -> None:
    if tenants and (aliases or trusted_signers or price_class != _ALL):
        raise SetupError(
            "a multi-tenant distribution accepts no aliases (domain names belong to its tenants), no trusted signers "
            "(give a key group) and no price class: omit them"
        )
    if bool(aliases) != bool(certificate) and not tenants:
        raise SetupError("aliases and a certificate belong together: give both, or neither")


def _direct(price_class: str, aliases: list[str]) -> dict[str, Any]:
    # Policies accept IPv4 addresses only (custom policies, AWS:SourceIp).
    return {"PriceClass": price_class, "Aliases": listed(aliases), "IsIPV6Enabled": False}


def _viewer_certificate(arn: str) -> dict[str, Any]:
    certificate = {
        "ACMCertificateArn": arn,
        "SSLSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    return {"ViewerCertificate": certificate}


def _logging(bucket: str, prefix: str) -> dict[str, Any]:
    name = f"{bucket}.s3.amazonaws.com"
    return {"Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": name, "Prefix": prefix}}


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
        "AllowedMethods": {**listed(["GET", "HEAD", "OPTIONS"]), "CachedMethods": listed(["GET", "HEAD"])},
        # Present even if empty, so that an update removes what was set before.
        "TrustedKeyGroups": {"Enabled": bool(key_groups), **listed(key_groups)},
    }
    if not tenants:
        behavior["TrustedSigners"] = {"Enabled": bool(trusted_signers), **listed(trusted_signers)}
    return behavior

"""Reads the configuration of an existing distribution from the CloudFront API (extra ``[aws]``)."""

import re
from typing import TYPE_CHECKING, Any

from cloudfront_signer import CloudFrontSignerError, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.configuration import Behavior, Configuration

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import (
        CacheBehaviorOutputTypeDef,
        DefaultCacheBehaviorOutputTypeDef,
        OriginOutputTypeDef,
    )

_BUCKET_HOST = re.compile(r"(?P<bucket>.+)\.s3(?:\.dualstack)?(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?")


def read_distribution(client: "CloudFrontClient", distribution_id: str, **settings: Any) -> Configuration:
    """Read the origins, the behaviours and the public keys of the trusted key groups.

    ``client`` is a boto3 or botocore client of CloudFront; ``settings`` are further fields of Configuration.
    ``pretend`` defaults to the distribution's domain name. Raises botocore's errors, and CloudFrontSignerError for a
    distribution that the edge cannot serve.
    """
    if not re.fullmatch("[A-Za-z0-9]{1,64}", str(distribution_id)):
        raise CloudFrontSignerError(
            f"distribution id '{excerpt(str(distribution_id))}': expected an id such as E2QWRUHAPOMQZL"
        )
    distribution = client.get_distribution(Id=distribution_id)["Distribution"]
    config = distribution["DistributionConfig"]
    origins = {origin["Id"]: _origin(origin) for origin in config["Origins"]["Items"]}
    for group in config.get("OriginGroups", {}).get("Items") or []:
        # The first member is the primary origin; CloudFront uses the others if it fails.
        origins[group["Id"]] = origins[group["Members"]["Items"][0]["OriginId"]]
    keys = _Keys(client)
    ordered = config.get("CacheBehaviors", {}).get("Items") or []
    behaviors = [_behavior(one, one["PathPattern"], origins, keys) for one in ordered]
    behaviors.append(_behavior(config["DefaultCacheBehavior"], "*", origins, keys))
    settings.setdefault("pretend", f"https://{distribution['DomainName']}")
    root = config.get("DefaultRootObject") or None
    return Configuration(behaviors=tuple(behaviors), default_root_object=root, **settings)


class _Keys:
    """The public keys of key groups; each group is read once."""

    def __init__(self, client: "CloudFrontClient") -> None:
        self._client = client
        self._groups: dict[str, dict[str, PublicKey]] = {}

    def of_group(self, group_id: str) -> dict[str, PublicKey]:
        if group_id not in self._groups:
            items = self._client.get_key_group(Id=group_id)["KeyGroup"]["KeyGroupConfig"]["Items"]
            self._groups[group_id] = {key_id: self._key(key_id) for key_id in items}
        return self._groups[group_id]

    def _key(self, key_id: str) -> PublicKey:
        encoded = self._client.get_public_key(Id=key_id)["PublicKey"]["PublicKeyConfig"]["EncodedKey"]
        return PublicKey.from_pem(encoded)


def _behavior(
    values: "CacheBehaviorOutputTypeDef | DefaultCacheBehaviorOutputTypeDef",
    pattern: str,
    origins: dict[str, str],
    keys: _Keys,
) -> Behavior:
    if values.get("TrustedSigners", {}).get("Enabled"):
        raise CloudFrontSignerError(
            f"behaviour {pattern}: trusted signers are AWS accounts, whose public keys the API does not return; "
            "use --origin with --public-key ID=FILE"
        )
    groups = values.get("TrustedKeyGroups", {})
    trusted: dict[str, PublicKey] | None = None
    if groups.get("Enabled"):
        # Groups without keys allow no request, while a behaviour without groups is open.
        trusted = {}
        for group_id in groups.get("Items") or []:
            trusted |= keys.of_group(group_id)
    methods = values.get("AllowedMethods", {}).get("Items") or ["GET", "HEAD"]
    return Behavior(pattern, origins[values["TargetOriginId"]], trusted, frozenset(methods))


def _origin(origin: "OriginOutputTypeDef") -> str:
    domain, path = origin["DomainName"], origin.get("OriginPath", "")
    custom = origin.get("CustomOriginConfig")
    # The website endpoint of a bucket (bucket.s3-website-eu-west-1.…) has a similar name, but is a custom origin.
    if custom is None and (bucket := _BUCKET_HOST.fullmatch(domain)):
        return f"s3://{bucket['bucket']}{path}" + (f"?region={bucket['region']}" if bucket["region"] else "")
    if custom is None:
        return f"https://{domain}:443{path}"
    if custom.get("OriginProtocolPolicy") == "http-only":
        return f"http://{domain}:{custom.get('HTTPPort', 80)}{path}"
    return f"https://{domain}:{custom.get('HTTPSPort', 443)}{path}"

"""A distribution's real configuration, read from the CloudFront API (extra ``[aws]``)."""

import re
from typing import Any

from cloudfront_signer import CloudFrontSignerError, PublicKey
from cloudfront_signer._native import excerpt
from cloudfront_signer.edge.configuration import Behavior, Configuration

_BUCKET_HOST = re.compile(r"(?P<bucket>.+)\.s3(?:\.dualstack)?(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?")


def read_distribution(client: Any, distribution_id: str, **settings: Any) -> Configuration:
    """Read origins, behaviours and trusted key groups.

    ``client`` is a boto3 or botocore client of ``cloudfront``; ``settings`` are further fields of Configuration.
    Requests are judged as if they came to the distribution's own name, unless ``pretend`` says otherwise. botocore's
    errors come through; CloudFrontSignerError for what cannot be served here.
    """
    if not re.fullmatch("[A-Za-z0-9]{1,64}", str(distribution_id)):
        raise CloudFrontSignerError(
            f"distribution id '{excerpt(str(distribution_id))}': expected one such as E2QWRUHAPOMQZL"
        )
    distribution = client.get_distribution(Id=distribution_id)["Distribution"]
    config = distribution["DistributionConfig"]
    origins = {origin["Id"]: _origin(origin) for origin in config["Origins"]["Items"]}
    for group in config.get("OriginGroups", {}).get("Items") or []:
        # The first member is the one that is asked; the others are for when it fails.
        origins[group["Id"]] = origins[group["Members"]["Items"][0]["OriginId"]]
    keys = _Keys(client)
    ordered = config.get("CacheBehaviors", {}).get("Items") or []
    behaviors = [_behavior(one, one["PathPattern"], origins, keys) for one in ordered]
    behaviors.append(_behavior(config["DefaultCacheBehavior"], "*", origins, keys))
    settings.setdefault("pretend", f"https://{distribution['DomainName']}")
    root = config.get("DefaultRootObject") or None
    return Configuration(behaviors=tuple(behaviors), default_root_object=root, **settings)


class _Keys:
    """The public keys of key groups, each group asked for once."""

    def __init__(self, client: Any) -> None:
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


def _behavior(values: dict[str, Any], pattern: str, origins: dict[str, str], keys: _Keys) -> Behavior:
    if values.get("TrustedSigners", {}).get("Enabled"):
        raise CloudFrontSignerError(
            f"behaviour {pattern}: trusted signers are accounts, whose public keys the API does not give; "
            "use --origin with --public-key ID=FILE"
        )
    groups = values.get("TrustedKeyGroups", {})
    trusted: dict[str, PublicKey] | None = None
    if groups.get("Enabled"):
        # Groups without a key let nobody in; that is not the same as no groups.
        trusted = {}
        for group_id in groups.get("Items") or []:
            trusted |= keys.of_group(group_id)
    methods = values.get("AllowedMethods", {}).get("Items") or ["GET", "HEAD"]
    return Behavior(pattern, origins[values["TargetOriginId"]], trusted, frozenset(methods))


def _origin(origin: dict[str, Any]) -> str:
    domain, path = origin["DomainName"], origin.get("OriginPath", "")
    custom = origin.get("CustomOriginConfig")
    # A bucket's website has such a name too (bucket.s3-website-eu-west-1.…), and is an HTTP server like any other.
    if custom is None and (bucket := _BUCKET_HOST.fullmatch(domain)):
        return f"s3://{bucket['bucket']}{path}" + (f"?region={bucket['region']}" if bucket["region"] else "")
    custom = custom or {}
    if custom.get("OriginProtocolPolicy") == "http-only":
        return f"http://{domain}:{custom.get('HTTPPort', 80)}{path}"
    return f"https://{domain}:{custom.get('HTTPSPort', 443)}{path}"

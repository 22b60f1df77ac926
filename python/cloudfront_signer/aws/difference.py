"""The differences between an existing distribution and a requested configuration."""

from collections.abc import Mapping
from typing import Any

_NOTHING = "none"
# Settings of a behaviour that a cache policy replaces: CloudFront rejects both together.
_BEFORE_CACHE_POLICIES = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")


def compare(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The differences in words: what exists, and what was requested."""
    has, wants = _summary(there), _summary(wanted)
    if _controls_unknown(there):
        has["origin access control"] = wants["origin access control"]
    return [f"{name}: found {has[name]}, expected {wants[name]}" for name in wants if has[name] != wants[name]]


def merge(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The existing configuration, changed as requested; all other settings stay, which CloudFront's updates require."""
    kept = {name: value for name, value in there["DefaultCacheBehavior"].items() if name not in _BEFORE_CACHE_POLICIES}
    if "ResponseHeadersPolicyId" not in wanted["DefaultCacheBehavior"]:
        kept.pop("ResponseHeadersPolicyId", None)
    behaviors = [{**kept, **one} for one in wanted["CacheBehaviors"]["Items"]]
    merged = {
        **there,
        **wanted,
        "CallerReference": there["CallerReference"],
        "Origins": _merged_origins(there, wanted),
        "DefaultCacheBehavior": {**kept, **wanted["DefaultCacheBehavior"]},
        "CacheBehaviors": {"Quantity": len(behaviors), "Items": behaviors},
    }
    for name, none in (
        ("ViewerCertificate", {"CloudFrontDefaultCertificate": True}),
        ("Logging", {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}),
    ):
        if name in there and name not in wanted:
            merged[name] = none
    return merged


def _merged_origins(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    before = {one["Id"]: one for one in there["Origins"]["Items"]}
    items = [{**before.get(one["Id"], {}), **one} for one in wanted["Origins"]["Items"]]
    return {"Quantity": len(items), "Items": items}


def _summary(config: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a configuration that matter to people."""
    (origin, *others), default = config["Origins"]["Items"], config["DefaultCacheBehavior"]
    behaviors = config.get("CacheBehaviors", {}).get("Items") or []
    logging = config.get("Logging", {})
    return {
        "origin": " ".join(one["DomainName"] for one in (origin, *others)),
        "origin access control": origin.get("OriginAccessControlId") or _NOTHING,
        "origin access identity": origin.get("S3OriginConfig", {}).get("OriginAccessIdentity") or _NOTHING,
        "key groups": _trusted(default, "TrustedKeyGroups"),
        "trusted signers": _trusted(default, "TrustedSigners"),
        "open paths": _listed([one["PathPattern"] for one in behaviors if not _signed(one)]),
        "signed paths": _listed([one["PathPattern"] for one in behaviors if _signed(one)]),
        "cache policies": _each(default, behaviors, "CachePolicyId"),
        "response headers policies": _each(default, behaviors, "ResponseHeadersPolicyId"),
        "aliases": _listed(config.get("Aliases", {}).get("Items") or []),
        "certificate": config.get("ViewerCertificate", {}).get("ACMCertificateArn") or _NOTHING,
        "default root object": config.get("DefaultRootObject") or _NOTHING,
        "price class": config.get("PriceClass") or "PriceClass_All",
        "log bucket": (logging.get("Enabled") and logging.get("Bucket")) or _NOTHING,
        "connection mode": config.get("ConnectionMode") or "direct",
        "enabled": "yes" if config["Enabled"] else "no",
    }


def _trusted(behavior: Mapping[str, Any], kind: str) -> str:
    trust = behavior.get(kind, {})
    return _listed(trust.get("Items") or []) if trust.get("Enabled") else _NOTHING


def _signed(behavior: Mapping[str, Any]) -> bool:
    return any(_trusted(behavior, kind) != _NOTHING for kind in ("TrustedKeyGroups", "TrustedSigners"))


def _each(default: Mapping[str, Any], behaviors: list[Mapping[str, Any]], name: str) -> str:
    return _listed(list({one.get(name) or _NOTHING for one in (default, *behaviors)}))


def _listed(items: list[str]) -> str:
    return ", ".join(sorted(items)) or _NOTHING


def _controls_unknown(config: Mapping[str, Any]) -> bool:
    """Whether the server knows no origin access controls: AWS returns an empty one if there is none."""
    return all("OriginAccessControlId" not in one for one in config["Origins"]["Items"])

"""CloudFront's policies for options: a cache policy for download names, and a response headers policy for CORS."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from cloudfront_signer.aws.api import delete_current, pages
from cloudfront_signer.aws.distribution_config import listed
from cloudfront_signer.aws.errors import SetupError, explained
from cloudfront_signer.aws.options import DOWNLOAD_NAMES
from cloudfront_signer.aws.ownership import Found

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import CachePolicyConfigTypeDef, ResponseHeadersPolicyConfigTypeDef

# How long browsers cache a preflight, in seconds.
_PREFLIGHT_AGE = 600


def cache_policy_config(name: str, mark: str) -> dict[str, Any]:
    """CachingOptimized, except that download names are forwarded to S3 and part of the cache key."""
    return {
        "Name": name,
        "Comment": mark,
        "MinTTL": 1,
        "DefaultTTL": 86_400,
        "MaxTTL": 31_536_000,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True,
            "EnableAcceptEncodingBrotli": True,
            "HeadersConfig": {"HeaderBehavior": "none"},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": listed(DOWNLOAD_NAMES)},
        },
    }


def cors_config(name: str, mark: str, origins: Iterable[str]) -> dict[str, Any]:
    """Scripts from these origins may read with credentials, which rules out every ``*``."""
    return {
        "Name": name,
        "Comment": mark,
        "CorsConfig": {
            "AccessControlAllowOrigins": listed(origins),
            "AccessControlAllowHeaders": listed(["Range"]),
            "AccessControlAllowMethods": listed(["GET", "HEAD", "OPTIONS"]),
            "AccessControlAllowCredentials": True,
            "AccessControlExposeHeaders": listed(["Content-Length", "Content-Range", "ETag"]),
            "AccessControlMaxAgeSec": _PREFLIGHT_AGE,
            "OriginOverride": True,
        },
    }


def find_cache_policies(cloudfront: "CloudFrontClient", name: str, known: str = "") -> list[Found]:
    """The cache policy with this name or ID, with its comment."""
    return _find(cloudfront.list_cache_policies, "CachePolicy", name, known)


def find_response_headers_policies(cloudfront: "CloudFrontClient", name: str, known: str = "") -> list[Found]:
    """The response headers policy with this name or ID, with its comment."""
    return _find(cloudfront.list_response_headers_policies, "ResponseHeadersPolicy", name, known)


def _find(list_items: Callable[..., Mapping[str, Any]], kind: str, name: str, known: str) -> list[Found]:
    with explained():
        items = [item[kind] for item in pages(list_items, f"{kind}List", Type="custom")]
    return [
        Found(item["Id"], item[f"{kind}Config"].get("Comment", ""))
        for item in items
        if item[f"{kind}Config"]["Name"] == name or item["Id"] == known
    ]


def create_cache_policy(cloudfront: "CloudFrontClient", name: str, mark: str) -> str:
    """Create the cache policy; returns its ID."""
    config = cast("CachePolicyConfigTypeDef", cache_policy_config(name, mark))
    with explained():
        made = cloudfront.create_cache_policy(CachePolicyConfig=config)
    return str(made["CachePolicy"]["Id"])


def create_response_headers_policy(cloudfront: "CloudFrontClient", name: str, mark: str, origins: Iterable[str]) -> str:
    """Create the response headers policy; returns its ID."""
    config = cast("ResponseHeadersPolicyConfigTypeDef", cors_config(name, mark, origins))
    with explained():
        made = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)
    return str(made["ResponseHeadersPolicy"]["Id"])


def settle_cors(cloudfront: "CloudFrontClient", policy_id: str, origins: Iterable[str], *, update: bool) -> None:
    """Check that a policy allows exactly these origins. If not, raises SetupError or, with ``update``, updates it."""
    with explained():
        current = cloudfront.get_response_headers_policy(Id=policy_id)
        there = current["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        wanted = cors_config(there["Name"], there.get("Comment", ""), origins)
        has, wants = _origins(there), _origins(wanted)
        if has == wants:
            return
        if not update:
            raise SetupError(
                f"response headers policy {policy_id}: found the origins {', '.join(has) or 'none'}, "
                f"expected {', '.join(wants)}: give --update to change it, or request what it has"
            )
        changed = cast("ResponseHeadersPolicyConfigTypeDef", {**there, **wanted})
        cloudfront.update_response_headers_policy(
            Id=policy_id, IfMatch=current["ETag"], ResponseHeadersPolicyConfig=changed
        )


def _origins(config: Mapping[str, Any]) -> list[str]:
    cors = config.get("CorsConfig", {})
    return sorted(cors.get("AccessControlAllowOrigins", {}).get("Items", []))


def delete_cache_policy(cloudfront: "CloudFrontClient", policy_id: str) -> None:
    """Delete a cache policy; a missing one is not an error."""
    delete_current(cloudfront.get_cache_policy, cloudfront.delete_cache_policy, policy_id, "NoSuchCachePolicy")


def delete_response_headers_policy(cloudfront: "CloudFrontClient", policy_id: str) -> None:
    """Delete a response headers policy; a missing one is not an error."""
    delete_current(
        cloudfront.get_response_headers_policy,
        cloudfront.delete_response_headers_policy,
        policy_id,
        "NoSuchResponseHeadersPolicy",
    )

"""CloudFront's policies that options need: what reaches S3, and which sites' scripts may read with cookies."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.options import DOWNLOAD_NAMES
from cloudfront_signer.aws.origin_access import pages
from cloudfront_signer.aws.ownership import Found

# The seconds for which browsers remember a preflight.
_PREFLIGHT_AGE = 600


def cache_policy_config(name: str, mark: str) -> dict[str, Any]:
    """As CachingOptimized, but a download's name reaches S3, and is part of what is cached."""
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
            "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": _listed(DOWNLOAD_NAMES)},
        },
    }


def cors_config(name: str, mark: str, origins: Iterable[str]) -> dict[str, Any]:
    """Scripts of these sites may read, with cookies: credentials exclude every ``*``."""
    return {
        "Name": name,
        "Comment": mark,
        "CorsConfig": {
            "AccessControlAllowOrigins": _listed(origins),
            "AccessControlAllowHeaders": _listed(["Range"]),
            "AccessControlAllowMethods": _listed(["GET", "HEAD", "OPTIONS"]),
            "AccessControlAllowCredentials": True,
            "AccessControlExposeHeaders": _listed(["Content-Length", "Content-Range", "ETag"]),
            "AccessControlMaxAgeSec": _PREFLIGHT_AGE,
            "OriginOverride": True,
        },
    }


def _listed(items: Iterable[str]) -> dict[str, Any]:
    items = list(items)
    return {"Quantity": len(items), "Items": items}


def find_cache_policies(cloudfront: Any, name: str, known: str = "") -> list[Found]:
    """The cache policy of this name (or this id), with its comment."""
    return _find(cloudfront.list_cache_policies, "CachePolicy", name, known)


def find_response_headers_policies(cloudfront: Any, name: str, known: str = "") -> list[Found]:
    """The response headers policy of this name (or this id), with its comment."""
    return _find(cloudfront.list_response_headers_policies, "ResponseHeadersPolicy", name, known)


def _find(list_items: Any, kind: str, name: str, known: str) -> list[Found]:
    with explained():
        items = [item[kind] for item in pages(list_items, f"{kind}List", Type="custom")]
    return [
        Found(item["Id"], item[f"{kind}Config"].get("Comment", ""))
        for item in items
        if item[f"{kind}Config"]["Name"] == name or item["Id"] == known
    ]


def create_cache_policy(cloudfront: Any, name: str, mark: str) -> str:
    """Make the cache policy; gives its id."""
    with explained():
        made = cloudfront.create_cache_policy(CachePolicyConfig=cache_policy_config(name, mark))
    return str(made["CachePolicy"]["Id"])


def create_response_headers_policy(cloudfront: Any, name: str, mark: str, origins: Iterable[str]) -> str:
    """Make the response headers policy; gives its id."""
    config = cors_config(name, mark, origins)
    with explained():
        made = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)
    return str(made["ResponseHeadersPolicy"]["Id"])


def settle_cors(cloudfront: Any, policy_id: str, origins: Iterable[str], *, update: bool) -> None:
    """See that a policy lets exactly these sites read. Raises SetupError, or updates it, where it differs."""
    with explained():
        current = cloudfront.get_response_headers_policy(Id=policy_id)
        there = current["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        wanted = cors_config(there["Name"], there.get("Comment", ""), origins)
        has, wants = _origins(there), _origins(wanted)
        if has == wants:
            return
        if not update:
            raise SetupError(
                f"response headers policy {policy_id}: it lets {', '.join(has) or 'no site'} read, "
                f"{', '.join(wants)} wanted: give --update to change it, or what it has"
            )
        cloudfront.update_response_headers_policy(
            Id=policy_id, IfMatch=current["ETag"], ResponseHeadersPolicyConfig={**there, **wanted}
        )


def _origins(config: dict[str, Any]) -> list[str]:
    cors = config.get("CorsConfig", {})
    return sorted(cors.get("AccessControlAllowOrigins", {}).get("Items", []))


def delete_cache_policy(cloudfront: Any, policy_id: str) -> None:
    """Delete a cache policy; one that is gone already is no error."""
    with explained():
        try:
            etag = cloudfront.get_cache_policy(Id=policy_id)["ETag"]
            cloudfront.delete_cache_policy(Id=policy_id, IfMatch=etag)
        except ClientError as error:
            if code_of(error) != "NoSuchCachePolicy":
                raise


def delete_response_headers_policy(cloudfront: Any, policy_id: str) -> None:
    """Delete a response headers policy; one that is gone already is no error."""
    with explained():
        try:
            etag = cloudfront.get_response_headers_policy(Id=policy_id)["ETag"]
            cloudfront.delete_response_headers_policy(Id=policy_id, IfMatch=etag)
        except ClientError as error:
            if code_of(error) != "NoSuchResponseHeadersPolicy":
                raise

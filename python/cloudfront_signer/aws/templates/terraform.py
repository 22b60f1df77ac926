"""A stack as a Terraform configuration, in the layout of ``terraform fmt``."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.bucket_policy import SID
from cloudfront_signer.aws.distribution_config import CACHING_OPTIMIZED
from cloudfront_signer.aws.keys import fingerprint, key_name
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.policies import cache_policy_config, cors_config


@dataclass(frozen=True, slots=True, repr=False)
class _Block(MaskedRepr):
    """``head { … }``: attributes, whose values are expressions, then blocks."""

    head: str
    attributes: dict[str, str]
    blocks: "tuple[_Block, ...]" = ()

    def lines(self, indent: str = "") -> Iterator[str]:
        yield f"{indent}{self.head} {{"
        inner = f"{indent}  "
        width = max((len(name) for name in self.attributes), default=0)
        for name, value in self.attributes.items():
            yield f"{inner}{name:<{width}} = {value}"
        for number, block in enumerate(self.blocks):
            if number or self.attributes:
                yield ""
            yield from block.lines(inner)
        yield f"{indent}}}"


def configuration(bucket: str, public_keys: Sequence[str], options: Options) -> str:
    """The configuration, in HCL."""
    parts = [
        _Block("terraform", {}, (_Block("required_providers", {"aws": _PROVIDER}),)),
        *_bucket(bucket),
        _control(bucket),
        *(_public_key(bucket, pem) for pem in public_keys),
        _key_group(bucket, public_keys),
        *_policies(bucket, options),
        *(_distribution(bucket, kind, options) for kind in options.kinds),
        *_bucket_policy(options),
        _output("key_pair_id", f"aws_cloudfront_public_key.{_label(public_keys[0])}.id"),
        *(_output(f"{kind}_domain_name", f"aws_cloudfront_distribution.{kind}.domain_name") for kind in options.kinds),
    ]
    written = "\n\n".join("\n".join(part.lines()) for part in parts)
    return f"# Private content: a bucket behind CloudFront's signed URLs. Made by cloudfront-signer.\n{written}\n"


_PROVIDER = '{ source = "hashicorp/aws", version = ">= 5.0" }'


def _text(value: str) -> str:
    """A string in HCL, in which ``${`` and ``%{`` start templates."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _texts(values: Iterable[str]) -> str:
    return _list(map(_text, values))


def _resource(kind: str, name: str, attributes: dict[str, str], *blocks: _Block) -> _Block:
    return _Block(f'resource "{kind}" "{name}"', attributes, blocks)


def _output(name: str, value: str) -> _Block:
    return _Block(f'output "{name}"', {"value": value})


def _bucket(name: str) -> list[_Block]:
    closed = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    return [
        _resource("aws_s3_bucket", "content", {"bucket": _text(name)}),
        _resource(
            "aws_s3_bucket_public_access_block",
            "content",
            {"bucket": "aws_s3_bucket.content.id", **dict.fromkeys(closed, "true")},
        ),
    ]


def _control(name: str) -> _Block:
    attributes = {
        "name": _text(name),
        "origin_access_control_origin_type": _text("s3"),
        "signing_behavior": _text("always"),
        "signing_protocol": _text("sigv4"),
    }
    return _resource("aws_cloudfront_origin_access_control", "content", attributes)


def _label(pem: str) -> str:
    return f"signer_{fingerprint(pem)}"


def _public_key(bucket: str, pem: str) -> _Block:
    """Each key is a resource of its name, created before the old one is destroyed: the group is never empty."""
    attributes = {"name": _text(key_name(bucket, pem)), "encoded_key": _text(pem)}
    lifecycle = _Block("lifecycle", {"create_before_destroy": "true"})
    return _resource("aws_cloudfront_public_key", _label(pem), attributes, lifecycle)


def _key_group(bucket: str, public_keys: Sequence[str]) -> _Block:
    items = _list(f"aws_cloudfront_public_key.{_label(pem)}.id" for pem in public_keys)
    return _resource("aws_cloudfront_key_group", "signers", {"name": _text(bucket), "items": items})


def _policies(bucket: str, options: Options) -> Iterator[_Block]:
    if options.allow_download_names:
        yield _cache_policy(bucket)
    if options.cors_origins:
        yield _cors_policy(bucket, options)


def _cache_policy(bucket: str) -> _Block:
    config = cache_policy_config(bucket, "download names are forwarded to S3")
    names = config["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]["QueryStrings"]["Items"]
    parameters = _Block(
        "parameters_in_cache_key_and_forwarded_to_origin",
        {"enable_accept_encoding_brotli": "true", "enable_accept_encoding_gzip": "true"},
        (
            _Block("cookies_config", {"cookie_behavior": _text("none")}),
            _Block("headers_config", {"header_behavior": _text("none")}),
            _Block(
                "query_strings_config",
                {"query_string_behavior": _text("whitelist")},
                (_Block("query_strings", {"items": _texts(names)}),),
            ),
        ),
    )
    attributes = {
        "name": _text(bucket),
        "comment": _text(config["Comment"]),
        "min_ttl": str(config["MinTTL"]),
        "default_ttl": str(config["DefaultTTL"]),
        "max_ttl": str(config["MaxTTL"]),
    }
    return _resource("aws_cloudfront_cache_policy", "content", attributes, parameters)


def _cors_policy(bucket: str, options: Options) -> _Block:
    config = cors_config(bucket, "CORS with credentials", options.cors_origins)
    cors = config["CorsConfig"]
    lists = {
        "access_control_allow_headers": "AccessControlAllowHeaders",
        "access_control_allow_methods": "AccessControlAllowMethods",
        "access_control_allow_origins": "AccessControlAllowOrigins",
        "access_control_expose_headers": "AccessControlExposeHeaders",
    }
    block = _Block(
        "cors_config",
        {
            "access_control_allow_credentials": "true",
            "access_control_max_age_sec": str(cors["AccessControlMaxAgeSec"]),
            "origin_override": "true",
        },
        tuple(_Block(name, {"items": _texts(cors[key]["Items"])}) for name, key in lists.items()),
    )
    attributes = {"name": _text(bucket), "comment": _text(config["Comment"])}
    return _resource("aws_cloudfront_response_headers_policy", "content", attributes, block)


def _distribution(bucket: str, kind: str, options: Options) -> _Block:
    signed = kind == "signed"
    attributes = {"comment": _text(f"{bucket} {kind}"), "enabled": "true", "http_version": _text("http2and3")}
    attributes["is_ipv6_enabled"] = "false"
    if options.root_object:
        attributes["default_root_object"] = _text(options.root_object)
    certificate = {"cloudfront_default_certificate": "true"}
    if signed and options.domain and options.certificate:
        attributes["aliases"] = _texts([options.domain])
        certificate = {
            "acm_certificate_arn": _text(options.certificate),
            "ssl_support_method": _text("sni-only"),
            "minimum_protocol_version": _text("TLSv1.2_2021"),
        }
    trust = {"trusted_key_groups": _list(["aws_cloudfront_key_group.signers.id"])} if signed else {}
    behavior = _behavior(options)
    origin = {
        "origin_id": _text("bucket"),
        "domain_name": "aws_s3_bucket.content.bucket_regional_domain_name",
        "origin_access_control_id": "aws_cloudfront_origin_access_control.content.id",
    }
    return _resource(
        "aws_cloudfront_distribution",
        kind,
        attributes,
        _Block("origin", origin),
        _Block("default_cache_behavior", {**behavior, **trust}),
        *(
            _Block("ordered_cache_behavior", {"path_pattern": _text(pattern), **behavior})
            for pattern in (options.open_paths if signed else ())
        ),
        _Block("restrictions", {}, (_Block("geo_restriction", {"restriction_type": _text("none")}),)),
        _Block("viewer_certificate", certificate),
    )


def _behavior(options: Options) -> dict[str, str]:
    cache_policy = "aws_cloudfront_cache_policy.content.id" if options.allow_download_names else None
    behavior = {
        "target_origin_id": _text("bucket"),
        "viewer_protocol_policy": _text("redirect-to-https"),
        "cache_policy_id": cache_policy or _text(CACHING_OPTIMIZED),
        "allowed_methods": _texts(["GET", "HEAD", "OPTIONS"]),
        "cached_methods": _texts(["GET", "HEAD"]),
        "compress": "true",
    }
    if options.cors_origins:
        behavior["response_headers_policy_id"] = "aws_cloudfront_response_headers_policy.content.id"
    return behavior


def _bucket_policy(options: Options) -> list[_Block]:
    granted = [(SID, "s3:GetObject", '"${aws_s3_bucket.content.arn}/*"')]
    if options.list_bucket:
        granted.append((f"{SID}List", "s3:ListBucket", "aws_s3_bucket.content.arn"))
    arns = _list(f"aws_cloudfront_distribution.{kind}.arn" for kind in options.kinds)
    principal = {"type": _text("Service"), "identifiers": _texts(["cloudfront.amazonaws.com"])}
    condition = {"test": _text("StringEquals"), "variable": _text("AWS:SourceArn"), "values": arns}
    statements = tuple(
        _Block(
            "statement",
            {"sid": _text(sid), "actions": _texts([action]), "resources": _list([resource])},
            (_Block("principals", principal), _Block("condition", condition)),
        )
        for sid, action, resource in granted
    )
    policy = {
        "bucket": "aws_s3_bucket.content.id",
        "policy": "data.aws_iam_policy_document.content.json",
    }
    return [
        _Block('data "aws_iam_policy_document" "content"', {}, statements),
        _resource("aws_s3_bucket_policy", "content", policy),
    ]

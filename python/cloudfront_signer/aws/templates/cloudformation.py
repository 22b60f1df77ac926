"""A stack as a CloudFormation template."""

import json
from collections.abc import Sequence
from typing import Any

from cloudfront_signer.aws.bucket import CLOSED
from cloudfront_signer.aws.bucket_policy import SID
from cloudfront_signer.aws.distribution_config import CACHING_OPTIMIZED
from cloudfront_signer.aws.keys import fingerprint, key_name
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.policies import cache_policy_config, cors_config


def document(bucket: str, public_keys: Sequence[str], options: Options) -> str:
    """The template, in JSON."""
    key_ids = [f"PublicKey{fingerprint(pem)}" for pem in public_keys]
    resources = {
        "Bucket": _bucket(bucket),
        "OriginAccessControl": _control(bucket),
        **{logical_id: _public_key(bucket, pem) for logical_id, pem in zip(key_ids, public_keys, strict=True)},
        "KeyGroup": _resource("KeyGroup", KeyGroupConfig={"Name": bucket, "Items": [{"Ref": one} for one in key_ids]}),
        **_policies(bucket, options),
        **{f"{kind.title()}Distribution": _distribution(bucket, kind, options) for kind in options.kinds},
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": _bucket_policy(options)},
        },
    }
    outputs = {
        "KeyPairId": {"Value": {"Ref": key_ids[0]}},
        **{
            f"{kind.title()}DomainName": {"Value": {"Fn::GetAtt": [f"{kind.title()}Distribution", "DomainName"]}}
            for kind in options.kinds
        },
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Private content: a bucket behind CloudFront's signed URLs. Made by cloudfront-signer.",
        "Resources": resources,
        "Outputs": outputs,
    }
    return json.dumps(template, indent=2) + "\n"


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::CloudFront::{kind}", "Properties": properties}


def _bucket(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"BucketName": name, "PublicAccessBlockConfiguration": CLOSED},
    }


def _control(name: str) -> dict[str, Any]:
    config = {
        "Name": name,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return _resource("OriginAccessControl", OriginAccessControlConfig=config)


def _public_key(bucket: str, pem: str) -> dict[str, Any]:
    """Each key is a resource of its name: CloudFront changes none in place, and deletes none in a group."""
    name = key_name(bucket, pem)
    return _resource("PublicKey", PublicKeyConfig={"CallerReference": name, "Name": name, "EncodedKey": pem})


def _policies(bucket: str, options: Options) -> dict[str, Any]:
    made = {}
    if options.allow_download_names:
        config = cache_policy_config(bucket, "download names are forwarded to S3")
        parameters = config["ParametersInCacheKeyAndForwardedToOrigin"]
        query = parameters["QueryStringsConfig"]
        query["QueryStrings"] = query["QueryStrings"]["Items"]
        made["CachePolicy"] = _resource("CachePolicy", CachePolicyConfig=config)
    if options.cors_origins:
        config = cors_config(bucket, "CORS with credentials", options.cors_origins)
        # CloudFormation expects no Quantity.
        config["CorsConfig"] = {
            name: {"Items": value["Items"]} if isinstance(value, dict) else value
            for name, value in config["CorsConfig"].items()
        }
        made["ResponseHeadersPolicy"] = _resource("ResponseHeadersPolicy", ResponseHeadersPolicyConfig=config)
    return made


def _distribution(bucket: str, kind: str, options: Options) -> dict[str, Any]:
    signed = kind == "signed"
    origin = {
        "Id": "bucket",
        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Ref": "OriginAccessControl"},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": {"Ref": "CachePolicy"} if options.allow_download_names else CACHING_OPTIMIZED,
        "Compress": True,
        "AllowedMethods": ["GET", "HEAD", "OPTIONS"],
        "CachedMethods": ["GET", "HEAD"],
    }
    if options.cors_origins:
        behavior["ResponseHeadersPolicyId"] = {"Ref": "ResponseHeadersPolicy"}
    config: dict[str, Any] = {
        "Comment": f"{bucket} {kind}",
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": False,
        "Origins": [origin],
        "DefaultCacheBehavior": {**behavior, **({"TrustedKeyGroups": [{"Ref": "KeyGroup"}]} if signed else {})},
    }
    if options.root_object:
        config["DefaultRootObject"] = options.root_object
    if signed and options.open_paths:
        config["CacheBehaviors"] = [{"PathPattern": pattern, **behavior} for pattern in options.open_paths]
    if signed and options.domain:
        config["Aliases"] = [options.domain]
        config["ViewerCertificate"] = {
            "AcmCertificateArn": options.certificate,
            "SslSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
    return _resource("Distribution", DistributionConfig=config)


def _bucket_policy(options: Options) -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/"
    arns = [{"Fn::Sub": f"{arn}${{{kind.title()}Distribution}}"} for kind in options.kinds]
    bucket = "arn:${AWS::Partition}:s3:::${Bucket}"
    granted = [(SID, "s3:GetObject", f"{bucket}/*")]
    if options.list_bucket:
        granted.append((f"{SID}List", "s3:ListBucket", bucket))
    statements = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": action,
            "Resource": {"Fn::Sub": resource},
            "Condition": {"StringEquals": {"AWS:SourceArn": arns}},
        }
        for sid, action, resource in granted
    ]
    return {"Version": "2012-10-17", "Statement": statements}

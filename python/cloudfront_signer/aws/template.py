"""The same stack as a template, for people who keep infrastructure in code."""

import json
from collections.abc import Callable
from typing import Any

from cloudfront_signer.aws.distribution import CACHING_OPTIMIZED
from cloudfront_signer.aws.stack import SID


def cloudformation(bucket: str, public_key: str) -> str:
    """A CloudFormation template in JSON; the private key is not in it."""
    resources = {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketName": bucket,
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": True,
                    "RestrictPublicBuckets": True,
                },
            },
        },
        "OriginAccessControl": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": bucket,
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "PublicKey": {
            "Type": "AWS::CloudFront::PublicKey",
            "Properties": {"PublicKeyConfig": {"CallerReference": bucket, "Name": bucket, "EncodedKey": public_key}},
        },
        "KeyGroup": {
            "Type": "AWS::CloudFront::KeyGroup",
            "Properties": {"KeyGroupConfig": {"Name": bucket, "Items": [{"Ref": "PublicKey"}]}},
        },
        "OpenDistribution": _distribution(f"{bucket} open", {}),
        "SignedDistribution": _distribution(f"{bucket} signed", {"TrustedKeyGroups": [{"Ref": "KeyGroup"}]}),
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": _bucket_policy()},
        },
    }
    outputs = {
        "KeyPairId": {"Value": {"Ref": "PublicKey"}},
        "OpenDomainName": {"Value": {"Fn::GetAtt": ["OpenDistribution", "DomainName"]}},
        "SignedDomainName": {"Value": {"Fn::GetAtt": ["SignedDistribution", "DomainName"]}},
    }
    document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Private content: one bucket, an open and a signed distribution. Made by cloudfront-signer.",
        "Resources": resources,
        "Outputs": outputs,
    }
    return json.dumps(document, indent=2) + "\n"


def _distribution(comment: str, trust: dict[str, Any]) -> dict[str, Any]:
    origin = {
        "Id": "bucket",
        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Ref": "OriginAccessControl"},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    behavior = {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": True,
        **trust,
    }
    config = {
        "Comment": comment,
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": False,
        "Origins": [origin],
        "DefaultCacheBehavior": behavior,
    }
    return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}


def _bucket_policy() -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/"
    arns = [{"Fn::Sub": f"{arn}${{{kind}Distribution}}"} for kind in ("Open", "Signed")]
    statement = {
        "Sid": SID,
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"},
        "Condition": {"StringEquals": {"AWS:SourceArn": arns}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def terraform(bucket: str, public_key: str) -> str:
    """A Terraform configuration; the private key is not in it."""
    distributions = "\n".join(
        _TERRAFORM_DISTRIBUTION.format(kind=kind, bucket=bucket, cache_policy=CACHING_OPTIMIZED, trust=trust)
        for kind, trust in (("open", ""), ("signed", _TERRAFORM_TRUST))
    )
    indented = public_key.rstrip("\n").replace("\n", "\n    ")
    return _TERRAFORM.format(bucket=bucket, public_key=indented, distributions=distributions, sid=SID)


_TERRAFORM = """\
# Private content: one bucket, an open and a signed distribution. Made by cloudfront-signer.
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }}
  }}
}}

resource "aws_s3_bucket" "content" {{
  bucket = "{bucket}"
}}

resource "aws_s3_bucket_public_access_block" "content" {{
  bucket                  = aws_s3_bucket.content.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}}

resource "aws_cloudfront_origin_access_control" "content" {{
  name                              = "{bucket}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}}

resource "aws_cloudfront_public_key" "signer" {{
  name        = "{bucket}"
  encoded_key = <<-PEM
    {public_key}
  PEM
}}

resource "aws_cloudfront_key_group" "signers" {{
  name  = "{bucket}"
  items = [aws_cloudfront_public_key.signer.id]
}}

{distributions}
data "aws_iam_policy_document" "content" {{
  statement {{
    sid       = "{sid}"
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.content.arn}}/*"]

    principals {{
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }}

    condition {{
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.open.arn, aws_cloudfront_distribution.signed.arn]
    }}
  }}
}}

resource "aws_s3_bucket_policy" "content" {{
  bucket = aws_s3_bucket.content.id
  policy = data.aws_iam_policy_document.content.json
}}

output "key_pair_id" {{
  value = aws_cloudfront_public_key.signer.id
}}

output "open_domain_name" {{
  value = aws_cloudfront_distribution.open.domain_name
}}

output "signed_domain_name" {{
  value = aws_cloudfront_distribution.signed.domain_name
}}
"""

_TERRAFORM_TRUST = "    trusted_key_groups     = [aws_cloudfront_key_group.signers.id]\n"

_TERRAFORM_DISTRIBUTION = """\
resource "aws_cloudfront_distribution" "{kind}" {{
  comment      = "{bucket} {kind}"
  enabled      = true
  http_version = "http2and3"

  origin {{
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.content.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.content.id
  }}

  default_cache_behavior {{
    target_origin_id       = "bucket"
    viewer_protocol_policy = "redirect-to-https"
    cache_policy_id        = "{cache_policy}"
    allowed_methods        = ["GET", "HEAD", "OPTIONS"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
{trust}  }}

  restrictions {{
    geo_restriction {{
      restriction_type = "none"
    }}
  }}

  viewer_certificate {{
    cloudfront_default_certificate = true
  }}
}}
"""

FORMATS: dict[str, Callable[[str, str], str]] = {"cloudformation": cloudformation, "terraform": terraform}

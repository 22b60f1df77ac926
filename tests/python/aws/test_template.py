"""Templates: cfn-lint holds CloudFormation's rules; Terraform's are held by its grammar, the provider's schema below
(there is no terraform here to ask), its references, and the layout that ``terraform fmt`` leaves alone.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hcl2
import pytest

from cloudfront_signer import PrivateKey
from cloudfront_signer.aws import Options, SetupError, template

PEM, OTHER = (PrivateKey.generate("ecdsa-p256").public_key().to_pem() for _ in range(2))
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
ALL = Options(
    open_paths=("/public/*", "/p$'\"?.jpg"),
    open_distribution=True,
    domain="media.example.com",
    certificate=CERTIFICATE,
    cors_origins=("https://www.example.com", "http://localhost:8000"),
    allow_download_names=True,
    list_bucket=True,
)
EACH = [
    Options(),
    Options(open_paths=("/public/*",)),
    Options(open_distribution=True),
    Options(domain="media.example.com", certificate=CERTIFICATE),
    Options(cors_origins=("https://www.example.com",)),
    Options(allow_download_names=True),
    Options(list_bucket=True),
    ALL,
]


def resources_of(options=None, keys=(PEM,)):
    return json.loads(template.cloudformation("my-bucket", keys, options))["Resources"]


@pytest.mark.parametrize("options", [Options(), ALL], ids=["least", "all"])
def test_cfn_lint_has_nothing_to_say(tmp_path, options):
    path = tmp_path / "template.json"
    path.write_text(template.cloudformation("my-bucket", [PEM, OTHER], options))
    tools = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["cfn-lint", path], capture_output=True, text=True, check=False, env=tools)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_public_by_accident():
    resources = resources_of()
    (distribution,) = [one for one in resources.values() if one["Type"] == "AWS::CloudFront::Distribution"]
    config = distribution["Properties"]["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"] == [{"Ref": "KeyGroup"}]
    assert "CacheBehaviors" not in config
    assert template.terraform("my-bucket", [PEM]).count('resource "aws_cloudfront_distribution"') == 1


def test_each_option_is_in_the_template():
    config = resources_of(ALL)["SignedDistribution"]["Properties"]["DistributionConfig"]
    assert [one["PathPattern"] for one in config["CacheBehaviors"]] == list(ALL.open_paths)
    assert all("TrustedKeyGroups" not in one for one in config["CacheBehaviors"])
    assert config["Aliases"] == ["media.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behavior["CachePolicyId"] == {"Ref": "CachePolicy"}
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": "ResponseHeadersPolicy"}
    assert config["DefaultRootObject"] == "index.html", "a bucket that may be listed is not listed at /"
    statements = resources_of(ALL)["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [one["Action"] for one in statements] == ["s3:GetObject", "s3:ListBucket"]
    assert "OpenDistribution" in resources_of(ALL)


def test_another_key_is_another_resource():
    """CloudFront changes no public key in place, and deletes none that a group holds."""
    first, second = resources_of(keys=[PEM]), resources_of(keys=[OTHER])
    (old,) = [name for name, one in first.items() if one["Type"] == "AWS::CloudFront::PublicKey"]
    (new,) = [name for name, one in second.items() if one["Type"] == "AWS::CloudFront::PublicKey"]
    assert old != new
    for field in ("Name", "CallerReference"):
        before = first[old]["Properties"]["PublicKeyConfig"][field]
        assert before != second[new]["Properties"]["PublicKeyConfig"][field]
    assert second["KeyGroup"]["Properties"]["KeyGroupConfig"]["Items"] == [{"Ref": new}]
    assert resources_of(keys=[PEM]) == first, "the same key is the same resource"
    both = resources_of(keys=[OTHER, PEM])
    assert both["KeyGroup"]["Properties"]["KeyGroupConfig"]["Items"] == [{"Ref": new}, {"Ref": old}]
    (label,) = re.findall(r'"aws_cloudfront_public_key" "(\w+)"', template.terraform("my-bucket", [PEM]))
    assert label not in template.terraform("my-bucket", [OTHER])
    assert "create_before_destroy = true" in template.terraform("my-bucket", [PEM])


@pytest.mark.parametrize("form", template.FORMATS)
def test_what_a_template_refuses(form):
    for name in ("My_Videos", "A.B", "ab"):
        with pytest.raises(SetupError, match="3 to 63"):
            template.FORMATS[form](name, [PEM], Options())
    with pytest.raises(SetupError, match="expected 1 to 5"):
        template.FORMATS[form]("my-bucket", [], Options())
    with pytest.raises(SetupError, match="given twice"):
        template.FORMATS[form]("my-bucket", [PEM, PEM], Options())


# From the documentation of hashicorp/aws: what is required, and what else there may be; blocks are dictionaries.
ITEMS = {"required": {"items"}}
BEHAVIOR = {
    "required": {"allowed_methods", "cached_methods", "target_origin_id", "viewer_protocol_policy", "cache_policy_id"},
    "optional": {"compress", "trusted_key_groups", "response_headers_policy_id"},
}
SCHEMA = {
    "aws_s3_bucket": {"optional": {"bucket"}},
    "aws_s3_bucket_public_access_block": {
        "required": {"bucket"},
        "optional": {"block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"},
    },
    "aws_cloudfront_origin_access_control": {
        "required": {"name", "origin_access_control_origin_type", "signing_behavior", "signing_protocol"}
    },
    "aws_cloudfront_public_key": {
        "required": {"encoded_key"},
        "optional": {"name", "comment"},
        "blocks": {"lifecycle": {"optional": {"create_before_destroy"}}},
    },
    "aws_cloudfront_key_group": {"required": {"name", "items"}, "optional": {"comment"}},
    "aws_cloudfront_cache_policy": {
        "required": {"name"},
        "optional": {"comment", "min_ttl", "default_ttl", "max_ttl"},
        "required blocks": {
            "parameters_in_cache_key_and_forwarded_to_origin": {
                "optional": {"enable_accept_encoding_brotli", "enable_accept_encoding_gzip"},
                "required blocks": {
                    "cookies_config": {"required": {"cookie_behavior"}},
                    "headers_config": {"optional": {"header_behavior"}},
                    "query_strings_config": {
                        "required": {"query_string_behavior"},
                        "blocks": {"query_strings": {"optional": {"items"}}},
                    },
                },
            }
        },
    },
    "aws_cloudfront_response_headers_policy": {
        "required": {"name"},
        "optional": {"comment"},
        "blocks": {
            "cors_config": {
                "required": {"access_control_allow_credentials", "origin_override"},
                "optional": {"access_control_max_age_sec"},
                "required blocks": {
                    "access_control_allow_headers": ITEMS,
                    "access_control_allow_methods": ITEMS,
                    "access_control_allow_origins": ITEMS,
                },
                "blocks": {"access_control_expose_headers": {"optional": {"items"}}},
            }
        },
    },
    "aws_cloudfront_distribution": {
        "required": {"enabled"},
        "optional": {"aliases", "comment", "default_root_object", "http_version", "is_ipv6_enabled"},
        "required blocks": {
            "origin": {"required": {"domain_name", "origin_id"}, "optional": {"origin_access_control_id"}},
            "default_cache_behavior": BEHAVIOR,
            "restrictions": {"required blocks": {"geo_restriction": {"required": {"restriction_type"}}}},
            "viewer_certificate": {
                "optional": {
                    "acm_certificate_arn",
                    "cloudfront_default_certificate",
                    "minimum_protocol_version",
                    "ssl_support_method",
                }
            },
        },
        "blocks": {"ordered_cache_behavior": {**BEHAVIOR, "required": {*BEHAVIOR["required"], "path_pattern"}}},
    },
    "aws_s3_bucket_policy": {"required": {"bucket", "policy"}},
    "aws_iam_policy_document": {
        "blocks": {
            "statement": {
                "optional": {"sid", "actions", "resources"},
                "blocks": {
                    "principals": {"required": {"type", "identifiers"}},
                    "condition": {"required": {"test", "variable", "values"}},
                },
            }
        }
    },
}
EXPORTED = {"id", "arn", "domain_name", "bucket_regional_domain_name", "json"}


def check_block(where, block, schema):
    required, optional = schema.get("required", set()), schema.get("optional", set())
    needed, further = schema.get("required blocks", {}), schema.get("blocks", {})
    given = set(block) - {"__is_block__"}
    assert required | set(needed) <= given, f"{where}: {required | set(needed) - given} missing"
    assert given <= required | optional | set(needed) | set(further), f"{where}: {given} has something unknown"
    for name, inner in {**needed, **further}.items():
        for one in block.get(name, []):
            check_block(f"{where}.{name}", one, inner)


@pytest.mark.parametrize("options", EACH)
def test_terraform_validates(options):
    text = template.terraform("my-bucket", [PEM, OTHER], options)
    parsed = hcl2.loads(text)
    declared = set()
    for kind in ("resource", "data"):
        for one in parsed[kind]:
            ((its_type, named),) = one.items()
            ((name, block),) = named.items()
            its_type, name = its_type.strip('"'), name.strip('"')
            check_block(its_type, block, SCHEMA[its_type])
            address = f"{'data.' if kind == 'data' else ''}{its_type}.{name}"
            assert address not in declared, "an address is given once"
            declared.add(address)
    without_strings = re.sub(r'"(?:[^"\\$]|\\.|\$(?!\{))*"', '""', text)
    references = re.findall(r"\b((?:data\.)?aws_\w+\.\w+)\.(\w+)", without_strings)
    assert {address for address, _ in references} <= declared, "no reference leads nowhere"
    assert {attribute for _, attribute in references} <= EXPORTED
    assert all(one in text for one in ("required_providers", "hashicorp/aws"))
    names = [one["name"] for one in map(block_of, parsed["resource"]) if "name" in one]
    assert len(set(names)) > 1
    fits_together(text, options)


def block_of(resource):
    ((_, named),) = resource.items()
    return next(iter(named.values()))


def fits_together(text, options):
    """What only a plan would find: conflicts that the provider's schema does not show."""
    assert ("acm_certificate_arn" in text) == (options.domain is not None)
    assert text.count("cloudfront_default_certificate = true") == len(options.kinds) - (options.domain is not None)
    assert text.count("trusted_key_groups") == 1
    assert text.count("ordered_cache_behavior {") == len(options.open_paths)


@pytest.mark.parametrize("options", EACH)
def test_terraform_fmt_changes_nothing(tmp_path, options):
    text = template.terraform("my-bucket", [PEM, OTHER], options)
    assert text == formatted(text)
    if shutil.which("terraform") is not None:
        (tmp_path / "main.tf").write_text(text)
        command = ["terraform", "fmt", "-check", "-diff", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def formatted(text):
    """What ``terraform fmt`` does (hclwrite's format.go): two blanks a level, ``=`` of neighbours in one column,
    one blank beside it, none at the end of a line; here brackets open and close within a line, but those of blocks.
    """
    lines, level = [], 0
    for line in text.split("\n"):
        words = line.strip()
        level -= words == "}"
        lines.append(f"{'  ' * level}{words}" if words else "")
        level += words.endswith("{") and not words.startswith("#")
    number = 0
    while number < len(lines):
        end = number
        while end < len(lines) and re.match(r" *\w+ *= ", lines[end]):
            end += 1
        width = max((len(lines[one].partition("=")[0].rstrip()) for one in range(number, end)), default=0)
        for one in range(number, end):
            name, _, value = lines[one].partition("=")
            lines[one] = f"{name.rstrip():<{width}} = {value.strip()}"
        number = max(end, number + 1)
    return "\n".join(lines)


def test_the_formatter_finds_what_is_wrong():
    assert formatted("a {\n b = 1\n cc =  2 \n}") == "a {\n  b  = 1\n  cc = 2\n}"


def test_hcl_templates_are_escaped():
    from cloudfront_signer.aws.templates.terraform import _text

    assert _text('${a} %{b} "\\') == '"$${a} %%{b} \\"\\\\"'

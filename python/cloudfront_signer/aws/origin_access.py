"""Step 2: the origin access control, by which CloudFront signs its requests to the bucket."""

import hashlib
from typing import TYPE_CHECKING

from cloudfront_signer.aws.api import delete_current, pages
from cloudfront_signer.aws.errors import explained
from cloudfront_signer.aws.ownership import CREATOR, Found

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

_LONGEST_NAME = 64


def ensure_origin_access_control(cloudfront: "CloudFrontClient", name: str) -> str:
    """Find or create an origin access control for S3 that signs every request; returns its ID."""
    found = find_origin_access_controls(cloudfront, name)
    return found[0].id if found else create_origin_access_control(cloudfront, name, CREATOR)


def control_name(name: str) -> str:
    """A name of at most 64 characters, which is CloudFront's limit; a longer one ends in its fingerprint."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def find_origin_access_controls(cloudfront: "CloudFrontClient", name: str, known: str = "") -> list[Found]:
    """The control with this name or ID, with its description."""
    with explained():
        return [
            Found(item["Id"], item.get("Description", ""))
            for item in pages(cloudfront.list_origin_access_controls, "OriginAccessControlList")
            if item["Name"] == name or item["Id"] == known
        ]


def create_origin_access_control(cloudfront: "CloudFrontClient", name: str, mark: str) -> str:
    """Create an origin access control, with a description that names its creator; returns its ID."""
    with explained():
        made = cloudfront.create_origin_access_control(
            OriginAccessControlConfig={
                "Name": name,
                "Description": mark,
                "SigningProtocol": "sigv4",
                "SigningBehavior": "always",
                "OriginAccessControlOriginType": "s3",
            }
        )
    return str(made["OriginAccessControl"]["Id"])


def delete_origin_access_control(cloudfront: "CloudFrontClient", control_id: str) -> None:
    """Delete an origin access control; a missing one is not an error."""
    delete_current(
        cloudfront.get_origin_access_control,
        cloudfront.delete_origin_access_control,
        control_id,
        "NoSuchOriginAccessControl",
    )

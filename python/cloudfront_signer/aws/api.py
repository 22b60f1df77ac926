"""What all steps need of the AWS APIs: clients of one account, lists of several pages, and deletions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import NO_API, NoApiError, SetupError, code_of, explained
from cloudfront_signer.aws.state import State

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, repr=False)
class Clients(MaskedRepr):
    """The account, and boto3 clients of it; the one for S3 rejects buckets of other accounts."""

    account: str
    s3: "S3Client"
    cloudfront: "CloudFrontClient"


def clients(session: "Session", endpoint_url: str | None) -> Clients:
    """Ask AWS which account the credentials belong to. Raises SetupError."""
    with explained():
        account = str(session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"])
        s3 = of_account(session.client("s3", endpoint_url=endpoint_url), account)
        return Clients(account, s3, session.client("cloudfront", endpoint_url=endpoint_url))


def check_account(stack: State, account: str, path: Path) -> None:
    """Reject a state file of another account."""
    if stack.account != account:
        raise SetupError(
            f"{path}: it belongs to account {stack.account}, these credentials to {account}: check --profile"
        )


def of_account(s3: "S3Client", account: str) -> "S3Client":
    """Make a client reject buckets of other accounts: every call names the expected owner."""

    def expect(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    s3.meta.events.register("provide-client-params.s3", expect, unique_id="cloudfront-signer-owner")
    return s3


def pages(list_items: Callable[..., Mapping[str, Any]], name: str, **options: str) -> Iterable[dict[str, Any]]:
    """Every item of one of CloudFront's lists: they are paged by marker, and botocore has no paginator for some."""
    markers: set[str] = set()
    while True:
        answer = list_items(**options)[name]
        if "Quantity" not in answer:
            raise NoApiError(f"{name}: {NO_API}")
        yield from answer.get("Items") or []
        marker = answer.get("NextMarker")
        if not marker:
            return
        if marker in markers:
            raise SetupError(f"{name}: the same page came twice: the response is not from AWS: check --endpoint-url")
        markers.add(marker)
        options["Marker"] = marker


def delete_current(
    read: Callable[..., Mapping[str, Any]], delete: Callable[..., object], resource_id: str, missing: str
) -> None:
    """Delete a resource of CloudFront in its current version. ``missing`` is the code for one that does not exist,
    which is not an error.
    """
    with explained():
        try:
            delete(Id=resource_id, IfMatch=read(Id=resource_id)["ETag"])
        except ClientError as error:
            if code_of(error) != missing:
                raise

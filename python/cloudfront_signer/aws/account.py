"""Whose account it is: every command says so before it makes or removes anything."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import bucket
from cloudfront_signer.aws.errors import SetupError, explained
from cloudfront_signer.aws.state import State


@dataclass(frozen=True, slots=True, repr=False)
class Clients(MaskedRepr):
    """The account, and boto3 clients of it; the one for S3 refuses other accounts' buckets."""

    account: str
    s3: Any
    cloudfront: Any


def clients(session: Any, endpoint_url: str | None) -> Clients:
    """Ask AWS whose credentials these are. Raises SetupError."""
    with explained():
        account = str(session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"])
        s3 = bucket.of_account(session.client("s3", endpoint_url=endpoint_url), account)
        return Clients(account, s3, session.client("cloudfront", endpoint_url=endpoint_url))


def check_account(stack: State, account: str, path: Path) -> None:
    """Refuse a state file of another account."""
    if stack.account != account:
        raise SetupError(
            f"{path}: it belongs to account {stack.account}, these credentials to {account}: check --profile"
        )

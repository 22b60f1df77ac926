"""What the ``aws`` commands have in common."""

from pathlib import Path
from typing import Annotated, Any

import typer

Profile = Annotated[str | None, typer.Option(help="The profile of the AWS configuration.")]
Region = Annotated[str | None, typer.Option(help="The bucket's region.")]
Endpoint = Annotated[str | None, typer.Option(help="Where the AWS APIs are, if not at AWS.")]
Bucket = Annotated[str, typer.Option(help="The bucket's name.")]
PrivateKeyFile = Annotated[Path, typer.Option(help="Made with mode 0600 if it is not there.")]
Legacy = Annotated[bool, typer.Option("--legacy", help="As the guide of 2011 did it.")]


def open_session(profile: str | None, region: str | None) -> Any:
    """A boto3 session; SetupError for a profile that is not there."""
    import boto3

    from cloudfront_signer.aws.errors import explained

    with explained():
        return boto3.session.Session(profile_name=profile, region_name=region)


def open_client(name: str, profile: str | None, region: str | None, endpoint_url: str | None) -> Any:
    """A boto3 client."""
    from cloudfront_signer.aws.errors import explained

    with explained():
        return open_session(profile, region).client(name, endpoint_url=endpoint_url)

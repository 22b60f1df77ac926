"""What the ``aws`` commands have in common."""

from pathlib import Path
from typing import Annotated, Any

import typer

Profile = Annotated[str | None, typer.Option(help="The profile of the AWS configuration.")]
Region = Annotated[str | None, typer.Option(help="The bucket's region.")]
Endpoint = Annotated[str | None, typer.Option(help="Where the AWS APIs are, if not at AWS.")]
Bucket = Annotated[str, typer.Option(help="The bucket's name.")]
State = Annotated[Path, typer.Option("--state", help="What is ours is written here; it holds no secrets.")]
STATE = Path("cloudfront-signer.json")
PrivateKeyFile = Annotated[Path, typer.Option(help="Made with mode 0600 if it is not there.")]
Update = Annotated[bool, typer.Option("--update", help="Change what is there and differs from what is wanted.")]
OpenPaths = Annotated[
    list[str] | None,
    typer.Option("--open", metavar="PATTERN", help="Needs no signature, such as '/public/*'. May be given again."),
]
OpenDistribution = Annotated[
    bool,
    typer.Option("--open-distribution", help="The guide's second one: every object is public to who learns its name."),
]
Domain = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="An alternate name beside your site's: browsers take cookies for no other."),
]
Certificate = Annotated[str | None, typer.Option(metavar="ARN", help="Its ACM certificate, in us-east-1.")]
CorsOrigins = Annotated[
    list[str] | None,
    typer.Option("--cors-origin", metavar="SITE", help="Its scripts may read, with cookies. May be given again."),
]
DownloadNames = Annotated[
    bool,
    typer.Option("--allow-download-names", help="response-content-disposition and -type of a URL reach S3."),
]
ListBucket = Annotated[bool, typer.Option("--list-bucket", help="404 in place of 403 for missing objects.")]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
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


def open_s3(profile: str | None, region: str | None, endpoint_url: str | None) -> Any:
    """A boto3 client for S3 that refuses the buckets of other accounts."""
    from cloudfront_signer.aws.account import clients

    return clients(open_session(profile, region), endpoint_url).s3

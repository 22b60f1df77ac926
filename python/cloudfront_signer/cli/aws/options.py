"""What the ``aws`` commands share: their options, the connection to AWS, and the state file."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.cli.options import Endpoint
from cloudfront_signer.cli.output import tell

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from cloudfront_signer.aws import Options, State
    from cloudfront_signer.aws.progress import Event

Bucket = Annotated[str, typer.Option(help="The name of the bucket.")]
StateFile = Annotated[
    Path,
    typer.Option("--state", help="The state file: records the resources that `up` creates. It contains no secrets."),
]
STATE = Path("cloudfront-signer.json")
Update = Annotated[
    bool, typer.Option("--update", help="Update existing resources that differ from the requested settings.")
]
Upload = Annotated[Path | None, typer.Option(help="A file or folder to upload.")]


@dataclass(frozen=True, slots=True, repr=False)
class Connection(MaskedRepr):
    """How to reach AWS: an option group."""

    profile: Annotated[str | None, typer.Option(help="The AWS profile to use.")] = None
    region: Annotated[str | None, typer.Option(help="The AWS region.")] = None
    endpoint_url: Endpoint = None

    def or_region(self, region: str | None) -> "Connection":
        """The same connection, in this region unless ``--region`` names another."""
        return replace(self, region=self.region or region)

    def session(self) -> "Session":
        """A boto3 session. Raises SetupError for an unknown profile."""
        import boto3

        from cloudfront_signer.aws.errors import explained

        with explained():
            return boto3.session.Session(profile_name=self.profile, region_name=self.region)

    def cloudfront(self) -> "CloudFrontClient":
        """A client for CloudFront."""
        from cloudfront_signer.aws.errors import explained

        with explained():
            return self.session().client("cloudfront", endpoint_url=self.endpoint_url)

    def s3(self) -> "S3Client":
        """A client for S3 that rejects the buckets of other accounts. Asks AWS for the account."""
        from cloudfront_signer.aws.api import clients

        return clients(self.session(), self.endpoint_url).s3

    def plain_s3(self) -> "S3Client":
        """A client for S3, without a request."""
        from cloudfront_signer.aws.errors import explained

        with explained():
            return self.session().client("s3", endpoint_url=self.endpoint_url)

    def secrets_manager(self) -> "SecretsManagerClient":
        """A client for Secrets Manager."""
        from cloudfront_signer.aws.errors import explained

        with explained():
            return self.session().client("secretsmanager", endpoint_url=self.endpoint_url)


def stack_options(
    open_paths: Annotated[
        list[str] | None,
        typer.Option(
            "--open",
            metavar="PATTERN",
            help="A path pattern that needs no signature, for example '/public/*'. Repeatable.",
        ),
    ] = None,
    open_distribution: Annotated[
        bool,
        typer.Option(
            "--open-distribution",
            help="Also create an unsigned distribution. Every object becomes public to anyone who knows its name.",
        ),
    ] = False,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="As in the guide of 2011: the same as --open-distribution.")
    ] = False,
    domain: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="An alternate domain name, for example media.example.com. Browsers accept signed cookies only if it "
            "shares a parent domain with your site.",
        ),
    ] = None,
    certificate: Annotated[
        str | None, typer.Option(metavar="ARN", help="The ACM certificate for --domain, in us-east-1.")
    ] = None,
    cors_origins: Annotated[
        list[str] | None,
        typer.Option(
            "--cors-origin",
            metavar="ORIGIN",
            help="Allow scripts from this origin to read responses, with credentials. Repeatable.",
        ),
    ] = None,
    allow_download_names: Annotated[
        bool,
        typer.Option(
            "--allow-download-names", help="Forward response-content-disposition and response-content-type to S3."
        ),
    ] = False,
    list_bucket: Annotated[
        bool, typer.Option("--list-bucket", help="Grant s3:ListBucket, so that missing objects return 404, not 403.")
    ] = False,
) -> "Options":
    """What a stack has beyond the minimum: an option group. Raises SetupError for what CloudFront does not accept."""
    from cloudfront_signer.aws import Options

    return Options(
        open_paths=tuple(open_paths or ()),
        open_distribution=open_distribution or legacy,
        domain=domain,
        certificate=certificate,
        cors_origins=tuple(cors_origins or ()),
        allow_download_names=allow_download_names,
        list_bucket=list_bucket,
    )


def show_progress(event: "Event") -> None:
    """Print what a run of the set-up reports."""
    tell(event.text)


def load_state(path: Path) -> "State":
    """The state. Raises CloudFrontSignerError if there is no such file."""
    from cloudfront_signer.aws import state

    made = state.load(path)
    if made is None:
        raise CloudFrontSignerError(f"{path}: no such file; `cloudfront-signer aws up` creates it")
    return made


def load_complete_state(path: Path) -> "State":
    """The state of a stack that has its signed distribution and its key. Raises CloudFrontSignerError if not."""
    made = load_state(path)
    if not (made.public_key and "signed" in made.domain_names):
        raise CloudFrontSignerError(f"{path}: the stack is incomplete: run `cloudfront-signer aws up` again")
    return made

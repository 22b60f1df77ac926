"""``aws …``: the set-up on AWS, one command a step, and all of them at once (extra ``[aws]``)."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from cloudfront_signer import CloudFrontSignerError

app = typer.Typer(
    help="Set up CloudFront on AWS, step by step or all at once (extra [aws]).",
    rich_markup_mode=None,
)

_Profile = Annotated[str | None, typer.Option(help="The profile of the AWS configuration.")]
_Region = Annotated[str | None, typer.Option(help="The bucket's region.")]
_Endpoint = Annotated[str | None, typer.Option(help="Where the AWS APIs are, if not at AWS.")]
_Bucket = Annotated[str, typer.Option(help="The bucket's name.")]
_State = Annotated[Path, typer.Option("--state", help="What is ours is written here; it holds no secrets.")]
_PrivateKey = Annotated[Path, typer.Option(help="Made with mode 0600 if it is not there.")]
_Legacy = Annotated[bool, typer.Option("--legacy", help="As the guide of 2011 did it.")]
_STATE = Path("cloudfront-signer.json")


def _needs_boto3(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def checked(*arguments: Any, **options: Any) -> None:
        try:
            import boto3  # noqa: F401  # only to see whether it is there
        except ModuleNotFoundError:
            raise CloudFrontSignerError("aws needs an extra: pip install 'cloudfront-signer[aws]'") from None
        command(*arguments, **options)

    return checked


def _session(profile: str | None, region: str | None) -> Any:
    import boto3

    from cloudfront_signer.aws.errors import explained

    with explained():
        return boto3.session.Session(profile_name=profile, region_name=region)


def _client(name: str, profile: str | None, region: str | None, endpoint_url: str | None) -> Any:
    from cloudfront_signer.aws.errors import explained

    with explained():
        return _session(profile, region).client(name, endpoint_url=endpoint_url)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


@app.command()
@_needs_boto3
def bucket(
    name: Annotated[str, typer.Argument(help="The bucket's name.")],
    upload: Annotated[Path | None, typer.Option(help="A file or folder to upload.")] = None,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """Step 1: make a bucket that is closed to the public, and upload content."""
    from cloudfront_signer.aws import bucket as step

    s3 = _client("s3", profile, region, endpoint_url)
    created = step.ensure_bucket(s3, name)
    _tell(f"bucket {name}: {'created' if created else 'was there already'}, public access is blocked")
    if upload is not None:
        for key in _upload(s3, name, step.files_of(upload)):
            print(f"s3://{name}/{key}")


def _upload(s3: Any, name: str, files: list[tuple[Path, str]]) -> list[str]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from cloudfront_signer.aws.bucket import upload

    terminal = Console(stderr=True)
    columns = ("Uploading", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task("", total=sum(path.stat().st_size for path, _ in files))
        return upload(s3, name, files, lambda count: progress.advance(task, count))


@app.command("origin-access")
@_needs_boto3
def origin_access(
    name: Annotated[str, typer.Argument(help="Its name.")],
    legacy: _Legacy = False,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """Step 2: an origin access control, or with --legacy an origin access identity; prints the id."""
    from cloudfront_signer.aws import origin_access as step

    cloudfront = _client("cloudfront", profile, region, endpoint_url)
    if legacy:
        identity = step.ensure_origin_access_identity(cloudfront, name)
        print(f"{identity.id}\n{identity.s3_canonical_user_id}")
    else:
        print(step.ensure_origin_access_control(cloudfront, name))


@app.command()
@_needs_boto3
def grant(
    bucket: _Bucket,
    distribution: Annotated[list[str] | None, typer.Option(metavar="ARN", help="Who may read.")] = None,
    legacy: _Legacy = False,
    canonical_user: Annotated[
        str | None, typer.Option(metavar="ID", help="With --legacy: the identity's S3CanonicalUserId.")
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="With --legacy: the objects.")] = None,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """Step 3: let distributions read the bucket; with --legacy grant READ on each object."""
    from cloudfront_signer.aws import origin_access as step
    from cloudfront_signer.aws.stack import SID

    s3 = _client("s3", profile, region, endpoint_url)
    if legacy:
        if canonical_user is None or not key:
            raise typer.BadParameter("--legacy wants --canonical-user and --key")
        added = step.grant_objects(s3, bucket, step.Identity("", canonical_user), key)
        _tell(f"{added} of {len(key)} objects got a READ grant; the others had it")
        return
    if not distribution:
        raise typer.BadParameter("give --distribution ARN")
    step.ensure_statement(s3, bucket, step.distribution_statement(bucket, SID, distribution))
    _tell(f"bucket {bucket}: its policy lets {len(distribution)} distributions read")


@app.command()
@_needs_boto3
def key(
    name: Annotated[str, typer.Argument(help="What the public key and its group are called.")],
    private_key: _PrivateKey,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """Step 6: make a key pair here, upload its public half; prints the key pair id and the key group's id."""
    from cloudfront_signer.aws import keys as step

    cloudfront = _client("cloudfront", profile, region, endpoint_url)
    key_id = step.ensure_public_key(cloudfront, name, step.ensure_private_key(private_key).public_key().to_pem())
    print(f"{key_id}\n{step.ensure_key_group(cloudfront, name, [key_id])}")


@app.command()
@_needs_boto3
def up(
    bucket: _Bucket,
    upload: Annotated[Path | None, typer.Option(help="A file or folder to upload.")] = None,
    state_path: _State = _STATE,
    private_key: Annotated[Path, typer.Option(help="Made with mode 0600 if it is not there.")] = Path(
        "private_key.pem"
    ),
    wait: Annotated[bool, typer.Option(help="Wait until the distributions are deployed.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    print_settings: Annotated[
        str | None, typer.Option("--print", metavar="env|django|flask", help="What an application needs, at the end.")
    ] = None,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """All steps: bucket, origin access, key pair, an open and a signed distribution. Run it again to go on."""
    from cloudfront_signer.aws import stack
    from cloudfront_signer.aws.frameworks import SETTINGS

    if print_settings is not None and print_settings not in SETTINGS:
        raise typer.BadParameter(f"--print takes {', '.join(SETTINGS)}")
    settings = stack.Settings(bucket, state_path, private_key, upload, wait=wait)
    if dry_run:
        print("\n".join(stack.plan(settings)))
        return
    made = stack.up(_session(profile, region), settings, _tell, endpoint_url=endpoint_url)
    if print_settings is not None:
        print(SETTINGS[print_settings](made), end="")


@app.command()
@_needs_boto3
def status(
    state_path: _State = _STATE, profile: _Profile = None, region: _Region = None, endpoint_url: _Endpoint = None
) -> None:
    """What the state file says is ours, and how it is now."""
    from cloudfront_signer.aws import stack

    made = _load(state_path)
    for what, identity, told in stack.status(_session(profile, region), made, endpoint_url=endpoint_url):
        print(f"{what:<22} {identity:<22} {told}".rstrip())


def _load(path: Path) -> Any:
    from cloudfront_signer.aws import SetupError, state

    made = state.load(path)
    if made is None:
        raise SetupError(f"{path}: no such file; `cloudfront-signer aws up` writes it")
    return made


@app.command()
@_needs_boto3
def down(
    state_path: _State = _STATE,
    delete_content: Annotated[bool, typer.Option("--delete-content", help="Delete the bucket's content too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    profile: _Profile = None,
    region: _Region = None,
    endpoint_url: _Endpoint = None,
) -> None:
    """Remove what the state file says is ours; asks first."""
    from cloudfront_signer.aws import stack

    made = _load(state_path)
    if not yes:
        ours = [
            made.bucket if made.bucket_is_ours else "",
            *made.distributions.values(),
            made.key_group,
            made.public_key,
        ]
        typer.confirm(f"Delete {', '.join(one for one in ours if one)}?", abort=True, err=True)
    session = _session(profile, region or made.region)
    stack.down(session, state_path, _tell, delete_content=delete_content, endpoint_url=endpoint_url)


@app.command("try")
@_needs_boto3
def try_it(
    path: Annotated[str, typer.Argument(help="An object's key, such as video.mp4.")],
    state_path: _State = _STATE,
) -> None:
    """Steps 7 and 8: sign a URL of the stack, fetch it, and say what came back."""
    from datetime import timedelta

    from cloudfront_signer import CloudFrontSigner, PrivateKey
    from cloudfront_signer.aws.checks import fetch

    made = _load(state_path)
    signer = CloudFrontSigner(made.public_key, PrivateKey.from_file(made.private_key))
    url = signer.sign_url(f"https://{made.domain_names['signed']}/{path.lstrip('/')}", expires=timedelta(minutes=5))
    answer = fetch(url)
    print(url)
    if answer.status != 200:
        raise CloudFrontSignerError(f"{answer}: see `cloudfront-signer inspect`" if answer.status else answer.text)
    _tell("200")


@app.command()
@_needs_boto3
def check(path: Annotated[str, typer.Argument(help="An object's key.")], state_path: _State = _STATE) -> None:
    """Step 5: the bucket lets nobody in, the open distribution serves, the signed one wants a signature."""
    from cloudfront_signer.aws import checks

    made, key_path = _load(state_path), path.lstrip("/")
    results = [
        checks.check_bucket(f"https://{made.bucket}.s3.{made.region}.amazonaws.com/{key_path}"),
        checks.check_open(f"https://{made.domain_names['open']}/{key_path}"),
        checks.check_signed(f"https://{made.domain_names['signed']}/{key_path}"),
    ]
    for one in results:
        print(f"{one.what:<8} {one.seen:<22} {'as it should be' if one.fine else f'{one.due} is due: {one.advice}'}")
    if not all(one.fine for one in results):
        raise typer.Exit(1)


@app.command()
def permissions(bucket: _Bucket) -> None:
    """The IAM policy that up, status and down need."""
    from cloudfront_signer.aws.permissions import iam_policy

    print(json.dumps(iam_policy(bucket), indent=2))

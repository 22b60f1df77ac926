"""``aws …``: all steps of the set-up at once; each alone is in ``aws_steps`` (extra ``[aws]``)."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey, Verifier, inspect
from cloudfront_signer.cli.aws_options import (
    Bucket,
    Endpoint,
    PrivateKeyFile,
    Profile,
    Region,
    open_session,
)
from cloudfront_signer.cli.aws_steps import bucket, distribution, grant, key, origin_access, rotate
from cloudfront_signer.cli.output import show, tell

if TYPE_CHECKING:
    from cloudfront_signer.aws.checks import Answer

app = typer.Typer(help="Set up CloudFront on AWS, all at once or step by step (extra [aws]).", rich_markup_mode=None)
app.command()(bucket)
app.command("origin-access")(origin_access)
app.command()(grant)
app.command()(distribution)
app.command()(key)
app.command()(rotate)

_STATE = Path("cloudfront-signer.json")
_State = Annotated[Path, typer.Option("--state", help="What is ours is written here; it holds no secrets.")]


@app.command()
def up(
    bucket: Bucket,
    upload: Annotated[Path | None, typer.Option(help="A file or folder to upload.")] = None,
    state_path: _State = _STATE,
    private_key: PrivateKeyFile = Path("private_key.pem"),
    wait: Annotated[bool, typer.Option(help="Wait until the distributions are deployed.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    print_settings: Annotated[
        str | None,
        typer.Option("--print", metavar="settings|env|django|flask", help="What an application needs."),
    ] = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """All steps: bucket, origin access, key pair, an open and a signed distribution. Run it again to go on."""
    from cloudfront_signer.aws import stack
    from cloudfront_signer.aws.frameworks import SETTINGS

    if print_settings is not None and print_settings not in SETTINGS:
        raise typer.BadParameter(f"--print takes {', '.join(SETTINGS)}")
    settings = stack.Settings(bucket, state_path, private_key, upload, wait=wait)
    if dry_run:
        show("\n".join(stack.plan(settings)))
        return
    made = stack.up(open_session(profile, region), settings, tell, endpoint_url=endpoint_url)
    if print_settings is not None:
        print(SETTINGS[print_settings](made), end="")


@app.command()
def status(
    state_path: _State = _STATE, profile: Profile = None, region: Region = None, endpoint_url: Endpoint = None
) -> None:
    """What the state file says is ours, and how it is now."""
    from cloudfront_signer.aws import stack

    made = _load(state_path)
    session = open_session(profile, region or made.region)
    for what, identity, told in stack.status(session, made, endpoint_url=endpoint_url):
        show(f"{what:<22} {identity:<22} {told}".rstrip())


@app.command()
def down(
    state_path: _State = _STATE,
    delete_content: Annotated[bool, typer.Option("--delete-content", help="Delete the bucket's content too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Remove what the state file says is ours; asks first."""
    from cloudfront_signer.aws import stack

    made = _load(state_path)
    if not yes:
        bucket = made.bucket if made.bucket_is_ours else ""
        ours = [one for one in (bucket, *made.distributions.values(), made.key_group, made.public_key) if one]
        typer.confirm(f"Delete {', '.join(ours)}?", abort=True, err=True)
    session = open_session(profile, region or made.region)
    stack.down(session, state_path, tell, delete_content=delete_content, endpoint_url=endpoint_url)


@app.command()
def check(
    path: Annotated[str, typer.Argument(help="An object's key.")],
    state_path: _State = _STATE,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 5: the bucket lets nobody in, the open distribution serves, the signed one wants a signature."""
    from cloudfront_signer.aws import checks

    made, key_path = _load(state_path), path.lstrip("/")
    regional = f"https://{made.bucket}.s3.{made.region}.amazonaws.com"
    results = [
        checks.check_bucket(f"{f'{endpoint_url}/{made.bucket}' if endpoint_url else regional}/{key_path}"),
        checks.check_open(f"https://{made.domain_names['open']}/{key_path}"),
        checks.check_signed(f"https://{made.domain_names['signed']}/{key_path}"),
    ]
    for one in results:
        show(f"{one.what:<8} {one.seen:<22} {'as it should be' if one.fine else f'{one.due} is due: {one.advice}'}")
    if not all(one.fine for one in results):
        raise typer.Exit(1)


@app.command("try")
def try_it(
    path: Annotated[str, typer.Argument(help="An object's key, such as video.mp4.")],
    state_path: _State = _STATE,
    legacy: Annotated[bool, typer.Option("--legacy", help="Print the guide's stream name and player snippet.")] = False,
) -> None:
    """Steps 7 and 8: sign a URL, fetch it, and where it is denied say why."""
    from datetime import timedelta

    from cloudfront_signer.aws.checks import fetch

    made = _load(state_path)
    private_key = PrivateKey.from_file(made.private_key)
    signer, hour = CloudFrontSigner(made.public_key, private_key), timedelta(hours=1)
    if legacy:
        tell("AWS ended RTMP on 31 December 2020: this is what its players were given")
        stream = signer.sign_stream(path.rpartition(".")[0] or path, expires=hour)
        print(f"streamer: rtmp://{made.domain_names['signed']}/cfx/st\nfile: {stream}")
        return
    url = signer.sign_url(f"https://{made.domain_names['signed']}/{path.lstrip('/')}", expires=hour)
    print(url)
    answer = fetch(url)
    for line in explain_answer(url, answer, Verifier({made.public_key: private_key.public_key()})):
        tell(line)
    if answer.status != 200:
        raise typer.Exit(1)


def explain_answer(url: str, answer: "Answer", verifier: Verifier) -> list[str]:
    """What came back and, where it was denied, what is wrong; or that nothing is, so that it must be the set-up."""
    if answer.status == 200:
        return ["200: it is served"]
    if answer.status == 0:
        return [f"no answer: {answer.text}"]
    mistakes = inspect(url).diagnose(verifier).mistakes
    wrong = [f"{mistake.found}: {mistake.advice}" for mistake in mistakes]
    right = "the URL is right: is the distribution deployed, and is the key in its key group (aws status)?"
    return [str(answer), *(wrong or [right])]


@app.command()
def permissions(bucket: Bucket) -> None:
    """The IAM policy that up, status and down need."""
    from cloudfront_signer.aws.permissions import iam_policy

    print(json.dumps(iam_policy(bucket), indent=2))


@app.command()
def template(
    bucket: Bucket,
    public_key: Annotated[Path, typer.Option(help="The public key that is trusted, as keygen writes it.")],
    form: Annotated[str, typer.Option("--format", metavar="cloudformation|terraform")] = "cloudformation",
) -> None:
    """The same stack as a template, for people who keep infrastructure in code."""
    from cloudfront_signer import PublicKey
    from cloudfront_signer.aws.template import FORMATS

    if form not in FORMATS:
        raise typer.BadParameter(f"--format takes {', '.join(FORMATS)}")
    print(FORMATS[form](bucket, PublicKey.from_file(public_key).to_pem()), end="")


def _load(path: Path) -> Any:
    from cloudfront_signer.aws import state

    made = state.load(path)
    if made is None:
        raise CloudFrontSignerError(f"{path}: no such file; `cloudfront-signer aws up` writes it")
    return made

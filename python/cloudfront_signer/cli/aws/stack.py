"""``aws …``: all steps of the set-up at once; each alone is in ``aws_steps`` (extra ``[aws]``)."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey, Verifier, explain_answer
from cloudfront_signer.cli.aws.options import (
    STATE,
    Bucket,
    Certificate,
    CorsOrigins,
    Domain,
    DownloadNames,
    Endpoint,
    Json,
    Legacy,
    ListBucket,
    OpenDistribution,
    OpenPaths,
    Profile,
    Region,
    State,
    Update,
    open_session,
)
from cloudfront_signer.cli.aws.steps import bucket, distribution, grant, key, origin_access, rotate
from cloudfront_signer.cli.output import show, show_json, show_rows, tell

if TYPE_CHECKING:
    from cloudfront_signer.aws.checks import Answer, Check

app: typer.Typer = typer.Typer(
    help="Set up CloudFront on AWS, all at once or step by step (extra [aws]).", rich_markup_mode=None
)
app.command()(bucket)
app.command("origin-access")(origin_access)
app.command()(grant)
app.command()(distribution)
app.command()(key)
app.command()(rotate)


@app.command()
def up(
    bucket: Bucket,
    upload: Annotated[Path | None, typer.Option(help="A file or folder to upload.")] = None,
    state_path: State = STATE,
    private_key: Annotated[
        Path | None, typer.Option(help="Made with mode 0600 if it is not there; private_key.pem when left out.")
    ] = None,
    open_paths: OpenPaths = None,
    open_distribution: OpenDistribution = False,
    legacy: Legacy = False,
    domain: Domain = None,
    certificate: Certificate = None,
    cors_origins: CorsOrigins = None,
    allow_download_names: DownloadNames = False,
    list_bucket: ListBucket = False,
    update: Update = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is deployed.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    print_settings: Annotated[
        str | None,
        typer.Option("--print", metavar="settings|env|django|flask", help="What an application needs."),
    ] = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """All steps: bucket, origin access, key pair, a signed distribution. Run it again to go on."""
    from cloudfront_signer.aws import Options, stack
    from cloudfront_signer.aws.frameworks import SETTINGS

    if print_settings is not None and print_settings not in SETTINGS:
        raise typer.BadParameter(f"--print takes {', '.join(SETTINGS)}")
    options = Options(
        open_paths=tuple(open_paths or ()),
        open_distribution=open_distribution or legacy,
        domain=domain,
        certificate=certificate,
        cors_origins=tuple(cors_origins or ()),
        allow_download_names=allow_download_names,
        list_bucket=list_bucket,
    )
    settings = stack.Settings(bucket, state_path, private_key, upload, wait=wait, options=options, update=update)
    if dry_run:
        show("\n".join(stack.plan(settings)))
        return
    made = stack.up(open_session(profile, region), settings, tell, endpoint_url=endpoint_url)
    if print_settings is not None:
        print(SETTINGS[print_settings](made.for_signers()), end="")


@app.command()
def status(
    state_path: State = STATE,
    as_json: Json = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """What the state file says is ours, and how it is now.

    With --json one object: bucket and region, and parts, a list of {"part", "id", "status"}.
    """
    from cloudfront_signer.aws import stack

    made = _load(state_path)
    session = open_session(profile, region or made.region)
    rows = stack.status(session, made, endpoint_url=endpoint_url)
    if as_json:
        parts = [{"part": what, "id": identity, "status": told} for what, identity, told in rows]
        show_json({"bucket": made.bucket, "region": made.region, "parts": parts})
    else:
        show_rows(rows, (22, 22))


@app.command()
def down(
    state_path: State = STATE,
    delete_content: Annotated[bool, typer.Option("--delete-content", help="Delete the bucket's content too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Remove what the state file says is ours; asks first."""
    from cloudfront_signer.aws import removal

    made = _load(state_path)
    if not yes:
        ours = ", ".join(made.ours()) or "nothing but this state file"
        typer.confirm(f"Delete {ours}?", abort=True, err=True)
    session = open_session(profile, region or made.region)
    removal.down(session, state_path, tell, delete_content=delete_content, endpoint_url=endpoint_url)


@app.command()
def check(
    path: Annotated[str, typer.Argument(help="An object's key.")],
    state_path: State = STATE,
    as_json: Json = False,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 5: the bucket lets nobody in, the signed distribution wants a signature; an open one serves.

    Exits with 1 where that is not so. With --json one object: fine (true or false), and checks, a list of {"check",
    "url", "expected", "seen", "fine", "advice"}; advice is null where all is fine.
    """
    from cloudfront_signer.aws import checks

    made = _load(state_path, complete=True)
    regional = f"https://{made.bucket}.s3.{made.region}.amazonaws.com"
    kinds = {"open": checks.check_open, "signed": checks.check_signed}
    results = [
        checks.check_bucket(checks.object_url(f"{endpoint_url}/{made.bucket}" if endpoint_url else regional, path)),
        *(kinds[kind](checks.object_url(f"https://{name}", path)) for kind, name in sorted(made.domain_names.items())),
    ]
    fine = all(one.fine for one in results)
    if as_json:
        show_json({"fine": fine, "checks": [_told(one) for one in results]})
    else:
        told = ("as it should be" if one.fine else f"expected {one.due}: {one.advice}" for one in results)
        show_rows([(one.what, one.seen, text) for one, text in zip(results, told, strict=True)], (8, 22))
    if not fine:
        raise typer.Exit(1)


def _told(check: "Check") -> dict[str, Any]:
    return {
        "check": check.what,
        "url": check.url,
        "expected": check.due,
        "seen": check.seen,
        "fine": check.fine,
        "advice": None if check.fine else check.advice,
    }


@app.command("try")
def try_it(
    path: Annotated[str, typer.Argument(help="An object's key, such as video.mp4.")],
    state_path: State = STATE,
    legacy: Annotated[bool, typer.Option("--legacy", help="Print the guide's stream name and player snippet.")] = False,
) -> None:
    """Steps 7 and 8: sign a URL, fetch it, and where it is denied say why."""
    from datetime import timedelta

    from cloudfront_signer.aws.checks import fetch, object_url

    made = _load(state_path, complete=True).for_signers()
    private_key = PrivateKey.from_file(made.private_key)
    signer, hour = CloudFrontSigner(made.public_key, private_key), timedelta(hours=1)
    if legacy:
        tell("AWS ended RTMP on 31 December 2020: this is what its players were given")
        stream = signer.sign_stream(path.rpartition(".")[0] or path, expires=hour)
        print(f"streamer: rtmp://{made.domain_names['signed']}/cfx/st\nfile: {stream}")
        return
    url = signer.sign_url(object_url(f"https://{made.domain_names['signed']}", path), expires=hour)
    print(url)
    answer = fetch(url)
    for line in explain(url, answer, Verifier({made.public_key: private_key.public_key()})):
        tell(line)
    if answer.status != 200:
        raise typer.Exit(1)


def explain(url: str, answer: "Answer", verifier: Verifier) -> list[str]:
    """What came back, and why if it was not the file."""
    if answer.status == 0:
        return [f"no answer: {answer.text}"]
    mistakes = explain_answer(url, answer.status, answer.text, verifier=verifier)
    if not mistakes:
        return [f"{answer.status}: it is served"]
    return [str(answer), *(f"{mistake.found}: {mistake.advice}" for mistake in mistakes)]


@app.command()
def permissions(bucket: Bucket) -> None:
    """The IAM policy that up, rotate, status and down need."""
    from cloudfront_signer.aws.permissions import iam_policy

    print(json.dumps(iam_policy(bucket), indent=2))


@app.command()
def template(
    bucket: Bucket,
    public_key: Annotated[
        list[Path],
        typer.Option(metavar="FILE", help="Trusted, as keygen writes it. Again while keys change, new one first."),
    ],
    form: Annotated[str, typer.Option("--format", metavar="cloudformation|terraform")] = "cloudformation",
    open_paths: OpenPaths = None,
    open_distribution: OpenDistribution = False,
    legacy: Legacy = False,
    domain: Domain = None,
    certificate: Certificate = None,
    cors_origins: CorsOrigins = None,
    allow_download_names: DownloadNames = False,
    list_bucket: ListBucket = False,
) -> None:
    """The same stack as a template, for people who keep infrastructure in code."""
    from cloudfront_signer import PublicKey
    from cloudfront_signer.aws import Options
    from cloudfront_signer.aws.template import FORMATS

    if form not in FORMATS:
        raise typer.BadParameter(f"--format takes {', '.join(FORMATS)}")
    options = Options(
        open_paths=tuple(open_paths or ()),
        open_distribution=open_distribution or legacy,
        domain=domain,
        certificate=certificate,
        cors_origins=tuple(cors_origins or ()),
        allow_download_names=allow_download_names,
        list_bucket=list_bucket,
    )
    pems = [PublicKey.from_file(one).to_pem() for one in public_key]
    print(FORMATS[form](bucket, pems, options), end="")
    for note in options.notes():
        tell(note)


def _load(path: Path, *, complete: bool = False) -> Any:
    """The state; ``complete`` for what needs its distribution and key, too."""
    from cloudfront_signer.aws import state

    made = state.load(path)
    if made is None:
        raise CloudFrontSignerError(f"{path}: no such file; `cloudfront-signer aws up` writes it")
    if complete and not (made.public_key and "signed" in made.domain_names):
        raise CloudFrontSignerError(f"{path}: its stack is not whole yet: run `cloudfront-signer aws up` again")
    return made

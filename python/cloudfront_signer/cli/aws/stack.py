"""``up``, ``status`` and ``down``: all steps of the set-up in one run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer.cli.aws.options import (
    STATE,
    Bucket,
    Connection,
    StateFile,
    Update,
    Upload,
    load_state,
    show_progress,
    stack_options,
)
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.cli.options import Json
from cloudfront_signer.cli.output import result, show, show_json, show_rows, tell

if TYPE_CHECKING:
    from cloudfront_signer.aws import Options


@option_groups(options=stack_options, connection=Connection)
def up(
    *,
    bucket: Bucket,
    upload: Upload = None,
    static_manifests: Annotated[
        bool,
        typer.Option(
            "--static-manifests",
            help="Upload HLS playlists and DASH MPDs in static form: the same for all viewers, signed by their own "
            "URLs.",
        ),
    ] = False,
    state_path: StateFile = STATE,
    private_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The private key file. Created with mode 0600 if it does not exist. Default: private_key.pem.",
        ),
    ] = None,
    options: "Options",
    update: Update = False,
    wait: Annotated[bool, typer.Option(help="Wait until the distribution is deployed.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done without changing anything.")
    ] = False,
    print_settings: Annotated[
        str | None,
        typer.Option(
            "--print", metavar="settings|env|django|flask", help="Print the settings for an application in this format."
        ),
    ] = None,
    connection: Connection,
) -> None:
    """Run all steps: create a private bucket, an origin access control, a key group and a signed distribution.

    If interrupted, run it again to resume.
    """
    from cloudfront_signer.aws import stack
    from cloudfront_signer.aws.frameworks import SETTINGS

    if print_settings is not None and print_settings not in SETTINGS:
        raise typer.BadParameter(f"--print takes {', '.join(SETTINGS)}")
    settings = stack.Settings(
        bucket,
        state_path,
        private_key,
        upload,
        wait=wait,
        options=options,
        update=update,
        static_manifests=static_manifests,
    )
    if dry_run:
        show("\n".join(stack.plan(settings)))
        return
    made = stack.up(connection.session(), settings, show_progress, endpoint_url=connection.endpoint_url)
    if print_settings is not None:
        result(SETTINGS[print_settings](made.for_signers()), end="")


@option_groups(connection=Connection)
def status(*, state_path: StateFile = STATE, as_json: Json = False, connection: Connection) -> None:
    """Show the resources in the state file and their current status.

    With --json, print one object with "bucket", "region" and "parts", a list of {"part", "id", "status"}.
    """
    from cloudfront_signer.aws import stack

    made = load_state(state_path)
    session = connection.or_region(made.region).session()
    rows = stack.status(session, made, endpoint_url=connection.endpoint_url)
    if as_json:
        parts = [{"part": what, "id": identity, "status": state} for what, identity, state in rows]
        show_json({"bucket": made.bucket, "region": made.region, "parts": parts})
    else:
        show_rows(rows, (22, 22))


@option_groups(connection=Connection)
def down(
    *,
    state_path: StateFile = STATE,
    delete_content: Annotated[
        bool, typer.Option("--delete-content", help="Also delete the bucket's contents.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    connection: Connection,
) -> None:
    """Remove the resources that `up` created, as the state file records. Asks for confirmation."""
    from cloudfront_signer.aws import removal

    made = load_state(state_path)
    if not yes:
        created = ", ".join(made.ours()) or "nothing but this state file"
        _confirm(f"Delete {created}?")
    session = connection.or_region(made.region).session()
    removal.down(
        session, state_path, show_progress, delete_content=delete_content, endpoint_url=connection.endpoint_url
    )


def _confirm(question: str) -> None:
    """Ask. Raises CloudFrontSignerError if standard input ends without an answer, and typer.Abort for a no."""
    try:
        typer.confirm(question, abort=True, err=True)
    except typer.Abort:
        if sys.stdin is None or not sys.stdin.isatty():
            # The line of the question has no end.
            tell("")
            raise CloudFrontSignerError("not confirmed, so nothing was deleted: answer y, or give --yes") from None
        raise

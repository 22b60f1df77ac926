"""``rotate``: replace the signing key in two runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudfront_signer.cli.aws.options import STATE, Connection, StateFile, show_progress
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.cli.output import result, tell

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

_BOTH_TRUSTED = (
    "both keys are trusted: switch the signers, wait until the URLs of the old key have expired, then --remove it"
)


@option_groups(connection=Connection)
def rotate(
    *,
    key_group: Annotated[
        str | None, typer.Argument(metavar="GROUP", help="The ID of the key group, if there is no state file.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="First run, without a state file: the name of the new public key.")
    ] = None,
    private_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="First run: the new private key file. Created if it does not exist."),
    ] = None,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="Second run: the ID of the old public key.")] = None,
    state_path: StateFile = STATE,
    connection: Connection,
) -> None:
    """Rotate the signing key.

    Run with --private-key, switch the signers to the new key, wait until the old URLs have expired, then run with
    --remove.
    """
    from cloudfront_signer.aws import rotation, state

    if (private_key is None) == (remove is None):
        raise typer.BadParameter("give --private-key FILE for the first run, or --remove ID for the second")
    made = state.load(state_path)
    if key_group is not None and (made is None or made.key_group != key_group):
        _rotate_group(connection.cloudfront(), key_group, name, private_key, remove)
        return
    session, endpoint_url = connection.or_region(made.region if made else None).session(), connection.endpoint_url
    if remove is not None:
        rotation.end(session, state_path, remove, show_progress, endpoint_url=endpoint_url)
    elif private_key is not None:
        result(rotation.begin(session, state_path, private_key, show_progress, endpoint_url=endpoint_url))
        tell(_BOTH_TRUSTED)


def _rotate_group(
    cloudfront: "CloudFrontClient", key_group: str, name: str | None, private_key: Path | None, remove: str | None
) -> None:
    """The same for a key group without a state file."""
    from cloudfront_signer.aws import keys as step

    if remove is not None:
        step.end_rotation(cloudfront, key_group, remove)
        tell(f"{remove} is no longer trusted, and deleted")
        return
    if private_key is None or name is None:
        raise typer.BadParameter("give --name for the new public key, too")
    pem = step.ensure_private_key(private_key).public_key().to_pem()
    result(step.begin_rotation(cloudfront, key_group, name, pem))
    tell(_BOTH_TRUSTED)

"""``hls``: a signed playlist."""

from typing import Annotated

import typer

from cloudfront_signer.cli.manifest import Signing, Source
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.manifest import sign_hls


@option_groups(signing=Signing)
def hls(
    playlist: Source,
    signing: Signing,
    playlists_from_app: Annotated[
        bool,
        typer.Option(
            "--playlists-from-app",
            help="Leave the URIs of playlists unchanged, for an application that serves them, and write all others as "
            "absolute URLs.",
        ),
    ] = False,
    variable: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="The value of a variable that EXT-X-DEFINE imports. Repeatable."),
    ] = None,
) -> None:
    """Sign all URIs in an HLS playlist and print it. Everything else is unchanged, byte for byte.

    With --static, the playlist is the same for all viewers, and can be uploaded: sign its URL for each viewer, with a
    custom policy whose resource ends in *. The player has to support EXT-X-DEFINE with QUERYPARAM, as hls.js and
    Apple's players do, and Shaka Player if --key-pair-id writes the ID out. Give --hash-algorithm SHA256 if the
    signatures use SHA-256.
    """
    variables = {}
    for given in variable or ():
        name, separator, value = given.partition("=")
        if not separator:
            raise typer.BadParameter("--variable: expected NAME=VALUE")
        variables[name] = value
    playlists = "app" if playlists_from_app else "cloudfront"
    signing.run(playlist, sign_hls, variables=variables, playlists=playlists)

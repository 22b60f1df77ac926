"""``demo``: the whole workflow, on this machine or at AWS (extra ``[demo]``)."""

from typing import Annotated

import typer

from cloudfront_signer.cli.options import checked_port


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="Keep serving, and open a page that plays the video.")] = False,
    port: Annotated[
        int, typer.Option(callback=checked_port, help="The port of the signed edge; 0 picks a free one.")
    ] = 0,
    aws: Annotated[bool, typer.Option("--aws", help="Use your AWS account. Requires --bucket.")] = False,
    bucket: Annotated[str | None, typer.Option(help="With --aws: the bucket to create.")] = None,
) -> None:
    """Run the whole workflow without an AWS account: sign, verify with openssl, set up distributions and fetch.

    moto replaces AWS, and local edges replace the distributions.
    """
    from cloudfront_signer.demo import main as run_demo

    if aws != (bucket is not None):
        raise typer.BadParameter("--aws and --bucket NAME belong together: give both, or neither")
    raise typer.Exit(run_demo(serve=serve, port=port, bucket=bucket))

"""Options of several groups of commands."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Endpoint = Annotated[
    str | None, typer.Option(help="The endpoint of the AWS APIs, for example http://127.0.0.1:5000 for moto.")
]


def checked_port(port: int | None) -> int | None:
    """The callback of an option for a port to listen on."""
    if port is not None and not 0 <= port <= 65_535:
        raise typer.BadParameter(f"{port}: expected 0 to 65535; 0 picks a free one")
    return port

"""Options of several groups of commands."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Endpoint = Annotated[
    str | None, typer.Option(help="The endpoint of the AWS APIs, for example http://127.0.0.1:5000 for moto.")
]

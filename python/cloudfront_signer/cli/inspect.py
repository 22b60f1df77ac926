"""``inspect``: what a signed URL or cookies say, and why they would be denied."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cloudfront_signer import Diagnosis, Inspection, InvalidKeyError, PublicKey, Verifier
from cloudfront_signer import inspect as inspect_text
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.times import HELP, parse_time


def inspect(
    text: Annotated[
        str,
        typer.Argument(
            metavar="URL|COOKIES|-", help="A signed URL, a Cookie header, Set-Cookie lines, or - for standard input."
        ),
    ],
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ID=]FILE", help="A trusted public key; without ID= it is that of the URL. May be given again."
        ),
    ] = None,
    request: Annotated[
        str | None, typer.Option(help="The URL that is requested, where it is another; cookies need it.")
    ] = None,
    cookies: Annotated[str | None, typer.Option(help="The Cookie header that comes with a signed URL.")] = None,
    ip: Annotated[str | None, typer.Option(help="The viewer's address.")] = None,
    at: Annotated[str | None, typer.Option(help=f"When the request arrives, now by default: {HELP}")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
) -> None:
    """Show what a signed URL or cookies say and, with --public-key, what is wrong. Exits with 1 if access is denied."""
    inspection = inspect_text(sys.stdin.read() if text == "-" else text)
    moment = datetime.now(UTC) if at is None else parse_time(at)
    if isinstance(moment, timedelta):
        moment += datetime.now(UTC)
    diagnosis = None
    if public_key:
        keys = dict(_public_key(given, inspection) for given in public_key)
        diagnosis = inspection.diagnose(Verifier(keys), request=request, cookies=cookies, ip_address=ip, now=moment)
    rows = inspection.rows(now=moment)
    print(json.dumps(_as_json(rows, diagnosis)) if as_json else "\n".join(_as_text(rows, diagnosis)))
    if diagnosis is not None and not diagnosis:
        raise typer.Exit(1)


def _public_key(given: str, inspection: Inspection) -> tuple[str, PublicKey]:
    key_id, separator, path = given.partition("=")
    if not separator or os.path.exists(given):
        key_id, path = inspection.key_id or "", given
    if not path:
        raise InvalidKeyError(f"{excerpt(given)}: ID=FILE or FILE is due")
    return key_id, PublicKey.from_file(path.removeprefix("file://"))


def _as_text(rows: list[tuple[str, str]], diagnosis: Diagnosis | None) -> list[str]:
    lines = [f"{label:<13}{text}" for label, text in rows]
    if diagnosis is None:
        return lines
    decision = diagnosis.decision
    lines.append("")
    lines.append("allowed" if decision else f"denied       {decision.status} {decision.code}")
    for mistake in diagnosis.mistakes:
        lines += [f"  wrong      {mistake.found}", f"  right      {mistake.advice}"]
    return lines


def _as_json(rows: list[tuple[str, str]], diagnosis: Diagnosis | None) -> dict[str, object]:
    said: dict[str, object] = {"says": dict(rows)}
    if diagnosis is not None:
        said["allowed"] = diagnosis.decision.allowed
        said["code"] = diagnosis.decision.code
        said["mistakes"] = [
            {"name": mistake.name, "found": mistake.found, "advice": mistake.advice} for mistake in diagnosis.mistakes
        ]
    return said

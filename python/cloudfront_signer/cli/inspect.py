"""``inspect``: what a signed URL or cookies say, and why they would be denied."""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cloudfront_signer import (
    CloudFrontSignerError,
    Inspection,
    InvalidKeyError,
    Mistake,
    PublicKey,
    Verifier,
    explain_answer,
)
from cloudfront_signer import inspect as inspect_text
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.input import standard_input_text
from cloudfront_signer.cli.report import Report
from cloudfront_signer.cli.times import HELP, parse_time

# What tells one error from another stands at the beginning.
_MOST_OF_AN_ANSWER = 65_536


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
    answer: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|STATUS", help="What came back: a file with its text (as of curl -i), or its number."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
) -> None:
    """Show what a signed URL or cookies say and, with --public-key, what is wrong. Exits with 1 if access is denied.

    With --json one object: via ("url" or "cookies"), url, policy_kind ("canned" or "custom"), resource, expires,
    not_before and at (each {"epoch": SECONDS, "iso": TEXT}), ip_address, policy, key_id, hash_algorithm,
    signature_kind, null where there is none, and says, the same for people. With --public-key also allowed, code,
    reason, mistakes and warnings (each {"name", "found", "advice"}; names are stable); with --answer also answer.
    """
    inspection = inspect_text(standard_input_text() if text == "-" else text)
    moment = datetime.now(UTC) if at is None else parse_time(at)
    if isinstance(moment, timedelta):
        moment += datetime.now(UTC)
    diagnosis = None
    if public_key:
        keys = dict(_public_key(given, inspection) for given in public_key)
        diagnosis = inspection.diagnose(Verifier(keys), request=request, cookies=cookies, ip_address=ip, now=moment)
    causes = None if answer is None else _causes(answer, request or inspection.url)
    Report(inspection, moment, diagnosis, causes).show(as_json)
    if diagnosis is not None and not diagnosis:
        raise typer.Exit(1)


def _public_key(given: str, inspection: Inspection) -> tuple[str, PublicKey]:
    key_id, separator, path = given.partition("=")
    if not separator or os.path.exists(given):
        key_id, path = inspection.key_id or "", given
    if not path:
        raise InvalidKeyError(f"{excerpt(given)}: expected ID=FILE or FILE")
    return key_id, PublicKey.from_file(path.removeprefix("file://"))


def _causes(answer: str, url: str | None) -> list[Mistake]:
    """What the answer means by itself; the URL is diagnosed apart from it."""
    if answer.isdecimal() and len(answer) == 3:
        return explain_answer(url or "", int(answer))
    try:
        with open(answer, "rb") as file:
            text = file.read(_MOST_OF_AN_ANSWER).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise CloudFrontSignerError(f"--answer {excerpt(answer)}: {reason}; expected a file or a status") from None
    return explain_answer(url or "", body=text)

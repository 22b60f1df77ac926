"""``inspect``: explain a signed URL or cookies, and diagnose a denial."""

import os
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
from cloudfront_signer._atomic_file import translated
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.input import standard_input_text
from cloudfront_signer.cli.options import Json
from cloudfront_signer.cli.report import Report
from cloudfront_signer.cli.times import FORMATS, Time, parse_time

# The beginning of a response tells one error from another.
_MOST_OF_AN_ANSWER = 65_536


def inspect(
    text: Annotated[
        str,
        typer.Argument(
            metavar="URL|COOKIES", help="A signed URL, a Cookie header or Set-Cookie lines; - reads standard input."
        ),
    ],
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[ID=]FILE", help="A trusted public key. ID defaults to the key pair ID in the URL. Repeatable."
        ),
    ] = None,
    request: Annotated[
        str | None, typer.Option(help="The requested URL, if it differs from the signed one. Required for cookies.")
    ] = None,
    cookies: Annotated[str | None, typer.Option(help="A Cookie header sent with the signed URL.")] = None,
    ip: Annotated[str | None, typer.Option(help="The viewer's IP address.")] = None,
    at: Annotated[
        Time | None, typer.Option(parser=parse_time, help=f"The time of the request: {FORMATS}. Default: now.")
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|STATUS",
            help="The response to diagnose: a file with the output of `curl -i`, or a status code.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain a signed URL or cookies. With --public-key, also verify the signature and diagnose a denial.

    Exits with status 1 if access is denied.

    With --json, print one object with the keys via ("url" or "cookies"), url, policy_kind ("canned" or "custom"),
    resource, expires, not_before and at (each {"epoch": SECONDS, "iso": TEXT}), ip_address, policy, key_id,
    hash_algorithm, signature_kind and says, which is the text form. Absent values are null. --public-key adds
    allowed, code, reason, mistakes and warnings (each {"name", "found", "advice"}; names are stable). --answer adds
    answer.
    """
    inspection = inspect_text(standard_input_text() if text == "-" else text)
    time = at or Time.now()
    diagnosis = None
    if public_key:
        keys = dict(_public_key(given, inspection) for given in public_key)
        diagnosis = inspection.diagnose(Verifier(keys), request=request, cookies=cookies, ip_address=ip, now=time.value)
    causes = None if answer is None else _causes(answer, request or inspection.url)
    Report(inspection, time, diagnosis, causes).show(as_json)
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
    """What the response alone says; the URL is diagnosed separately."""
    if answer.isdecimal() and len(answer) == 3:
        return explain_answer(url or "", int(answer))
    expected = "expected a file or a status code"
    try:
        with translated(CloudFrontSignerError, f"--answer {answer}", expected), open(answer, "rb") as file:
            text = file.read(_MOST_OF_AN_ANSWER).decode("utf-8", "replace")
    except CloudFrontSignerError:
        raise
    except ValueError:
        raise CloudFrontSignerError(f"--answer {excerpt(answer)}: not a path; {expected}") from None
    return explain_answer(url or "", body=text)

"""``sign``, ``cookies`` and ``policy``."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import DEFAULT_BUFFER_SIZE
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, InvalidUrlError, Policy
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.keys import STANDARD_INPUT, load_private_key
from cloudfront_signer.cli.output import warn
from cloudfront_signer.cli.times import HELP, parse_time

# Large enough to keep all cores busy, small enough for Ctrl-C and for results to flow.
_BATCH = 1_024

_KeyId = Annotated[str, typer.Option(help="The id of the key pair or public key.")]
_PrivateKey = Annotated[
    str, typer.Option(help="The private key's path, file://PATH, its PEM text, or - for standard input.")
]
_Until = Annotated[str, typer.Option(help=f"When access ends: {HELP}")]
_After = Annotated[str | None, typer.Option(help="When access starts; the same forms.")]
_Address = Annotated[str | None, typer.Option(help="One IPv4 address or range: 192.0.2.0/24.")]
_Hash = Annotated[str | None, typer.Option(help="SHA1 or SHA256; by default SHA1 for RSA, SHA256 for ECDSA.")]
_PassphraseFile = Annotated[Path | None, typer.Option(help="A file whose first line is the key's passphrase.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


def sign(
    key_pair_id: _KeyId,
    private_key: _PrivateKey,
    date_less_than: _Until,
    url: Annotated[list[str] | None, typer.Option(help="The URL to sign; may be given again.")] = None,
    urls_from: Annotated[str | None, typer.Option(help="A file of URLs, one a line; - for standard input.")] = None,
    date_greater_than: _After = None,
    ip_address: _Address = None,
    policy_resource: Annotated[str | None, typer.Option(help="What is covered, with wildcards.")] = None,
    hash_algorithm: _Hash = None,
    passphrase_file: _PassphraseFile = None,
    as_json: _Json = False,
) -> None:
    """Sign URLs, one a line on standard output. Flags are those of `aws cloudfront sign`."""
    if not url and urls_from is None:
        raise typer.BadParameter("give --url or --urls-from")
    if urls_from == private_key == STANDARD_INPUT:
        raise typer.BadParameter("standard input cannot be both --private-key and --urls-from: give one as a file")
    terms = _terms(date_less_than, date_greater_than, ip_address)
    terms["resource"] = policy_resource
    signer = _signer(key_pair_id, private_key, passphrase_file, hash_algorithm)
    numbered = chain(((None, one) for one in url or []), _lines(urls_from))
    total = _count(url, urls_from)
    terminal = Console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal or total == 1) as progress:
        task = progress.add_task("Signing", total=total)
        while batch := list(islice(numbered, _BATCH)):
            pairs = zip(batch, _sign_batch(signer, batch, terms), strict=True)
            _print_whole(
                json.dumps({"url": plain, "signed_url": signed}) if as_json else signed for (_, plain), signed in pairs
            )
            progress.advance(task, len(batch))


def cookies(
    resource: Annotated[str, typer.Option(help="What is covered, with wildcards: https://HOST/videos/*")],
    key_pair_id: _KeyId,
    private_key: _PrivateKey,
    date_less_than: _Until,
    date_greater_than: _After = None,
    ip_address: _Address = None,
    hash_algorithm: _Hash = None,
    domain: Annotated[str | None, typer.Option(help="The cookies' Domain.")] = None,
    path: Annotated[str, typer.Option(help="The cookies' Path.")] = "/",
    passphrase_file: _PassphraseFile = None,
    as_json: _Json = False,
) -> None:
    """Print the Set-Cookie headers that grant access, one a line."""
    terms = _terms(date_less_than, date_greater_than, ip_address)
    signer = _signer(key_pair_id, private_key, passphrase_file, hash_algorithm)
    signed = signer.sign_cookies(resource, **terms)
    if as_json:
        print(json.dumps(dict(signed)))
        return
    for header in signed.headers(domain, path):
        print(f"Set-Cookie: {header}")


def policy(
    resource: Annotated[str | None, typer.Option(help="What is covered, with wildcards.")] = None,
    date_less_than: Annotated[str | None, typer.Option(help=f"When access ends: {HELP}")] = None,
    date_greater_than: _After = None,
    ip_address: _Address = None,
    encoded: Annotated[bool, typer.Option(help="Print CloudFront's base64.")] = False,
    decode: Annotated[str | None, typer.Option(help="Decode this policy instead; - for standard input.")] = None,
) -> None:
    """Print a policy, or decode one."""
    if decode is not None:
        print(Policy.from_encoded(sys.stdin.read().strip() if decode == "-" else decode).to_json())
        return
    if resource is None or date_less_than is None:
        raise typer.BadParameter("give --resource and --date-less-than, or --decode")
    built = Policy(resource, **_terms(date_less_than, date_greater_than, ip_address))
    print(built.encoded if encoded else built.to_json())


def _print_whole(lines: Iterable[str]) -> None:
    """Print lines so that Ctrl-C, when whoever reads is slow, cuts none in the middle.

    What the output's buffer holds is still written at the end of the program; what does not fit there may be lost. So
    no piece is larger than the buffer, and it is empty before the next (a single line of that size is on its own).
    """
    piece = ""
    for line in lines:
        if len(piece) + len(line) >= DEFAULT_BUFFER_SIZE:
            _write_out(piece)
            piece = ""
        piece += f"{line}\n"
    _write_out(piece)


def _write_out(piece: str) -> None:
    sys.stdout.write(piece)
    sys.stdout.flush()


def _signer(key_id: str, private_key: str, passphrase_file: Path | None, hash_algorithm: Any) -> CloudFrontSigner:
    return CloudFrontSigner(key_id, load_private_key(private_key, passphrase_file), hash_algorithm=hash_algorithm)


def _terms(until: str, after: str | None, ip_address: str | None) -> dict[str, Any]:
    expires = parse_time(until)
    # Spans are fixed once, so that every batch of a long run gets the same end.
    if isinstance(expires, timedelta):
        expires = datetime.now(UTC) + expires
    seconds = expires.timestamp() if isinstance(expires, datetime) else expires
    if 0 <= seconds < datetime.now(UTC).timestamp():
        warn(f"{until} is in the past, nobody will get access")
    return {"expires": expires, "not_before": None if after is None else parse_time(after), "ip_address": ip_address}


def _count(urls: list[str] | None, source: str | None) -> int | None:
    """How many URLs there are, if that can be known before they are read."""
    if source is None:
        return len(urls or [])
    if source == "-" or not os.path.isfile(source):
        return None
    with open(source, "rb") as file:
        return len(urls or []) + sum(1 for line in file if line.strip())


def _lines(source: str | None) -> Iterator[tuple[int | None, str]]:
    if source is None:
        return
    try:
        with sys.stdin if source == "-" else open(source, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.strip()
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InvalidUrlError(f"{excerpt(source)}: {problem}") from None


def _sign_batch(signer: CloudFrontSigner, batch: list[tuple[int | None, str]], terms: dict[str, Any]) -> list[str]:
    try:
        return signer.sign_urls([url for _, url in batch], **terms)
    except CloudFrontSignerError:
        # Which one was it? The one that fails alone.
        for number, url in batch:
            try:
                signer.sign_url(url, **terms)
            except CloudFrontSignerError as error:
                raise type(error)(f"line {number}: {error}" if number else str(error)) from None
        raise

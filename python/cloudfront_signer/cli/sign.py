"""``sign``, ``cookies`` and ``policy``."""

import json
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from cloudfront_signer import CloudFrontSigner, Policy
from cloudfront_signer.cli.bulk import Refusals, count_urls, print_whole, read_urls, sign_batches
from cloudfront_signer.cli.input import standard_input_text
from cloudfront_signer.cli.output import warn
from cloudfront_signer.cli.private_key import STANDARD_INPUT, load_private_key
from cloudfront_signer.cli.times import HELP, parse_time

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
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Leave bad URLs out, report each on standard error, and end with 1.")
    ] = False,
    date_greater_than: _After = None,
    ip_address: _Address = None,
    policy_resource: Annotated[str | None, typer.Option(help="What is covered, with wildcards.")] = None,
    hash_algorithm: _Hash = None,
    passphrase_file: _PassphraseFile = None,
    as_json: _Json = False,
) -> None:
    """Sign URLs, one a line on standard output. Flags are those of `aws cloudfront sign`.

    With --json one object a line: {"url", "signed_url"}. Bad URLs are reported as {"error", "message", "line"}.
    """
    if not url and urls_from is None:
        raise typer.BadParameter("give --url or --urls-from")
    if urls_from == private_key == STANDARD_INPUT:
        raise typer.BadParameter("standard input cannot be both --private-key and --urls-from: give one as a file")
    terms = _terms(date_less_than, date_greater_than, ip_address)
    if policy_resource is not None:
        # What is wrong with it is no line's fault.
        Policy(policy_resource, **terms)
    terms["resource"] = policy_resource
    signer = _signer(key_pair_id, private_key, passphrase_file, hash_algorithm)
    given, refuse = url or [], Refusals(keep_going)
    numbered = chain(((None, one) for one in given), read_urls(urls_from, refuse) if urls_from is not None else ())
    more = 0 if urls_from is None else count_urls(urls_from)
    total = None if more is None else len(given) + more
    terminal = Console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal or total == 1) as progress:
        task = progress.add_task("Signing", total=total)
        for size, pairs in sign_batches(signer, numbered, terms, refuse):
            print_whole(
                json.dumps({"url": plain, "signed_url": signed}) if as_json else signed for plain, signed in pairs
            )
            refuse.written += len(pairs)
            progress.advance(task, size)
    refuse.end()


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
    """Print the Set-Cookie headers that grant access, one a line.

    With --json one object of the cookies' names and values.
    """
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
        print(Policy.from_encoded(standard_input_text() if decode == "-" else decode).to_json())
        return
    if resource is None or date_less_than is None:
        raise typer.BadParameter("give --resource and --date-less-than, or --decode")
    built = Policy(resource, **_terms(date_less_than, date_greater_than, ip_address))
    print(built.encoded if encoded else built.to_json())


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

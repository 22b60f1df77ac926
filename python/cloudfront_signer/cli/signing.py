"""What ``sign``, ``cookies`` and ``policy`` share: their options, the signer, and the conditions of a policy."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cloudfront_signer import CloudFrontSigner
from cloudfront_signer.cli.output import warn
from cloudfront_signer.cli.private_key import load_private_key
from cloudfront_signer.cli.times import FORMATS, Time, parse_time

KeyPairId = Annotated[str, typer.Option(help="The ID of the public key in CloudFront, or of a legacy key pair.")]
PrivateKeyText = Annotated[
    str, typer.Option(help="The private key: a path, file://PATH, PEM text, or - for standard input.")
]
Until = Annotated[Time, typer.Option(parser=parse_time, help=f"When access ends: {FORMATS}.")]
OptionalUntil = Annotated[Time | None, typer.Option(parser=parse_time, help=f"When access ends: {FORMATS}.")]
After = Annotated[
    Time | None,
    typer.Option(parser=parse_time, help="When access starts. Accepts the same formats as --date-less-than."),
]
Address = Annotated[
    str | None, typer.Option(help="Restrict access to this IPv4 address or range, for example 192.0.2.0/24.")
]
HashAlgorithm = Annotated[
    str | None, typer.Option(help="The hash algorithm. Default: SHA1 for RSA keys, SHA256 for ECDSA keys.")
]
PassphraseFile = Annotated[Path | None, typer.Option(help="Read the passphrase from the first line of this file.")]


def open_signer(
    key_pair_id: str, private_key: str, passphrase_file: Path | None, hash_algorithm: Any
) -> CloudFrontSigner:
    """A signer with the key of ``--private-key``."""
    return CloudFrontSigner(key_pair_id, load_private_key(private_key, passphrase_file), hash_algorithm=hash_algorithm)


def conditions(until: Time, after: Time | None, ip_address: str | None) -> dict[str, Any]:
    """The conditions as the library's keyword arguments. Warns of an expiry in the past."""
    if until.is_past:
        warn(f"{until.text} is in the past: access is denied from the start")
    return {"expires": until.value, "not_before": None if after is None else after.value, "ip_address": ip_address}

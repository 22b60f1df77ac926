"""Private keys on the command line: from a file, from standard input or, as for ``aws cloudfront sign``, as PEM text.

A passphrase is never an argument.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._atomic_file import translated
from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer.cli.input import standard_input
from cloudfront_signer.cli.output import warn

# The value of --private-key that means standard input.
STANDARD_INPUT = "-"

_LARGEST_KEY = 1 << 20

PASSPHRASE_VARIABLE = "CLOUDFRONT_SIGNER_PASSPHRASE"


def load_private_key(given: str, passphrase_file: Path | None) -> PrivateKey:
    """Read a key; prompt for its passphrase if standard input is a terminal.

    ``given`` is a path, ``file://PATH``, ``-`` for standard input, or the key itself: PEM, with ``\\n`` spelled out, or
    base64 of PEM.
    """
    passphrase = given_passphrase(passphrase_file)
    read = _reader(given)
    try:
        return read(passphrase)
    except InvalidKeyError as error:
        if not (error.passphrase_missing and _is_interactive()):
            raise
    return read(_prompt())


def _reader(given: str) -> Callable[[str | None], PrivateKey]:
    if given == STANDARD_INPUT:
        data = standard_input().read(_LARGEST_KEY)
        is_der = data.startswith(b"0") and b"-----BEGIN" not in data
        return lambda passphrase: (PrivateKey.from_der if is_der else PrivateKey.from_pem)(data, passphrase)
    if holds_key(given):
        warn(
            "--private-key contains the key itself, and other users of this machine can read arguments: "
            "give file://PATH, or - for standard input"
        )
        return lambda passphrase: PrivateKey.from_pem(given, passphrase)
    return lambda passphrase: PrivateKey.from_file(given.removeprefix("file://"), passphrase)


def new_passphrase() -> str:
    """Prompt twice. Raises InvalidKeyError if standard input is no terminal, which could not hide the passphrase."""
    if not _is_interactive():
        raise InvalidKeyError("standard input is not a terminal to enter a passphrase at: give --passphrase-file")
    return _prompt(confirmation=True)


def _prompt(*, confirmation: bool = False) -> str:
    text: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirmation, err=True)
    return text


def _is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def given_passphrase(passphrase_file: Path | None) -> str | None:
    """The passphrase: the first line of the file, or else the environment variable's value."""
    if passphrase_file is None:
        return os.environ.get(PASSPHRASE_VARIABLE)
    try:
        with translated(InvalidKeyError, passphrase_file):
            return passphrase_file.read_text().split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidKeyError(f"{excerpt(str(passphrase_file))}: not text") from None

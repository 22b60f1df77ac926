"""Private keys on the command line: read from a file, their passphrase never from an argument."""

import os
import sys
from pathlib import Path

import typer

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._files import write_atomically

PASSPHRASE_VARIABLE = "CLOUDFRONT_SIGNER_PASSPHRASE"


def load_private_key(location: str, passphrase_file: Path | None) -> PrivateKey:
    """Read a key from a path or ``file://`` path; ask for its passphrase where a terminal is there to ask."""
    path = location.removeprefix("file://")
    passphrase = given_passphrase(passphrase_file)
    try:
        return PrivateKey.from_file(path, passphrase)
    except InvalidKeyError as error:
        if passphrase is not None or "give its passphrase" not in str(error) or not sys.stdin.isatty():
            raise
    return PrivateKey.from_file(path, typer.prompt("Passphrase", hide_input=True, err=True))


def given_passphrase(passphrase_file: Path | None) -> str | None:
    """The passphrase of a file's first line or of the environment."""
    if passphrase_file is None:
        return os.environ.get(PASSPHRASE_VARIABLE)
    try:
        return passphrase_file.read_text().split("\n", 1)[0].removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not text"
        raise InvalidKeyError(f"{passphrase_file}: {problem}") from None


def check_absent(*paths: Path) -> None:
    """Refuse to replace files, before anything is made."""
    for path in paths:
        if path.exists():
            raise InvalidKeyError(f"{path} is there already: choose another name, or --force to replace it")


def write_whole(path: Path, text: str, mode: int) -> None:
    """Write a file, whole or not at all."""
    try:
        write_atomically(path, text, mode)
    except OSError as error:
        raise InvalidKeyError(f"{path}: {error.strerror}") from None

"""Private keys on the command line: from a file, from standard input or, as in `aws cloudfront sign`, as they are.

Their passphrase is never an argument.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._atomic_file import write_together
from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer.cli.input import standard_input
from cloudfront_signer.cli.output import warn

# As the value of --private-key.
STANDARD_INPUT = "-"

_LARGEST_KEY = 1 << 20

PASSPHRASE_VARIABLE = "CLOUDFRONT_SIGNER_PASSPHRASE"


def load_private_key(given: str, passphrase_file: Path | None) -> PrivateKey:
    """Read a key; ask for its passphrase where a terminal is there to ask.

    ``given`` is a path, ``file://PATH``, ``-`` for standard input, or the key itself: PEM, with ``\\n`` spelled out, or
    base64 of all of it.
    """
    passphrase = given_passphrase(passphrase_file)
    read = _reader(given)
    try:
        return read(passphrase)
    except InvalidKeyError as error:
        if passphrase is not None or "give its passphrase" not in str(error) or not (sys.stdin and sys.stdin.isatty()):
            raise
    return read(typer.prompt("Passphrase", hide_input=True, err=True))


def _reader(given: str) -> Callable[[str | None], PrivateKey]:
    if given == STANDARD_INPUT:
        data = standard_input().read(_LARGEST_KEY)
        is_der = data.startswith(b"0") and b"-----BEGIN" not in data
        return lambda passphrase: (PrivateKey.from_der if is_der else PrivateKey.from_pem)(data, passphrase)
    if holds_key(given):
        warn(
            "--private-key has the key itself, and other users of this machine can read arguments: "
            "give file://PATH, or - for standard input"
        )
        return lambda passphrase: PrivateKey.from_pem(given, passphrase)
    return lambda passphrase: PrivateKey.from_file(given.removeprefix("file://"), passphrase)


def given_passphrase(passphrase_file: Path | None) -> str | None:
    """The passphrase of a file's first line or of the environment."""
    if passphrase_file is None:
        return os.environ.get(PASSPHRASE_VARIABLE)
    try:
        return passphrase_file.read_text().split("\n", 1)[0].removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not text"
        raise InvalidKeyError(f"{excerpt(str(passphrase_file))}: {problem}") from None


def check_names(private: Path, public: Path, *, replace: bool) -> None:
    """Refuse names of a pair that cannot be, before anything is made."""
    for path in (private, public):
        shown = excerpt(str(path))
        if not path.name or os.path.isdir(path):
            raise InvalidKeyError(f"{shown} is a folder: expected the name of a file, such as private_key.pem")
        # Path.exists raises an error with the whole path in it where that is too long.
        if os.path.lexists(path) and not replace:
            raise InvalidKeyError(f"{shown} is there already: choose another name, or --force to replace it")
    if os.path.realpath(private) == os.path.realpath(public):
        raise InvalidKeyError(f"{excerpt(str(public))}: expected another file than the private key's")


def write_pair(files: Iterable[tuple[Path, str, int]], *, replace: bool) -> None:
    """Write the files of a pair, both or neither."""
    try:
        write_together(files, replace=replace)
    except OSError as error:
        raise InvalidKeyError(f"{excerpt(str(error.filename))}: {error.strerror}") from None

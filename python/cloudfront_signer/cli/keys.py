"""Private keys on the command line: read from a file, their passphrase never from an argument."""

import os
import sys
from pathlib import Path

import typer

from cloudfront_signer import InvalidKeyError, PrivateKey

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


def write_atomically(path: Path, text: str, mode: int, *, overwrite: bool) -> None:
    """Write to a temporary file beside ``path``, then give it its name; nothing is ever half-written."""
    if path.exists() and not overwrite:
        raise InvalidKeyError(f"{path} is there already: choose another name, or --force to replace it")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidKeyError(f"{path}: {error.strerror}") from None

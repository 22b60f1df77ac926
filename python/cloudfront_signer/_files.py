"""Files that are whole or not there at all."""

import errno
import os
import secrets
from pathlib import Path

from cloudfront_signer._native import holds_key


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Write to a temporary file beside ``path``, then give it its name. Raises OSError, and leaves nothing behind."""
    temporary = _temporary(path)
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "expected a regular file, found something else: choose another name", str(path))
    try:
        _write_new(temporary, text, mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def create_exclusively(path: Path, text: str, mode: int) -> None:
    """Make a file that is not there yet, whole from its first moment.

    Raises FileExistsError where anything has the name already, and never replaces it, whoever makes it meanwhile; any
    other OSError leaves nothing behind.
    """
    temporary = _temporary(path)
    try:
        _write_new(temporary, text, mode)
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links: exclusive all the same, though not whole from the first moment.
            _write_new(path, text, mode)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    """A name that no other process takes, nor one that was killed with the same process id before."""
    if holds_key(str(path)):
        raise OSError(errno.EINVAL, "a key stands where a path is expected")
    return path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}")


def _write_new(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise

"""Files that are whole or not there at all."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cloudfront_signer._native import holds_key


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Write to a temporary file beside ``path``, then give it its name. Raises OSError, and leaves nothing behind."""
    temporary = _temporary(path)
    _check_regular(path)
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


def write_together(files: Iterable[tuple[Path, str, int]], *, replace: bool) -> None:
    """Write files, of a path, a text and a mode each: all of them or none. Raises OSError that has the file's name.

    Without ``replace``, FileExistsError where anything has one of the names, whoever makes it meanwhile.
    """
    with ExitStack() as leftovers, ExitStack() as undo:
        staged = []
        for path, text, mode in files if replace else ():
            with _named(path):
                _check_regular(path)
                temporary = _temporary(path)
                _write_new(temporary, text, mode)
                leftovers.callback(temporary.unlink, missing_ok=True)
                staged.append((temporary, path))
        for temporary, path in staged:
            with _named(path):
                _keep(path, leftovers, undo)
                temporary.replace(path)
        for path, text, mode in files if not replace else ():
            with _named(path):
                create_exclusively(path, text, mode)
                undo.callback(path.unlink, missing_ok=True)
        undo.pop_all()


def _keep(path: Path, leftovers: ExitStack, undo: ExitStack) -> None:
    """Let ``undo`` bring back what has the name now, or nothing."""
    if not os.path.lexists(path):
        undo.callback(path.unlink, missing_ok=True)
        return
    before = _temporary(path)
    try:
        os.link(path, before, follow_symlinks=False)
    except OSError:
        # A file system without hard links.
        path.rename(before)
    leftovers.callback(before.unlink, missing_ok=True)
    undo.callback(before.replace, path)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _check_regular(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "expected a regular file, found something else: choose another name", str(path))


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

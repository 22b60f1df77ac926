"""Files that are either complete or absent, and errors of the file system as this package's errors."""

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cloudfront_signer._native import excerpt, holds_key
from cloudfront_signer.errors import CloudFrontSignerError


@contextmanager
def translated(error: type[CloudFrontSignerError], path: Path | str | None = None, advice: str = "") -> Iterator[None]:
    """Raise ``error`` for an OSError: the file, what the system says, and what to do.

    The file is ``path``, or else the one that the OSError names.
    """
    try:
        yield
    except OSError as problem:
        name = excerpt(str(problem.filename if path is None else path)) or "an empty file name"
        raise error(f"{name}: {problem.strerror}{advice and f'; {advice}'}") from None


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Write to a temporary file next to ``path``, then rename it. Raises OSError, and leaves nothing behind."""
    with replacing(path) as temporary:
        _write_new(temporary, text, mode)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file next to ``path``, which the block writes; then rename it.

    Raises OSError. If the block raises, too, nothing is left behind, and ``path`` is unchanged.
    """
    temporary = _temporary(path)
    _check_regular(path)
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def create_exclusively(path: Path, text: str, mode: int) -> None:
    """Create a file that does not exist yet, complete from the start.

    Raises FileExistsError if the name is taken, and never replaces a file that another process creates meanwhile; any
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
            # A file system without hard links: still exclusive, though not complete from the start.
            _write_new(path, text, mode)
    finally:
        temporary.unlink(missing_ok=True)


def write_together(files: Iterable[tuple[Path, str, int]], *, replace: bool) -> None:
    """Write files, given as path, text and mode: all of them or none. Raises OSError with the file's name.

    Without ``replace``, raises FileExistsError if a name is taken, even if another process takes it meanwhile.
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
    """Let ``undo`` restore the file that has the name now, or its absence."""
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
    """A name that no other process uses, not even one that was killed and had the same process ID."""
    if holds_key(str(path)):
        raise OSError(errno.EINVAL, "expected a path, found a key")
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

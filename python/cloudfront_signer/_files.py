"""Files that are whole or not there at all."""

import errno
import os
from pathlib import Path

from cloudfront_signer._native import holds_key


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Write to a temporary file beside ``path``, then give it its name. Raises OSError, and leaves nothing behind."""
    if holds_key(str(path)):
        raise OSError(errno.EINVAL, "a key stands where a path is expected")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""Files that are whole or not there at all."""

import os
from pathlib import Path


def write_atomically(path: Path, text: str, mode: int) -> None:
    """Write to a temporary file beside ``path``, then give it its name. Raises OSError, and leaves nothing behind."""
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

"""What the command line prints, and how: the only file of ``cli`` that writes to a stream.

Results go to standard output, everything else to standard error; keys go nowhere. With ``--json`` a command prints only
JSON: its result, as its help describes it, to standard output, and to standard error one object per line:
``{"error": NAME, "message": TEXT, "status": 1}`` for the error that ended it (2 for invalid usage), the same with
``line`` or ``row`` instead of ``status`` for a line or a row that was skipped, and ``{"warning": TEXT}`` or
``{"note": TEXT}``. NAME is the exception's class, such as InvalidKeyError, UsageError for invalid usage, or OSError.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import DEFAULT_BUFFER_SIZE
from typing import TYPE_CHECKING, Any

from cloudfront_signer._native import mask_secrets

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_PROGRAM = "cloudfront-signer"
# Among them the characters that turn the direction of writing: they hide text, too.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Form:
    """The form of what goes to standard error; one per process, like standard error itself."""

    json = False


def use_json(wanted: bool) -> None:
    """Write JSON to standard error from now on, or plain lines."""
    _Form.json = wanted


def tell(line: str) -> None:
    """Print progress or a note to standard error."""
    _write({"note": line} if _Form.json else line)


def warn(line: str) -> None:
    """Print a warning: the command continues."""
    _write({"warning": line} if _Form.json else f"{_PROGRAM}: warning: {line}")


def complain(message: str, name: str, **more: int | None) -> None:
    """Print an error in one line; ``name`` and ``more`` are for programs."""
    message = " ".join(message.split())
    known = {field: value for field, value in more.items() if value is not None}
    _write({"error": name, "message": message, **known} if _Form.json else f"{_PROGRAM}: {message}")


def result(text: str, end: str = "\n") -> None:
    """Print a result to the byte, such as a signed URL or a template."""
    print(text, end=end)


def result_bytes(data: bytes) -> None:
    """Print a result that is a file, without translating its line ends."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def show(line: str) -> None:
    """Print a result for people that quotes somebody else's text."""
    print(printable(line))


def show_json(value: Any) -> None:
    """Print a result for programs that quotes somebody else's text."""
    print(json.dumps(_masked(value)))


def json_line(value: Any) -> str:
    """A result for programs, to the byte."""
    return json.dumps(value)


def show_rows(rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    """Print columns: a table on a terminal; elsewhere one line per row, padded to ``widths``."""
    if (console := terminal()) is None:
        for *first, last in rows:
            padded = "".join(f"{printable(one):<{width}} " for one, width in zip(first, widths, strict=True))
            show(f"{padded}{last}".rstrip())
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for style in ("cyan", *("" for _ in widths)):
        table.add_column(style=style, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(one)) for one in row))
    console.print(table)


def show_drawn(console: "Console", parts: "Iterable[RenderableType]") -> None:
    """Print what is drawn for a terminal."""
    for part in parts:
        console.print(part)


def print_whole(lines: Iterable[str]) -> None:
    """Print lines so that Ctrl-C cuts none of them, even if the reader is slow.

    Python still writes the content of the output buffer at exit; what does not fit into the buffer may be lost. So no
    piece is larger than the buffer, and the buffer is empty before the next piece. Only a single line of that size is
    larger.
    """
    piece = ""
    for line in lines:
        if len(piece) + len(line) >= DEFAULT_BUFFER_SIZE:
            _write_out(piece)
            piece = ""
        piece += f"{line}\n"
    _write_out(piece)


def _write_out(piece: str) -> None:
    sys.stdout.write(piece)
    sys.stdout.flush()


@contextmanager
def signing_progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, for more than one URL; ``total`` is None if unknown. Yields what advances it."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal or total == 1) as progress:
        task = progress.add_task("Signing", total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def upload_progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar of bytes on a terminal. Yields what advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    console = Console(stderr=True)
    columns = ("Uploading", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)


def terminal() -> "Console | None":
    """The terminal that results go to; None for a file, a pipe or a dumb terminal, which get plain text.

    rich respects NO_COLOR.
    """
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    able = console.is_terminal and not console.is_dumb_terminal and console.encoding.startswith("utf")
    return console if able else None


def printable(text: str) -> str:
    """The text without keys, and without control characters, which a terminal would obey."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], mask_secrets(text))


def epoch_and_iso(seconds: int | None) -> dict[str, int | str] | None:
    """A time for programs: seconds since 1970, and ISO 8601."""
    if seconds is None:
        return None
    return {"epoch": seconds, "iso": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}Z"}


def _write(what: str | dict[str, Any]) -> None:
    # If standard error is closed, print would write to standard output.
    if sys.stderr is not None:
        line = mask_secrets(what) if isinstance(what, str) else json.dumps(_masked(what))
        # A message that cannot be written does not undo what it reports.
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value

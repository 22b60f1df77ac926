"""Where the command line writes: results on standard output, everything else on standard error, keys nowhere.

With ``--json`` a command prints JSON alone: its result, as its help says, on standard output, and on standard error one
object a line: ``{"error": NAME, "message": TEXT, "status": 1}`` for what ended it (2 for wrong use), the same with
``line`` and without ``status`` for a line that was left out, and ``{"warning": TEXT}`` or ``{"note": TEXT}``. NAME is
the exception's class, such as InvalidKeyError, UsageError for wrong use, or OSError.
"""

import json
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudfront_signer._native import mask_secrets

if TYPE_CHECKING:
    from rich.console import Console

_PROGRAM = "cloudfront-signer"
# Those that turn the direction of writing hide what stands there, too.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Form:
    """Of what goes to standard error; one for the process, as standard error is."""

    json = False


def use_json(wanted: bool) -> None:
    """Write JSON to standard error from now on, or plain lines."""
    _Form.json = wanted


def tell(line: str) -> None:
    """Progress and remarks: standard output has results alone."""
    _write({"note": line} if _Form.json else line)


def warn(line: str) -> None:
    """Something that is done all the same."""
    _write({"warning": line} if _Form.json else f"{_PROGRAM}: warning: {line}")


def complain(message: str, name: str, **more: int | None) -> None:
    """An error, in one line; ``name`` and ``more`` are for programs."""
    message = " ".join(message.split())
    known = {field: value for field, value in more.items() if value is not None}
    _write({"error": name, "message": message, **known} if _Form.json else f"{_PROGRAM}: {message}")


def show(line: str) -> None:
    """A result for people, with other people's text in it."""
    print(printable(line))


def show_json(result: Any) -> None:
    """A result for programs, with other people's text in it."""
    print(json.dumps(_masked(result)))


def show_rows(rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    """A result of columns: a table where a terminal is; elsewhere a line each, padded to ``widths``."""
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


def terminal() -> "Console | None":
    """The terminal that results go to; None for a file, a pipe, or a dumb or old one, which get plain text.

    rich respects NO_COLOR.
    """
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    able = console.is_terminal and not console.is_dumb_terminal and console.encoding.startswith("utf")
    return console if able else None


def printable(text: str) -> str:
    """Without keys, and without control characters, which a terminal would obey."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], mask_secrets(text))


def moment(seconds: int | None) -> dict[str, int | str] | None:
    """A time for programs: seconds since 1970, and ISO 8601."""
    if seconds is None:
        return None
    return {"epoch": seconds, "iso": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}Z"}


def _write(what: str | dict[str, Any]) -> None:
    # Where standard error is closed, print would take standard output.
    if sys.stderr is not None:
        line = mask_secrets(what) if isinstance(what, str) else json.dumps(_masked(what))
        # A remark that cannot be written does not undo what it is about.
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value

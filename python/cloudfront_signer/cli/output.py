"""Where the command line writes: results on standard output, everything else on standard error, keys nowhere.

With ``--json`` a command prints JSON alone: its result, as its help says, on standard output, and on standard error one
object a line: ``{"error": NAME, "message": TEXT, "status": 1}`` for what ended it (2 for wrong use), the same with
``line`` and without ``status`` for a line that was left out, and ``{"warning": TEXT}`` or ``{"note": TEXT}``. NAME is
the exception's class, such as InvalidKeyError, UsageError for wrong use, or OSError.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from cloudfront_signer._native import mask_secrets

_PROGRAM = "cloudfront-signer"


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
    print(mask_secrets(line))


def show_json(result: Any) -> None:
    """A result for programs, with other people's text in it."""
    print(json.dumps(_masked(result)))


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

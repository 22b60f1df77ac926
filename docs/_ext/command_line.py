"""Writes the reference of the command line from the commands themselves, so that no option is missing or renamed.

The comment `<!-- commands -->` of a page is replaced by a section for each command.
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import typer
from sphinx.application import Sphinx

from cloudfront_signer.cli.examples import ERRORS, EXAMPLES
from cloudfront_signer.cli.help import complete
from cloudfront_signer.cli.main import app as command_line

MARKER = "<!-- commands -->"
PROGRAM = "cloudfront-signer"
_CODE = re.compile(r"(`[^`]*`|(?<![\w-])--[a-z][\w-]*)")
_MARKUP = re.compile(r"([\\*_\[\]<>{}#|])")


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command and where it is, the root first."""
    command = command or complete(typer.main.get_command(command_line))
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def reference() -> str:
    """All commands in Markdown."""
    return "\n\n".join(_section(path, command) for path, command in commands())


def _section(path: tuple[str, ...], command: Any) -> str:
    context = command.make_context(path[-1] if path else PROGRAM, [], resilient_parsing=True)
    heading = "#" * min(2 + max(len(path) - 1, 0), 3)
    parts = [f"{heading} {' '.join((PROGRAM, *path))}", *_paragraphs(command, path)]
    usage = " ".join([PROGRAM, *path, *command.collect_usage_pieces(context)])
    parts.append(f"```text\n{usage}\n```")
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            parts.append(_definition(*record))
    examples = EXAMPLES.get(" ".join(path))
    if examples:
        # Checked by test_help.py: each is taken by the command. What it needs, its caller has.
        parts.append(f"```sh\n{cleandoc(examples)}\n```")
    return "\n\n".join(parts)


def _paragraphs(command: Any, path: tuple[str, ...]) -> list[str]:
    text = (command.help or "").partition("Examples:")[0].partition("\b")[0].replace("\f", "")
    more = [ERRORS] if not path else []
    if command.epilog:
        after = cleandoc(command.epilog).rpartition("\n\n")[2]
        # What help adds to each command is written once, for all.
        more += [after] if not after.startswith(("\b", "Examples:")) and after != ERRORS else []
    return [_escaped(" ".join(one.split())) for one in (*text.split("\n\n"), *more) if one.strip()]


def _definition(option: str, text: str) -> str:
    return f"`{option}`\n: {_escaped(text) or 'No description.'}"


def _escaped(text: str) -> str:
    """Plain text in Markdown: options are code, code in backticks stays, brackets and stars are themselves."""
    parts = _CODE.split(text)
    parts[::2] = [_MARKUP.sub(r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"`{part.strip('`')}`" for part in parts[1::2]]
    return "".join(parts)


def _insert(_app: Sphinx, _docname: str, source: list[str]) -> None:
    if MARKER in source[0]:
        source[0] = source[0].replace(MARKER, reference())


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _insert)
    return {"parallel_read_safe": True}

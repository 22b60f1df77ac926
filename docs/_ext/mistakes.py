"""The names and messages of the mistakes that a diagnosis knows, read from the Rust source.

Under each heading ``### `name` `` of the page "Why 403?" its message is inserted. A mistake without a heading,
and a heading without a mistake, are warnings, which end the build.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

SOURCE = Path(__file__).parents[2] / "src"
PAGE = "why-403"
HEADING = re.compile(r"^### `([a-z0-9-]+)`$", re.MULTILINE)

_ENUM = re.compile(r"^pub enum (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_VARIANT = re.compile(r'#\[error\(\s*"((?:[^"\\]|\\.)*)"[^\n]*?\s*\)\]\s*(\w+)(?:\(([\w:]+)\))?')
_NAME = re.compile(r"^    ([A-Z]\w+)[,({ ]", re.MULTILINE)
_IMPL = re.compile(r"^(?:impl (\w+) \{|(?:pub(?:\([^)]*\))? )?const fn \w+\(\w+: &(\w+)\).*?\{)\n(.*?)^\}", re.M | re.S)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ARM = re.compile(r'(?:Self|[A-Z]\w+)::(\w+)(?:\([^)]*\)| \{[^}]*\})? => "([a-z0-9-]+)"')


def mistakes(source: Path = SOURCE) -> dict[str, str]:
    """The message of each mistake by its name. Raises ValueError for a variant whose name or message is not found."""
    variants: dict[str, dict[str, tuple[str, str]]] = {}
    names: dict[tuple[str, str], str] = {}
    unread: dict[str, list[str]] = {}
    for path in sorted(source.rglob("*.rs")):
        text = path.read_text("utf-8")
        for enum, body in _ENUM.findall(text):
            variants[enum] = {name: (message, payload) for message, name, payload in _VARIANT.findall(body)}
            unread[enum] = sorted(set(_NAME.findall(body)) - variants[enum].keys())
        for of_impl, of_function, body in _IMPL.findall(text):
            for variant, name in _ARM.findall(body):
                names[of_impl or of_function, variant] = name
    found: dict[str, str] = {}
    for enum in ("Mistake", *(payload for message, payload in variants["Mistake"].values() if message == "{0}")):
        if unread[enum]:
            raise ValueError(f"{enum}: no message was found in {source} for {', '.join(unread[enum])}")
        for variant, (message, payload) in variants[enum].items():
            if message == "{0}" and payload in variants and enum == "Mistake":
                continue
            if (enum, variant) not in names:
                raise ValueError(f"{enum}::{variant}: its name was not found in {source}")
            found[names[enum, variant]] = _readable(message)
    return found


def _readable(message: str) -> str:
    """A format string as people read it: what is filled in is in angle brackets."""
    text = message.replace("{{", "\0").replace("}}", "\1").replace('\\"', '"').replace("\\\\", "\\")
    text = re.sub(r"\{(\w*)[^}]*\}", lambda field: f"‹{field[1]}›" if field[1].isidentifier() else "…", text)
    return text.replace("\0", "{").replace("\1", "}")


def problems(page: str) -> list[str]:
    """Mistakes without an entry on the page, and entries without a mistake."""
    known, written = mistakes().keys(), set(HEADING.findall(page))
    return [
        *(f"'{name}' has no entry on this page" for name in sorted(known - written)),
        *(f"'{name}' is the name of no mistake in src/" for name in sorted(written - known)),
    ]


def _insert(_app: Sphinx, docname: str, source: list[str]) -> None:
    if docname != PAGE:
        return
    for problem in problems(source[0]):
        logging.getLogger(__name__).warning(problem, location=docname)
    known = mistakes()
    source[0] = HEADING.sub(lambda found: f"{found[0]}\n\n{_message(known.get(found[1], ''))}", source[0])


def _message(text: str) -> str:
    """The message as a separate paragraph, in which nothing is markup."""
    plain = _PUNCTUATION.sub(r"\\\1", text)
    # A message that consists of another error's is not known here.
    return f":::{{div}} message\n{plain}\n:::" if text != "…" else ""


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _insert)
    return {"parallel_read_safe": True}

"""Copy the docstrings of the built native module into its stub, which editors show.

They are written once, in Rust. ``python scripts/stub_docstrings.py`` rewrites the stub. With ``--check`` it changes
nothing, and exits with 1 if the stub is stale. Comments, types and the order of the stub are kept.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from cloudfront_signer import _native

STUB = Path(__file__).parents[1] / "python/cloudfront_signer/_native.pyi"
_Documented = ast.ClassDef | ast.FunctionDef


def main() -> int:
    """Rewrite the stub, or check it."""
    parser = argparse.ArgumentParser(description="Copy the native module's docstrings into its stub.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the stub is stale, and change nothing")
    parser.add_argument("stub", nargs="?", type=Path, default=STUB)
    arguments = parser.parse_args()
    before = arguments.stub.read_text()
    after = documented(before)
    if before == after:
        return 0
    if arguments.check:
        print(f"{arguments.stub}: its docstrings are not those of the built module: run make stubs", file=sys.stderr)
        return 1
    arguments.stub.write_text(after)
    return 0


def documented(stub: str) -> str:
    """The text of a stub, with the docstrings of the built module."""
    lines = stub.splitlines()
    # From the end, so that the line numbers of what comes before stay right.
    for node, value in reversed(list(names(ast.parse(stub)))):
        _set_docstring(lines, node, docstring_of(value))
    return "\n".join(lines) + "\n"


def names(tree: ast.Module) -> Iterator[tuple[_Documented, object]]:
    """Each public class, function, method and property of the stub, with the object of the built module."""
    for node in tree.body:
        if not isinstance(node, _Documented) or node.name.startswith("_"):
            continue
        value = getattr(_native, node.name)
        yield node, value
        seen = set()
        for member in node.body:
            # Python documents the special methods; of an overloaded method the first form has the docstring.
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("_") and member.name not in seen:
                seen.add(member.name)
                yield member, getattr(value, member.name)


def docstring_of(value: object) -> str:
    """The docstring of a built object."""
    text = value.__doc__
    if not text:
        raise SystemExit(f"{value!r} has no docstring")
    return text


def _set_docstring(lines: list[str], node: _Documented, text: str) -> None:
    """Replace the docstring of a class or function, or its ``...``, or add one in front of the rest."""
    first = node.body[0]
    assert first.end_lineno is not None
    at = first.lineno - 1
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        before = lines[at][: first.col_offset].rstrip()
        lines[at : first.end_lineno] = [before] if before else []
        at += bool(before)
    elif isinstance(first, ast.FunctionDef) and first.decorator_list:
        at = first.decorator_list[0].lineno - 1
    lines[at:at] = _quoted(text, " " * (node.col_offset + 4))


def _quoted(text: str, indent: str) -> list[str]:
    """A docstring as source lines."""
    prefix = "r" if "\\" in text else ""
    first, *rest = text.splitlines()
    if not rest:
        return [f'{indent}{prefix}"""{first}"""']
    return [f'{indent}{prefix}"""{first}', *((indent + line).rstrip() for line in rest), f'{indent}"""']


if __name__ == "__main__":
    sys.exit(main())

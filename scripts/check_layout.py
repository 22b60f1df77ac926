"""Checks the layout of the source tree: the floors of the Rust modules, import circles, and the length of files.

    python scripts/check_layout.py [ROOT]

A room of `src/` imports from lower floors only, and no two files import each other, directly or through others.
import-linter checks the same for the Python package (`[tool.importlinter]` in pyproject.toml). `mod x;` is no import.
Tests may import anything. Prints one line for each fault and exits with 1 if there are any.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

# From the ground up. Rooms on one floor do not import each other.
FLOORS = (
    ("text",),
    ("error",),
    ("hash_algorithm",),
    ("wire",),
    ("engine", "policy"),
    ("key", "credentials"),
    ("sign", "verify"),
    ("manifest", "explain"),
    ("lib",),
    ("bindings",),
)
LONGEST = 400
# Half of it is written by scripts/stub_docstrings.py.
LONG_BY_DESIGN = {"python/cloudfront_signer/_native.pyi"}

# In one pass, since a string may hold what looks like a comment, and a comment a quote.
STRINGS_AND_COMMENTS = re.compile(
    r"""r(#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'|//[^\n]*|/\*.*?\*/""", re.DOTALL
)
# Modules of tests in files of their own: `#[cfg(test)] mod tests;`.
TEST_MODULES = re.compile(r"#\[cfg\((?:all\()?test\b[^\n]*\n(?:\s*#\[[^\n]*\n)*\s*(?:pub\([^)]*\) )?mod (\w+);")
# The tests stand last in a file.
TESTS = re.compile(r"#\[cfg\((?:all\()?test\b[^\n]*\n(?:\s*#\[[^\n]*\n)*\s*mod \w+ \{.*", re.DOTALL)
GROUPED = re.compile(r"\b((?:crate|self|super)(?:::\w+)*)::\{")
PATH = re.compile(r"\b(crate|self|super)((?:::\w+)+)")


def main(root: Path) -> int:
    imports = rust_imports(root / "src")
    faults = [*arrows_up(imports), *circles(imports), *long_files(root)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def rust_imports(src: Path) -> dict[str, set[str]]:
    """The files that each file of the crate imports, by their paths below `src`."""
    modules = {module_of(path.relative_to(src)): path for path in src.rglob("*.rs")}
    tests = {(*module, name) for module, path in modules.items() for name in TEST_MODULES.findall(path.read_text())}
    modules = {module: path for module, path in modules.items() if not tests & set(prefixes(module))}
    if not modules:
        sys.exit(f"{src}: no Rust files found")
    imports: dict[str, set[str]] = {}
    for module, path in modules.items():
        targets = {
            target for used in used_paths(path.read_text()) if (target := resolve(used, module, modules)) is not None
        }
        imports[path.relative_to(src).as_posix()] = {
            modules[target].relative_to(src).as_posix() for target in targets - {module}
        }
    return imports


def prefixes(module: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (module[:length] for length in range(len(module) + 1))


def module_of(path: Path) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib") else parts


def used_paths(text: str) -> Iterator[tuple[str, ...]]:
    """Every path that starts at `crate`, `self` or `super`, with groups in braces written out."""
    code = TESTS.sub("", STRINGS_AND_COMMENTS.sub("", text))
    for match in GROUPED.finditer(code):
        for rest in group_members(code, match.end()):
            yield (*match[1].split("::"), *rest)
    for match in PATH.finditer(code):
        yield (match[1], *match[2].split("::")[1:])


def group_members(code: str, start: int) -> Iterator[tuple[str, ...]]:
    """The members of a group whose opening brace ends at `start`: `a::{b, c}` gives `a::b` and `a::c`."""
    prefixes: list[tuple[str, ...]] = [()]
    current: tuple[str, ...] = ()
    for match in re.compile(r"\w+|::|[{},]|\s+").finditer(code, start):
        token = match[0]
        if token == "{":
            prefixes.append(prefixes[-1] + current)
            current = ()
        elif token in {",", "}"}:
            if current:
                yield prefixes[-1] + current
            current = ()
            if token == "}":
                prefixes.pop()
                if not prefixes:
                    return
        elif re.match(r"\w", token):
            current += (token,)


def resolve(
    used: tuple[str, ...], module: tuple[str, ...], modules: dict[tuple[str, ...], Path]
) -> tuple[str, ...] | None:
    """The module that a path leads to: the longest one that exists, whose file then holds the name."""
    anchor, *rest = used
    here = () if anchor == "crate" else module
    names = list(rest)
    if anchor == "super":
        here = module[:-1]
        while names and names[0] == "super":
            here, names = here[:-1], names[1:]
    target = here
    for name in names:
        if (*target, name) not in modules:
            break
        target = (*target, name)
    return target if target in modules else None


def arrows_up(imports: dict[str, set[str]]) -> Iterator[str]:
    floors = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    for path, targets in sorted(imports.items()):
        room = room_of(path)
        if room not in floors:
            yield f"src/{path}: the room '{room}' has no floor: add it to FLOORS in scripts/check_layout.py"
            continue
        for target in sorted(targets):
            other = room_of(target)
            if other != room and floors.get(other, len(FLOORS)) >= floors[room]:
                yield f"src/{path}: imports src/{target}, which is not on a lower floor"


def room_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".rs")


def circles(imports: dict[str, set[str]]) -> Iterator[str]:
    """Each set of files that reach each other."""
    reached = {path: reachable(path, imports) for path in imports}
    seen: set[str] = set()
    for path in sorted(imports):
        circle = {other for other in reached[path] if path in reached[other]}
        if circle and path not in seen:
            seen |= circle
            yield "import circle: " + ", ".join(f"src/{member}" for member in sorted(circle))


def reachable(start: str, imports: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in imports.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def long_files(root: Path) -> Iterator[str]:
    for folder in ("src", "python", "tests", "benches", "examples", "scripts", "fuzz/src", "fuzz/fuzz_targets"):
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix not in {".rs", ".py", ".pyi"} or name in LONG_BY_DESIGN:
                continue
            lines = len(path.read_text().splitlines())
            if lines > LONGEST:
                yield f"{name}: {lines} lines: split it, {LONGEST} at most"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]))

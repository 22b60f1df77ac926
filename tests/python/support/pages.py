"""Runs the code blocks of a page in Markdown, as printed.

    python -m support.pages PAGE

Blocks of Python share their names, blocks of shell their exported variables; the working directory is the current one.
A block whose first line is a comment with a file's name is written to that file. A block in the language `output` is
compared with what the block before it printed on standard output; `…` in it matches anything. The ports of `PORTS` are
replaced by free ones. After a block that starts a program in the background, the runner waits until the ports in it
answer. A block after a line `% Not run: REASON` is skipped.
"""

import contextlib
import doctest
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:^% Not run: (?P<reason>.+)\n)?^```(?P<language>.*)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)
_FILE = re.compile(r"(?:#|//) ([\w-]+\.\w+)\n")
PORTS = re.compile(r"(?<![\w.])(5000|8000|8080)\b")
# In seconds. A server that never answers ends the run with its name.
_PATIENCE = 60


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    text: str
    line: int
    reason: str | None

    @property
    def file(self) -> str | None:
        """The name of the file that the block shows."""
        named = _FILE.match(self.text)
        return named[1] if named else None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(one["language"], one["text"], text.count("\n", 0, one.start("language")) + 1, one["reason"])
        for one in _BLOCK.finditer(text)
    ]


class Page:
    """A page that is being run."""

    def __init__(self, path: Path) -> None:
        self._path, self._ports, self._scope = path, {}, {"__name__": "__main__"}
        self._groups: list[int] = []

    def run(self) -> int:
        """Run all blocks, end what they started, and return how many were run."""
        printed, count = "", 0
        try:
            for block in blocks(self._path.read_text("utf-8")):
                if block.reason:
                    printed = ""
                elif block.language == "output":
                    self._compare(block, printed)
                elif block.file:
                    Path(block.file).write_text(self._with_free_ports(block.text))
                elif block.language in RUNNERS:
                    printed, count = RUNNERS[block.language](self, block), count + 1
        finally:
            for group in self._groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
        return count

    def python(self, block: Block) -> str:
        # So that a traceback has the page's line numbers.
        source = "\n" * block.line + self._with_free_ports(block.text)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(source, str(self._path), "exec"), self._scope)
        return out.getvalue()

    def shell(self, block: Block) -> str:
        # Files, not pipes: what stays in the background would keep a pipe open.
        script = f"set -euo pipefail\ntrap 'env -0 >.environment' EXIT\n{self._with_free_ports(block.text)}"
        with open(".printed", "w") as out, open(".errors", "w") as errors:
            process = subprocess.Popen(["bash", "-c", script], stdout=out, stderr=errors, start_new_session=True)
            self._groups.append(process.pid)
            status = process.wait()
        printed = Path(".printed").read_text()
        if status:
            sys.exit(f"{self._where(block)}: exit status {status}\n{block.text}{printed}{Path('.errors').read_text()}")
        variables = Path(".environment").read_text().split("\0")
        os.environ.update(one.split("=", 1) for one in variables if one and not one.startswith("_="))
        if re.search(r"(?<!&)&$", block.text, re.MULTILINE):
            for port in PORTS.findall(block.text):
                self._wait_for(self._free_port(port), block)
        return printed

    def _compare(self, block: Block, printed: str) -> None:
        expected = self._with_free_ports(block.text).replace("…", "...")
        options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if not doctest.OutputChecker().check_output(expected, printed, options):
            sys.exit(f"{self._where(block)}: expected\n{expected}\nfound\n{printed}")

    def _wait_for(self, port: int, block: Block) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.05)
        sys.exit(f"{self._where(block)}: nothing answers on port {port}\n{Path('.errors').read_text()}")

    def _with_free_ports(self, text: str) -> str:
        return PORTS.sub(lambda port: str(self._free_port(port[1])), text)

    def _free_port(self, printed: str) -> int:
        if printed not in self._ports:
            with socket.create_server(("127.0.0.1", 0)) as server:
                self._ports[printed] = server.getsockname()[1]
        return self._ports[printed]

    def _where(self, block: Block) -> str:
        return f"{self._path}:{block.line}"


RUNNERS = {"python": Page.python, "sh": Page.shell}

if __name__ == "__main__":
    # The current folder is the page's, for modules that it writes.
    sys.path.insert(0, os.getcwd())
    print(Page(Path(sys.argv[1])).run())

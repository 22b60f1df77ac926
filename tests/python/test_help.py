"""What people see who do not know the command yet: help, examples, versions, completion."""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from inspect import cleandoc

import pexpect
import pytest
import typer

import cloudfront_signer
from cloudfront_signer.cli import main as command_line
from cloudfront_signer.cli.examples import EXAMPLES, SUMMARIES
from cloudfront_signer.cli.help import complete

from support.programs import find


def commands(command=None, path=()):
    """Each command and where it is, the root first."""
    command = command or complete(typer.main.get_command(command_line.app))
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = dict(commands())


def run(*arguments, module="cloudfront_signer", status=0, **environment):
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "COLUMNS": "80", **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stderr
    return done


def help_of(path):
    command, parent = None, None
    for depth in range(len(path) + 1):
        command = COMMANDS[path[:depth]]
        parent = command.make_context("cloudfront-signer" if depth == 0 else path[depth - 1], [], parent, **LENIENT)
    return command.get_help(parent)


LENIENT = {"resilient_parsing": True}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_is_readable(path):
    shown = help_of(path)
    assert "-h, --help" in shown
    assert "Examples:\n    " in shown
    assert not re.search(r"<(str|list|path|int|float)", shown)
    assert all(len(line) <= 80 for line in shown.splitlines())
    # A list of commands shows whole sentences.
    assert "..." not in shown.partition("Commands:")[2].partition("Examples:")[0]
    assert shown.count("Examples:") == 1
    if "--json" in shown.partition("Options:")[2].partition("Examples:")[0]:
        told = " ".join(shown.split())
        assert re.search("With --json, (print one|each line is an) object", told), "its form is told"
        assert '{"error", "message", "status"}' in told


def test_examples_and_summaries_belong_to_commands():
    names = {" ".join(path) for path in COMMANDS}
    assert set(EXAMPLES) == names
    assert set(SUMMARIES) == names - {""}


def example_lines():
    for text in EXAMPLES.values():
        joined = cleandoc(text).replace("\\\n", " ")
        yield from (line for line in joined.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("line", list(example_lines()))
def test_every_example_is_taken(line):
    program, *words = shlex.split(line.partition(" > ")[0])
    assert program == "cloudfront-signer"
    command, context = COMMANDS[()], None
    context = command.make_context(program, words[:0], None, **LENIENT)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(command.name, words, context)


def test_short_help_and_the_bare_command():
    assert run("-h").stdout == run("--help").stdout
    assert run("sign", "-h").stdout == run("sign", "--help", module="cloudfront_signer.cli").stdout
    for bare in ([], ["aws"]):
        done = run(*bare, status=2)
        assert done.stdout == ""
        assert done.stderr == run(*bare, "--help").stdout


def test_versions():
    assert cloudfront_signer.__version__ == version("cloudfront-signer") == run("--version").stdout.strip()


@pytest.fixture
def home(tmp_path):
    """A home with the program in its path, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "cloudfront-signer"
    program.write_text(f"#!{sys.executable}\nfrom cloudfront_signer.cli import run\nrun()\n")
    program.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return tmp_path, {**os.environ, "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "PATH": path, "TERM": "dumb"}


def in_shell(shell, script, environment):
    # With a command after it, so that the shell stays there to be seen as who asks.
    command = [find(shell, shell), "-c", f"{script}\ntrue"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stderr == ""
    return done.stdout


INSTALL = "cloudfront-signer --install-completion"


def test_completion_in_bash(home):
    folder, environment = home
    assert "bash completion installed" in in_shell("bash", INSTALL, environment)
    script = f"""
source {folder}/.bash_completions/cloudfront-signer.sh
COMP_WORDS=(cloudfront-signer insp)
COMP_CWORD=1
_cloudfront_signer_completion cloudfront-signer
echo "${{COMPREPLY[@]}}"
"""
    assert in_shell("bash", script, environment) == "inspect\n"
    assert "source" in (folder / ".bashrc").read_text()


def test_completion_in_fish(home):
    _, environment = home
    environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
    assert "fish completion installed" in in_shell("fish", INSTALL, environment)
    assert in_shell("fish", "complete --do-complete 'cloudfront-signer insp'", environment).startswith("inspect")
    assert "--key-pair-id" in in_shell("fish", "complete --do-complete 'cloudfront-signer sign --k'", environment)


def test_completion_in_zsh(home):
    _, environment = home
    assert "zsh completion installed" in in_shell("zsh", INSTALL, environment)
    # The folder belongs to another user where root runs the tests.
    environment |= {"ZSH_DISABLE_COMPFIX": "true", "TERM": "xterm", "PS1": "ready> "}
    child = pexpect.spawn(
        find("zsh", "zsh"), ["-i"], timeout=60, encoding="utf-8", env=environment, dimensions=(24, 200)
    )
    child.expect("ready> ")
    # The first one loads the script.
    child.send("cloudfront-signer insp\t")
    child.expect("insp")
    child.send("\t\t")
    child.expect("inspect")
    child.sendintr()
    child.sendeof()
    child.close(force=True)

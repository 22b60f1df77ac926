"""Type checkers know every public name, and pass a program that uses them all."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cloudfront_signer

HERE = Path(__file__).parent
CONSUMER = HERE / "typing/consumer.py"
STUB = HERE.parents[1] / "python/cloudfront_signer/_native.pyi"


def run(*command, home, path=None):
    """A checker with nothing of this machine: no settings, no other programs, no address but its own."""
    # pyright asks the Python that it finds first for the packages. It brings its own node, and asks PyPI for no update.
    environment = {"PATH": path or str(Path(sys.executable).parent), "HOME": str(home)}
    environment |= {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "PYRIGHT_PYTHON_GLOBAL_NODE": "0"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith(("COV_CORE_", "COVERAGE_"))}
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def mypy(program, home):
    """The outcome of mypy --strict, of a program by itself."""
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(home / "cache")]
    return run(sys.executable, "-m", "mypy", *options, str(program), home=home)


def pyright(*arguments, home):
    """The outcome of pyright."""
    return run(str(Path(sys.executable).with_name("pyright")), *arguments, home=home)


def names_in_the_stub():
    """Every public class, function, method and property."""
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in cloudfront_signer.__all__:
            yield node.name
            members = node.body if isinstance(node, ast.ClassDef) else []
            yield from (one.name for one in members if isinstance(one, ast.FunctionDef) and one.name[0] != "_")


def test_the_consumer_uses_every_public_name():
    tree = ast.parse(CONSUMER.read_text())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    public = {*cloudfront_signer.__all__, *names_in_the_stub()}
    assert len(public) > 90
    assert public - used == set()


def test_the_consumer_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", CONSUMER, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "other-url" in done.stdout or "expired" in done.stdout


def test_mypy_passes_the_consumer(tmp_path):
    code, output = mypy(CONSUMER, tmp_path)
    assert code == 0, output


def test_pyright_passes_the_consumer(tmp_path):
    program = Path(shutil.copy(CONSUMER, tmp_path))
    code, output = pyright(program, home=tmp_path)
    assert code == 0, output
    assert "0 errors, 0 warnings" in output


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('resource=f"{SITE}/*")', 'resource=b"")'),
        ("assert_type(signer.key_id, str)", "assert_type(signer.key_id, bytes)"),
        ('same_site="Lax")', 'same_site="lax")'),
        ("assert_type(decision.policy, Policy | None)", "assert_type(decision.policy, Policy)"),
    ],
)
def test_what_is_wrong_is_found(tmp_path, right, wrong):
    text = CONSUMER.read_text()
    assert text.count(right) == 1
    program = tmp_path / "consumer.py"
    program.write_text(text.replace(right, wrong))
    line = text[: text.index(right)].count("\n") + 1
    for code, output in (mypy(program, tmp_path), pyright(program, home=tmp_path)):
        assert code == 1
        assert f"consumer.py:{line}:" in output


def test_every_type_is_known(tmp_path):
    """Also without node, and with npm as it is installed: pyright is whole in what pip installed."""
    code, output = pyright("--verifytypes", "cloudfront_signer", "--ignoreexternal", home=tmp_path)
    assert code == 0, output
    assert "Type completeness score: 100%" in output
    assert list(tmp_path.iterdir()) == []

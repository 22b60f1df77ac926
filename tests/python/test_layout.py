"""The checks of the layout fail on what they are there for: an arrow up, a circle, a file that is too long."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources and of the checks' settings."""
    for name in ("src", "python", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def check_crate(tree: Path) -> "subprocess.CompletedProcess[str]":
    script = tree / "scripts/check_layout.py"
    return subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)


def check_package(tree: Path) -> "subprocess.CompletedProcess[str]":
    # Without the program's own installation in front, which leads to the original.
    program = (
        "import sys; sys.path.insert(0, 'python'); from importlinter.cli import lint_imports_command as run; "
        "run(['--no-cache'])"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True, check=False)


def append(path: Path, text: str) -> None:
    path.write_text(f"{path.read_text()}\n{text}\n")


def test_the_layout_holds(tree: Path) -> None:
    assert (check_crate(tree).stderr, check_crate(tree).returncode) == ("", 0)
    package = check_package(tree)
    assert package.returncode == 0, package.stdout


@pytest.mark.parametrize(
    ("path", "line", "target"),
    [
        ("wire/url.rs", "use crate::sign::signer::Signer;", "sign/signer.rs"),
        ("wire/url.rs", "use crate::{text::Excerpt, sign::{signer::Signer}};", "sign/signer.rs"),
        ("policy/conditions.rs", "fn up(_: &super::super::verify::verifier::Verifier) {}", "verify/verifier.rs"),
        ("text.rs", "use crate::HashAlgorithm;", "lib.rs"),
        ("engine/mod.rs", "use crate::policy::Policy;", "policy/mod.rs"),
    ],
)
def test_an_arrow_up_in_the_crate_is_found(tree: Path, path: str, line: str, target: str) -> None:
    source = tree / "src" / path
    source.write_text(f"{line}\n{source.read_text()}")
    checked = check_crate(tree)
    assert f"src/{path}: imports src/{target}, which is not on a lower floor" in checked.stderr
    assert checked.returncode == 1


def test_a_circle_in_the_crate_is_found(tree: Path) -> None:
    (tree / "src/wire/planted.rs").write_text("use super::url::Url;\n")
    source = tree / "src/wire/url.rs"
    source.write_text(f"use super::planted::Planted;\n{source.read_text()}")
    checked = check_crate(tree)
    assert checked.stderr == "import circle: src/wire/planted.rs, src/wire/url.rs\n"
    assert checked.returncode == 1


def test_strings_comments_and_tests_are_no_imports(tree: Path) -> None:
    source = tree / "src/wire/url.rs"
    harmless = """// use crate::sign::signer::Signer; isn't an import
const PLANTED: (&str, char, &str) = ("https://a/ crate::sign::signer", '"', r#"crate::verify::verifier"#);
"""
    source.write_text(harmless + source.read_text())
    append(source, "#[cfg(test)]\nmod planted {\n    use crate::sign::signer::Signer;\n}")
    assert (check_crate(tree).stderr, check_crate(tree).returncode) == ("", 0)


def test_a_room_without_a_floor_is_found(tree: Path) -> None:
    (tree / "src/attic.rs").write_text("//! Nothing.\n")
    assert "src/attic.rs: the room 'attic' has no floor" in check_crate(tree).stderr


def test_a_long_file_is_found(tree: Path) -> None:
    (tree / "python/cloudfront_signer/long.py").write_text("x = 1\n" * 401)
    checked = check_crate(tree)
    assert checked.stderr == "python/cloudfront_signer/long.py: 401 lines: split it, 400 at most\n"


def test_an_arrow_up_in_the_package_is_found(tree: Path) -> None:
    append(tree / "python/cloudfront_signer/edge/paths.py", "import cloudfront_signer.cli.output")
    checked = check_package(tree)
    assert checked.returncode == 1
    assert "cloudfront_signer.edge is not allowed to import cloudfront_signer.cli" in checked.stdout


def test_a_circle_in_the_package_is_found(tree: Path) -> None:
    (tree / "python/cloudfront_signer/edge/planted.py").write_text("from . import app\n")
    append(tree / "python/cloudfront_signer/edge/app.py", "from . import planted")
    checked = check_package(tree)
    assert checked.returncode == 1
    assert "No import circles BROKEN" in checked.stdout


def test_a_module_without_a_floor_is_found(tree: Path) -> None:
    (tree / "python/cloudfront_signer/attic.py").write_text("")
    assert "cloudfront_signer.attic" in check_package(tree).stdout

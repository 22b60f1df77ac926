"""What a release rests on: one version, the licences of all crates, workflows without faults, and checks that fail."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cloudfront_signer

from support.wheels import wheel

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import api_check  # noqa: E402
import audit  # noqa: E402
import licences  # noqa: E402
import release  # noqa: E402
import repack  # noqa: E402
import wheels  # noqa: E402

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_the_version_is_in_cargo_toml_and_follows_from_there():
    version = release.cargo(ROOT)["version"]
    assert cloudfront_signer.__version__ == version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    # Nothing else of ours names it, which a release would have to change, too.
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    named = {
        name
        for name in files
        if name.startswith(("python/", "docs/conf.py", "src/", "pyproject.toml")) and (ROOT / name).is_file()
        if re.search(rf"\bversion\b.{{0,5}}[\"']{re.escape(version)}[\"']", (ROOT / name).read_text(errors="replace"))
    }
    assert not named


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    for action, comment in used:
        if not action.startswith("$/"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+(\.\d+)*", comment), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_least_permissions_and_a_concurrency_group(path):
    text = path.read_text()
    assert "\npermissions: {}\n" in text
    assert "\nconcurrency:\n" in text
    jobs = text.split("\njobs:\n")[1]
    assert len(re.findall(r"^  [\w-]+:$", jobs, re.MULTILINE)) == len(
        re.findall(r"^    permissions:$", jobs, re.MULTILINE)
    )


def test_workflows_pass_their_linters():
    recipe = (ROOT / "Makefile").read_text().split("\nlint-workflows:")[1].split("\n\n")[0]
    programs = Path(sys.executable).parent
    commands = [line.strip().replace("$(BIN)", str(programs)).split() for line in recipe.splitlines()[1:]]
    assert [Path(command[0]).name for command in commands] == ["actionlint", "zizmor"]
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_in_a_workflow_is_found(tmp_path):
    """The linters run on a workflow with an unknown runner and an action that is not pinned."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    text = (ROOT / ".github/workflows/docs.yml").read_text()
    changed = text.replace("ubuntu-24.04", "ubuntu-1.0")
    changed = re.sub(r"actions/checkout@\w+ # v[\d.]+", "actions/checkout@main", changed)
    (folder / "docs.yml").write_text(changed)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    programs = Path(sys.executable).parent
    found = subprocess.run([programs / "actionlint"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ubuntu-1.0" in found.stdout
    command = [programs / "zizmor", "--offline", "--quiet", "."]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode != 0
    assert "unpinned-uses" in found.stdout


def test_every_platform_of_the_wheels_is_built_by_the_workflow():
    text = (ROOT / ".github/workflows/wheels.yml").read_text()
    built = re.findall(r"platform: ([\w-]+), os", text)
    assert sorted(built) == sorted(wheels.PLATFORMS)


def test_the_licences_are_those_of_cargo_lock():
    assert licences.main(["--check"]) == 0


def test_a_crate_without_a_licence_text_is_an_error(tmp_path):
    crate = licences.Crate("naked", "1.0.0", "MIT", "https://example.org/naked", tmp_path)
    with pytest.raises(SystemExit, match=r"naked 1\.0\.0: no licence text"):
        licences.render([crate])
    (tmp_path / "LICENSE-MIT").write_text("Permission is hereby granted")
    text = licences.render([crate, crate._replace(name="other")])
    assert text.count("Permission is hereby granted") == 1
    assert "naked (LICENSE-MIT), other (LICENSE-MIT)" in text


@pytest.mark.xdist_group("wheel")
def test_a_wheel_of_this_checkout_has_the_licences_and_materials():
    """What does not depend on a release build: the quick one is not stripped, and is for this machine only."""
    import check_wheel

    built = check_wheel.Wheel.read(wheel())
    for rule in (check_wheel.contents, check_wheel.licences, check_wheel.materials, check_wheel.metadata):
        assert list(rule(built)) == []


def test_repacking_changes_the_paths_and_what_follows_from_them(tmp_path):
    import zipfile

    path = tmp_path / "p-1-py3-none-any.whl"
    bill = {"bom-ref": f"path+{ROOT.as_uri()}#cloudfront_signer@1", "purl": "pkg:cargo/c@1?download_url=file://."}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/__init__.py", "x = 1\n")
        archive.writestr("p-1.dist-info/sboms/p.json", json.dumps(bill))
        record = "p/__init__.py,sha256=aaa,6\np-1.dist-info/sboms/p.json,sha256=bbb,7\np-1.dist-info/RECORD,,\n"
        archive.writestr("p-1.dist-info/RECORD", record)
    repack.without_build_paths(path)
    first = path.read_bytes()
    repack.without_build_paths(path)
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        changed = archive.read("p-1.dist-info/sboms/p.json")
        lines = archive.read("p-1.dist-info/RECORD").decode().splitlines()
    assert names == ["p/__init__.py", "p-1.dist-info/sboms/p.json", "p-1.dist-info/RECORD"]
    assert json.loads(changed) == {"bom-ref": "cloudfront-signer#cloudfront_signer@1", "purl": "pkg:cargo/c@1"}
    assert lines[1] == f"p-1.dist-info/sboms/p.json,{repack.digest(changed)},{len(changed)}"
    assert lines[2] == "p-1.dist-info/RECORD,,"


@pytest.fixture
def checkout(tmp_path):
    """The files that a release changes."""
    for name in ("Cargo.toml", "Cargo.lock", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n")
    return tmp_path


def test_a_prepared_release_passes_its_check(checkout):
    address = release.cargo(ROOT)["repository"]
    for version, before in (("7.1.0", None), ("7.2.0-rc.1", "7.1.0")):
        release.main(["prepare", version], checkout)
        assert list(release.faults(checkout, f"v{version}", address)) == []
        assert release.notes(checkout, version) == "### Added\n\n- A thing."
        assert release.notes(checkout, "Unreleased") == ""
        text = (checkout / "CHANGELOG.md").read_text()
        assert f"[Unreleased]: {address}/compare/v{version}...HEAD\n" in text
        link = f"compare/v{before}...v{version}" if before else f"releases/tag/v{version}"
        assert f"[{version}]: {address}/{link}\n" in text
        (checkout / "CHANGELOG.md").write_text(
            text.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- A thing.\n")
        )


def test_what_a_release_is_refused_for(checkout, capsys):
    address = release.cargo(ROOT)["repository"]
    release.main(["prepare", "7.1.0"], checkout)
    assert release.main(["check", "v7.1.0", address], checkout) == 0
    assert release.main(["check", "v7.1.1", address], checkout) == 1
    assert "the tag must be v7.1.0" in capsys.readouterr().err
    assert release.main(["check", "v7.1.0", "https://github.com/someone/else"], checkout) == 1
    assert "correct the addresses" in capsys.readouterr().err
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    lock = (checkout / "Cargo.lock").read_text()
    (checkout / "Cargo.lock").write_text(lock.replace('version = "7.1.0"', 'version = "7.0.9"'))
    assert release.main(["check", "v7.1.0", address], checkout) == 1
    errors = capsys.readouterr().err
    assert "no dated section for 7.1.0" in errors
    assert "Cargo.lock has 7.0.9" in errors
    with pytest.raises(SystemExit, match="expected a version such as"):
        release.main(["prepare", "7.2"], checkout)
    with pytest.raises(SystemExit, match=r"nothing below \[Unreleased\]"):
        release.main(["prepare", "7.2.0"], checkout)


def test_the_changelog_has_the_form_that_a_release_needs():
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\S*\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    groups = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= groups


@pytest.mark.parametrize(
    ("old", "new", "breaking"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.2.0-rc.1", "2.0.0", True),
    ],
)
def test_which_versions_may_change_the_api(old, new, breaking):
    assert api_check.is_breaking(old, new) is breaking


def test_the_api_is_compared_with_the_last_tag(tmp_path, monkeypatch, capsys):
    def git(*arguments):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "Cargo.toml").write_text('[package]\nversion = "0.2.1"\n')
    git("init")
    git("add", ".")
    git("commit", "--message", "first")
    assert api_check.main(None, tmp_path) == 0
    assert "no release yet" in capsys.readouterr().out
    git("tag", "v0.2.0")
    git("tag", "note")
    compared = []
    monkeypatch.setattr(api_check, "run", lambda root, *command: compared.append(command) or "griffe" in str(command))
    assert api_check.main(None, tmp_path) == 1
    assert [command[-1] for command in compared] == ["v0.2.0", "v0.2.0"]
    (tmp_path / "Cargo.toml").write_text('[package]\nversion = "0.3.0"\n')
    assert api_check.main(None, tmp_path) == 0
    assert "may break the Python API of v0.2.0" in capsys.readouterr().out


def test_the_audit_covers_all_extras_for_users():
    named = audit.requirements()
    assert any(name.startswith("boto3") for name in named)
    assert any(name.startswith("pyarrow") for name in named)
    assert not any(name.startswith(("cloudfront-signer", "mypy")) for name in named)


def test_the_demo_on_a_fresh_machine_builds_what_it_needs_only(tmp_path):
    for name in ("Makefile", "Cargo.toml", "Cargo.lock", "pyproject.toml", ".cargo/config.toml", "src/lib.rs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())

    def steps():
        command = ["make", "--dry-run", "--no-print-directory", "demo"]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert "--profile quick" in steps()
    assert "--extras dev" not in steps()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/.native").touch()
    assert "--extras dev" in steps()
    assert "--profile quick" not in steps()

"""The documentation site: it builds without a warning, it is complete, and the examples of its pages run as printed."""

import os
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from moto.moto_api._internal.models import moto_api_backend

import cloudfront_signer
from cloudfront_signer import PrivateKey, Verifier, inspect
from cloudfront_signer._native import mistake_names

from support.aws import Fake, serving
from support.browser import running_chromium
from support.pages import RUNNERS, blocks
from support.site import command_line, mistakes, stubs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path for path in sorted(DOCS.rglob("*.md"))}
RUN = [name for name, path in PAGES.items() if any(one.language in RUNNERS for one in blocks(path.read_text()))]
# What a page may show without running it.
SHOWN = {"output", "text", "javascript", "{eval-rst}", "{toctree}"}
# The blocks that cannot run here, and why.
NOT_RUN = {
    ("index.md", "installs from a package index"),
    ("tutorial.md", "installs from a package index"),
    ("tutorial.md", "moto cannot delete a key group"),
    ("how-to/columns.md", "needs a cluster"),
    ("how-to/key-stores.md", "needs a token"),
    ("how-to/lambda.md", "installs from a package index"),
    ("how-to/django.md", "runs until Ctrl-C"),
    ("how-to/flask.md", "runs until Ctrl-C"),
}
# The pages that need an AWS account.
AT_AWS = {"how-to/key-stores.md", "how-to/rotation.md"}


@pytest.fixture
def account(request):
    """What leads the AWS tools to an account, where a page needs one: moto, and what it lacks."""
    if request.getfixturevalue("name") not in AT_AWS:
        yield {}
        return
    with serving(Fake()) as endpoint:
        names = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
        yield names | {"AWS_ENDPOINT_URL": endpoint}
    moto_api_backend.reset()


@pytest.mark.parametrize("name", RUN)
def test_examples_run_as_printed(name, account, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CLOUDFRONT_"))}
    environment |= {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "tests" / "python"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        **account,
    }
    command = [sys.executable, "-m", "support.pages", str(PAGES[name])]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    expected = [one for one in blocks(PAGES[name].read_text()) if one.language in RUNNERS]
    assert int(done.stdout) == sum(not (one.reason or one.file) for one in expected)


def test_only_what_is_named_here_is_not_run():
    found = {(name, one.reason) for name, path in PAGES.items() for one in blocks(path.read_text()) if one.reason}
    assert found == NOT_RUN
    for name, path in PAGES.items():
        page = path.read_text()
        assert page.count("% Not run") == sum(bool(one.reason) for one in blocks(page)), name


@pytest.mark.parametrize("name", PAGES)
def test_no_block_escapes(name):
    """Each fence is a block of a known language, and a file that is shown is used by a later block."""
    page = PAGES[name].read_text()
    found = blocks(page)
    assert len(re.findall("^ *```", page, re.MULTILINE)) == 2 * len(found)
    assert {one.language for one in found} <= SHOWN | RUNNERS.keys()
    for one in found:
        if one.file and one.language in RUNNERS:
            others = "".join(other.text for other in found if other is not one and not other.reason)
            assert re.search(rf"\b{one.file.partition('.')[0]}\b", others), f"{one.file} is shown, but not run"
        if one.language in RUNNERS:
            assert max(map(len, one.text.splitlines())) <= 96, "it fits the page"
        if one.language == "output":
            assert re.search(r"\w", one.text), "it can differ from what is printed"


def test_every_mistake_has_an_entry():
    page = (DOCS / "why-403.md").read_text()
    assert sorted(mistakes.HEADING.findall(page)) == sorted(mistake_names())
    assert mistakes.mistakes().keys() == set(mistake_names())
    assert mistakes.problems(page) == []


def test_a_missing_entry_is_a_problem():
    """One that ends the build."""
    page = (DOCS / "why-403.md").read_text().replace("### `expired`\n", "### `rain`\n")
    assert mistakes.problems(page) == [
        "'expired' has no entry on this page",
        "'rain' is the name of no mistake in src/",
    ]


def test_messages_are_those_of_the_program(signer):
    """The text of an entry is what a diagnosis says, with the values left out."""
    key = PrivateKey.generate("ecdsa-p256").public_key()
    url = signer.sign_url("https://d1.example/a", expires=2_000_000_000)
    found = inspect(url).diagnose(Verifier({signer.key_id: key})).mistakes
    found += inspect("https://d1.example/a?Expires=1").diagnose(Verifier({"K1": key})).mistakes
    assert len(found) >= 2
    for mistake in found:
        template = re.escape(mistakes.mistakes()[mistake.name])
        assert re.fullmatch(re.sub("‹[^›]*›|…", ".+", template), mistake.found), mistake.name


# In one worker, so that the site is built once.
with_site = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as `make docs` builds it, without warnings."""
    folder = tmp_path_factory.mktemp("site")
    made = re.search(r"-m (sphinx .*) docs target/docs$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, "-m", *made[1].split(), "--doctree-dir", str(folder / "doctrees"), "docs", str(folder)]
    assert {"--fail-on-warning", "--nitpicky"} <= set(command)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


# What the reference describes, and what people run instead of importing.
MODULES = {
    "arrow",
    "aws",
    "boto2",
    "django",
    "edge",
    "errors",
    "flask",
    "jupyter",
    "keys",
    "manifest",
    "player",
    "pytest_plugin",
    "spark",
    "starlette",
}
COMMANDS = {"cli", "demo"}


def test_every_public_module_has_a_page():
    found = {module.name for module in pkgutil.iter_modules(cloudfront_signer.__path__) if module.name[0] != "_"}
    assert found == MODULES | COMMANDS
    assert {path.stem for path in (DOCS / "reference" / "python").glob("*.md")} >= MODULES


@with_site
def test_every_public_name_is_in_the_reference(site):
    written = "".join(path.read_text() for path in (site / "reference" / "python").glob("*.html"))
    for module in ("cloudfront_signer", *map("cloudfront_signer.{}".format, sorted(MODULES))):
        imported = import_module(module)
        names = getattr(imported, "__all__", None) or [name for name in vars(imported) if hasattr_of(imported, name)]
        for name in names:
            home = "cloudfront_signer.errors" if name.endswith(("Error", "Warning")) and "aws" not in module else module
            assert f'id="{home}.{name}"' in written, f"{module}.{name}"
    for name in stubs.signatures():
        if name.split(".")[1] in cloudfront_signer.__all__ and "._" not in name:
            assert f'id="{name}"' in written, name
    for alias in stubs.ALIASES.values():
        assert "[" in alias or alias == "T" or f'id="cloudfront_signer.{alias}"' in written, alias


def hasattr_of(module, name):
    """Whether a module without `__all__` defines a public name."""
    return not name.startswith("_") and getattr(getattr(module, name), "__module__", None) == module.__name__


@with_site
def test_every_command_and_option_is_in_the_reference(site):
    page = (site / "reference" / "command-line.html").read_text()
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page))
    commands = list(command_line.commands())
    assert len(commands) > 20
    for path, command in commands:
        assert " ".join(("cloudfront-signer", *path)) in text
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in text, (path, option)


@with_site
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_its_window(site, width):
    """Wide code and tables scroll by themselves. No file of the site comes from elsewhere."""
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    assert len(pages) > len(PAGES)
    with running_chromium() as chromium, chromium.new_page(viewport={"width": width, "height": 844}) as page:
        foreign = []
        page.on("request", lambda request: foreign.append(request.url))
        page.route("http**", lambda route: route.abort())
        for path in pages:
            page.goto(path.as_uri())
            shown = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert shown[0] <= shown[1], path.name
        assert [url for url in foreign if not url.startswith("file:")] == []

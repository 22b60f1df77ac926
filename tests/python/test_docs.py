"""Examples in docstrings and in the README run as printed."""

import doctest
import inspect
import re
from pathlib import Path

import cloudfront_signer
import cloudfront_signer.boto2
import cloudfront_signer.cli.aws_globals
import cloudfront_signer.cli.times
import cloudfront_signer.edge
from cloudfront_signer import _native


def test_docstrings():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    natives = {name: getattr(_native, name) for name in _native.__all__ if name != "__version__"}
    members = {
        f"{name}.{member}": getattr(thing, member)
        for name, thing in natives.items()
        if inspect.isclass(thing)
        for member in vars(thing)
        if not member.startswith("_")
    }
    for name, thing in {**natives, **members, "cloudfront_signer": cloudfront_signer}.items():
        # An example imports all that it uses.
        runner.run(parser.get_doctest(inspect.getdoc(thing), {}, name, None, 0))
    for module in (cloudfront_signer.boto2, cloudfront_signer.cli.times, cloudfront_signer.cli.aws_globals):
        assert doctest.testmod(module).failed == 0
    assert doctest.testmod(cloudfront_signer.edge).failed == 0
    assert runner.summarize().failed == 0
    assert runner.summarize().attempted > 200


def test_readme():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    scope = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)

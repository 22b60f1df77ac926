"""Examples in docstrings and in the README run as printed."""

import doctest
import re
from pathlib import Path

import cloudfront_signer
import cloudfront_signer.boto2
import cloudfront_signer.cli.aws_globals
import cloudfront_signer.cli.times
import cloudfront_signer.edge
from cloudfront_signer import _native


def test_docstrings():
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    natives = [getattr(_native, name) for name in _native.__all__ if name != "__version__"]
    for thing in [cloudfront_signer, *natives, cloudfront_signer.boto2.create_signed_url]:
        for test in finder.find(thing, module=False, globs=vars(cloudfront_signer.boto2).copy()):
            runner.run(test)
    for module in (cloudfront_signer.cli.times, cloudfront_signer.cli.aws_globals):
        assert doctest.testmod(module).failed == 0
    assert doctest.testmod(cloudfront_signer.edge).failed == 0
    assert runner.summarize().failed == 0
    assert runner.summarize().attempted > 20


def test_readme():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert blocks
    scope = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)

"""The extensions of the documentation site, to be tested."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "docs" / "_ext"))

import command_line  # noqa: F401
import mistakes  # noqa: F401
import stubs  # noqa: F401

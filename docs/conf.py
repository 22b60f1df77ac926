"""The documentation site: `make docs` builds it into target/docs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "cloudfront-signer"
copyright = "the cloudfront-signer authors"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "command_line",
    "mistakes",
    "stubs",
]
exclude_patterns = ["_*"]

html_theme = "furo"
html_title = "cloudfront-signer"
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_dark_style = "github-dark"
# Dashes, but no quotes: those of values and messages are copied.
smartquotes_action = "D"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
napoleon_numpy_docstring = False

nitpicky = True
# No inventory is fetched, so that the site builds without a network: only references to
# public names of this package are checked.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!cloudfront_signer\b)[\w.]+"),
    (r"py:.*", r"cloudfront_signer\.(aws|edge|keys)\.\w+\.\w+"),
    # The kinds of columns, which the docstring describes.
    (r"py:class", r"cloudfront_signer\.arrow\._\w+"),
]
# A list of types whose element has a comma.
nitpick_ignore = [("py:class", "dict[str")]

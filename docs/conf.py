"""How Sphinx makes the site; docs/site.py runs it."""

from photogender import __version__

project = "photogender"
version = release = __version__
html_title = f"photogender {__version__}"
extensions = ["myst_parser"]
myst_heading_anchors = 4
root_doc = "README"
html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
suppress_warnings = ["myst.header"]  # a page of the repository need not begin with a first-level heading

"""Figures that show themselves in a notebook."""

import base64
import html
import re
from pathlib import Path


class Figure:
    """A figure as SVG; a notebook shows it, ``save(path)`` writes it."""

    def __init__(self, svg):
        #: The text of the SVG.
        self.svg = svg

    @property
    def description(self):
        """What the figure shows, in words."""
        found = re.search(r'<svg\b[^>]*\baria-label="([^"]*)"', self.svg)
        return html.unescape(found[1]) if found else ""

    def save(self, path):
        """Writes the SVG."""
        Path(path).write_text(self.svg, "utf8")

    def as_image(self):
        """An HTML image of it; the identifiers in one SVG do not meet those of another there."""
        data = base64.b64encode(self.svg.encode()).decode()
        alternative = html.escape(self.description, quote=True)
        return f'<img src="data:image/svg+xml;base64,{data}" alt="{alternative}" style="max-width: 100%; height: auto">'

    def _repr_svg_(self):
        return self.svg

    def __repr__(self):
        return f"<Figure: {self.description or 'SVG'}>"

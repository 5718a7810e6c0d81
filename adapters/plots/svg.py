"""A small writer of SVG: plain shapes with presentation attributes, a title and a description for readers.

No script, no style sheet, no font from elsewhere: a strict content security policy lets it through, and the
same drawing is always the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

INK, FAINT, GRID = "#1a1a1a", "#555555", "#dddddd"
FONT = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"

Point = tuple[float, float]


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class Drawing:
    """A picture in the making. Coordinates are pixels from the upper left corner."""

    def __init__(self, width: float, height: float, title: str, description: str) -> None:
        size = f'width="{number(width)}" height="{number(height)}"'
        view = f'viewBox="0 0 {number(width)} {number(height)}"'
        reader = 'role="img" aria-labelledby="title desc"'
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {view} {size} {reader} font-family="{FONT}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(description)}</desc>',
            f'<rect {size} fill="#ffffff"/>',
        ]

    def line(
        self, start: Point, end: Point, color: str = INK, width: float = 1, dash: str = "", opacity: float = 1
    ) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._add(
            "line",
            x1=number(x1),
            y1=number(y1),
            x2=number(x2),
            y2=number(y2),
            stroke=color,
            stroke_width=number(width),
            stroke_dasharray=dash,
            stroke_opacity="" if opacity == 1 else number(opacity),
        )

    def path(self, points: Sequence[Point], color: str, width: float = 2, dash: str = "") -> None:
        """A line through points."""
        if points:
            self._add(
                "path",
                d=_through(points),
                fill="none",
                stroke=color,
                stroke_width=number(width),
                stroke_dasharray=dash,
                stroke_linejoin="round",
            )

    def area(self, points: Sequence[Point], color: str, opacity: float) -> None:
        """A filled shape."""
        if points:
            self._add("path", d=f"{_through(points)}Z", fill=color, fill_opacity=number(opacity))

    def circle(self, centre: Point, radius: float, color: str, opacity: float = 1) -> None:
        """A dot."""
        self._add(
            "circle",
            cx=number(centre[0]),
            cy=number(centre[1]),
            r=number(radius),
            fill=color,
            fill_opacity="" if opacity == 1 else number(opacity),
        )

    def diamond(self, centre: Point, radius: float, color: str) -> None:
        """A square standing on its corner."""
        x, y = centre
        self.area([(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], color, 1)

    def text(
        self,
        at: Point,
        words: str,
        *,
        size: float = 12,
        anchor: str = "start",
        color: str = INK,
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """Words that begin, are centred (`middle`) or end at a point; turned ones run upwards."""
        x, y = number(at[0]), number(at[1])
        self._add(
            "text",
            words,
            x=x,
            y=y,
            font_size=number(size),
            text_anchor="" if anchor == "start" else anchor,
            font_weight="600" if bold else "",
            fill=color,
            transform=f"rotate(-90 {x} {y})" if turned else "",
        )

    def finished(self) -> str:
        """The whole picture."""
        return "\n".join([*self._parts, "</svg>", ""])

    def _add(self, name: str, words: str = "", **attributes: str) -> None:
        given = ((key.replace("_", "-"), value) for key, value in attributes.items() if value)
        told = "".join(f" {key}={quoteattr(value)}" for key, value in given)
        self._parts.append(f"<{name}{told}>{escape(words)}</{name}>" if words else f"<{name}{told}/>")


def _through(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)

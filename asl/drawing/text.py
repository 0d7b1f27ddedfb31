"""How wide words are and where they break, without a font at hand."""

from __future__ import annotations

from functools import lru_cache

_NARROW = frozenset("iljtfrI.,:;!|'()[]/ ")
_WIDE = frozenset("mwMW@%=≠<>≤≥+~")


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Estimate the width of a text in a common sans-serif font, rather too wide than too narrow.

    The measures are those of DejaVu Sans, which is wider than what most systems have.
    """
    ems = 0.0
    for c in text:
        if c in _NARROW:
            ems += 0.34
        elif c in _WIDE:
            ems += 0.98
        elif ord(c) >= 0x1100:
            ems += 1.05
        elif c.isupper():
            ems += 0.7
        else:
            ems += 0.62
    return ems * size


def wrap(text: str, size: float, room: float, most: int) -> list[str]:
    """Break a text into at most `most` lines of the given width, at spaces and hyphens where there are any."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if not line or text_width(longer, size) <= room:
            line = longer
        else:
            lines.append(line)
            line = word
        while text_width(line, size) > room:
            cut = len(line) - 1
            while cut > 1 and text_width(line[:cut], size) > room:
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
            if len(lines) > most:
                break
    lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + "…", size) > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "…"]
    return lines

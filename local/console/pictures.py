"""The pictures of both workflows, prepared for a page that allows no inline style."""

from __future__ import annotations

import re
from functools import cache

from asl.drawing import svg
from workflows import order_manager, order_processor

_STYLE = re.compile(r"<style>(.*?)</style>\n?", re.DOTALL)
_MODE = re.compile(r"@media\(prefers-color-scheme:dark\)\{.*?\}\}\n", re.DOTALL)
_VARIABLES = re.compile(r"^\.workflow\{--[^}]*\}\n", re.MULTILINE)
MACHINES = {"processor": order_processor, "manager": order_manager}


def picture(machine: str) -> str:
    """Return the picture of `processor` or `manager` as an `<svg>` element without a style of its own.

    Its states become buttons of the page, so it is a group of them and no longer an image.
    """
    return _STYLE.sub("", _drawn(machine)).replace('role="img"', 'role="group"', 1).strip()


def picture_rules() -> str:
    """Return the rules by which the pictures are drawn; the colours that they name are the page's."""
    found = _STYLE.search(_drawn("processor"))
    rules = found[1] if found else ""
    return _VARIABLES.sub("", _MODE.sub("", rules))


@cache
def _drawn(machine: str) -> str:
    return svg(MACHINES[machine].definition(), title=f"{MACHINES[machine].name}, its states")

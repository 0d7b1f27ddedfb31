"""Places in a definition, written only when somebody asks for them."""

from __future__ import annotations

from typing import TypeAlias


class Location:
    """A step below another place. Linked, so that a place costs one small object however deep it lies."""

    __slots__ = ("parent", "step")

    def __init__(self, parent: Location | None = None, step: str | int = "") -> None:
        self.parent = parent
        self.step = step

    def __truediv__(self, step: str | int) -> Location:
        return Location(self, step)

    @property
    def depth(self) -> int:
        """How many steps it lies below the document."""
        depth, place = 0, self
        while place.parent is not None:
            depth, place = depth + 1, place.parent
        return depth

    def within(self, *fields: str) -> bool:
        """Whether one of the fields is passed on the way from its state."""
        place = self
        while place.parent is not None and place.parent.step != "States":
            if place.step in fields:
                return True
            place = place.parent
        return False

    def __str__(self) -> str:
        """Return the path in AWS's notation: `/States/Decide/Choices[0]/Next`; `/` is the whole document."""
        steps: list[str] = []
        place = self
        while place.parent is not None:
            steps.append(f"[{place.step}]" if isinstance(place.step, int) else f"/{place.step}")
            place = place.parent
        steps.reverse()
        return "".join(steps) or "/"


ROOT = Location()
"""The document itself."""

Place: TypeAlias = "tuple[Place, str | int] | None"
"""Steps below some place, linked from the last. It costs next to nothing, and mostly nobody ever asks for it."""


def located(location: Location, place: Place) -> Location:
    """Return the location of a place below another location."""
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    for step in reversed(steps):
        location = location / step
    return location

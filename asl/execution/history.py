"""The history of an execution: AWS's events, in its order, with its details.

Which event points at which was measured on AWS: an event follows the last one of its branch, but what a state says of
its own success or of what it cut (`MapStateSucceeded`, `TaskStateAborted`, `MapIterationFailed`) stands aside, and
nothing follows it. https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.execution.faults import RuntimeFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_EVENTS: Final = 25_000
LIMIT_REACHED: Final = f"The execution reached the maximum number of history events ({MOST_EVENTS})."


class Event(NamedTuple):
    """One event. `details` are as the API has them, without what every text has beside it (`...Details`)."""

    id: int
    previous: int
    at: float
    """Seconds since 1970."""
    type: str
    details: Mapping[str, Any] | None

    def as_aws(self, *, with_data: bool = True) -> dict[str, Any]:
        """Return the event as GetExecutionHistory returns it; `with_data` is its `includeExecutionData`."""
        event: dict[str, Any] = {
            "timestamp": self.at,
            "type": self.type,
            "id": self.id,
            "previousEventId": self.previous,
        }
        if self.details is not None:
            event[details_key(self.type)] = dict(_details(self.details, with_data=with_data))
        return event


_DATA: Final = ("input", "output", "parameters")


def _details(details: Mapping[str, Any], *, with_data: bool) -> Iterator[tuple[str, Any]]:
    for key, value in details.items():
        if key in _DATA and (key != "parameters" or "resourceType" in details):
            if not with_data:
                continue
            yield key, value
            if key != "parameters":
                yield f"{key}Details", {"truncated": False}
        elif key == "assignedVariables":
            if with_data:
                yield key, value
                yield "assignedVariablesDetails", {"truncated": False}
        elif key == "location" or value is not None:
            yield key, value


def details_key(kind: str) -> str:
    """Return the field that has the details of a type of event."""
    for ending in ("StateEntered", "StateExited"):
        if kind.endswith(ending):
            return f"s{ending[1:]}EventDetails"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"


class EventChain:
    """The events of one branch: what is published next follows `last`, what stands aside follows `tail`."""

    __slots__ = ("last", "tail")

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.tail = last

    def go_on_from(self, event: int) -> None:
        """Let the next event follow this one."""
        self.last = self.tail = event


class History:
    """The events of one execution."""

    __slots__ = ("_events", "_limited", "_packed")

    def __init__(self, *, limited: bool = True) -> None:
        self._events: list[Event] = []
        self._packed: bytes | None = None
        self._limited = limited

    @property
    def events(self) -> list[Event]:
        """The events so far, in order."""
        if self._packed is None:
            return self._events
        return [Event(*event) for event in json.loads(zlib.decompress(self._packed))]

    def pack(self) -> None:
        """Take a fifth of the memory from now on; reading the events takes longer for it."""
        if self._packed is None:
            self._packed = zlib.compress(json.dumps(self._events).encode(), 1)
            self._events = []

    def publish(
        self, chain: EventChain, at: float, kind: str, details: Mapping[str, Any] | None = None
    ) -> int:
        """Add an event that follows the branch's last.

        Returns: its id.

        Raises:
            RuntimeFault: the execution has as many events as it may have.
        """
        chain.last = chain.tail = self._add(chain.last, at, kind, details)
        return chain.last

    def aside(
        self, chain: EventChain, at: float, kind: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Add an event that follows the branch's tail, and that nothing follows but the end."""
        chain.tail = self._add(chain.tail, at, kind, details)

    def beside(
        self, chain: EventChain, at: float, kind: str, details: Mapping[str, Any] | None = None
    ) -> None:
        """Add an event that follows the branch's last, which stays the last."""
        chain.tail = self._add(chain.last, at, kind, details)

    def end(self, previous: int, at: float, kind: str, details: Mapping[str, Any] | None = None) -> None:
        """Add the event that ends the execution; it counts for nothing."""
        self._events.append(Event(len(self._events) + 1, previous, at, kind, details))

    def _add(self, previous: int, at: float, kind: str, details: Mapping[str, Any] | None) -> int:
        if self._packed is not None:  # it was redriven
            self._events, self._packed = self.events, None
        number = len(self._events) + 1
        if number >= MOST_EVENTS and self._limited:
            raise HistoryFull
        self._events.append(Event(number, previous, at, kind, details))
        return number


class HistoryFull(RuntimeFault):
    """There is no room for another event."""

    def __init__(self) -> None:
        super().__init__(LIMIT_REACHED)

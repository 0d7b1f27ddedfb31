"""Time, as executions know it: one queue of what happens when, and two ways to let it pass.

In virtual time whatever comes next happens at once and the clock jumps to it, so a wait of a year takes no time, and
each run happens in the same order. In real time the clock is the machine's, and somebody has to call at the right
moments (`asl.execution.driving`).
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = 1_767_225_600.0
"""When virtual time starts unless another time is given: 2026-01-01T00:00:00Z."""


class Timer:
    """Something that happens at a time, unless it is cancelled first."""

    __slots__ = ("_scheduler", "action", "at", "is_deadline")

    def __init__(
        self, scheduler: Scheduler, at: float, action: Callable[[], None], *, is_deadline: bool
    ) -> None:
        self._scheduler = scheduler
        self.at = at
        self.action: Callable[[], None] | None = action
        self.is_deadline = is_deadline
        """Whether it only ends a waiting for somebody outside: a timeout or a heartbeat."""

    def cancel(self) -> None:
        """Let it not happen."""
        self.take()

    def take(self) -> Callable[[], None] | None:
        """Return what is to happen, once: None if it was taken or cancelled before."""
        action, self.action = self.action, None
        if action is not None and not self.is_deadline:
            self._scheduler.progressing -= 1
        return action


class Scheduler:
    """What happens next: at once, in the order in which it was asked for, or at a time."""

    def __init__(self, *, virtual: bool = True, start: float | None = None, wait_scale: float = 1.0) -> None:
        self.virtual = virtual
        self._wait_scale = wait_scale
        self._now = start if start is not None else EPOCH
        self._ready: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = 0
        self.progressing = 0
        """How many timers wait that are no deadlines."""

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now if self.virtual else time.time()

    def soon(self, action: Callable[[], None]) -> None:
        """Let something happen as soon as what was asked for before has happened."""
        self._ready.append(action)

    def later(self, seconds: float, action: Callable[[], None], *, is_deadline: bool = False) -> Timer:
        """Let something happen after some seconds; what is no deadline as much sooner as waits are scaled down."""
        if not is_deadline:
            seconds *= self._wait_scale
        return self.at(self.now() + max(0.0, seconds), action, is_deadline=is_deadline)

    def at(self, when: float, action: Callable[[], None], *, is_deadline: bool = False) -> Timer:
        """Let something happen at a time."""
        timer = Timer(self, when, action, is_deadline=is_deadline)
        self._count += 1
        self.progressing += not is_deadline
        heapq.heappush(self._timers, (when, self._count, timer))
        return timer

    def run_ready(self) -> None:
        """Do all that can happen at once, and in real time all that is due."""
        ready = self._ready
        while True:
            while ready:
                ready.popleft()()
            if self.virtual or not self._fire_due(self.now()):
                return

    def advance(self, *, until: float | None = None, deadlines: bool = True) -> bool:
        """In virtual time, do what comes next; false if nothing does.

        Args:
            until: How far time may pass.
            deadlines: Whether time may pass if all that could happen then is that a waiting for somebody ends.
        """
        self.run_ready()
        timer = self._next_timer()
        if timer is None or (until is not None and timer.at > until):
            return False
        if not deadlines and not self.progressing:
            return False
        heapq.heappop(self._timers)
        self._now = max(self._now, timer.at)
        self._fire(timer)
        self.run_ready()
        return True

    def pass_to(self, when: float) -> None:
        """In virtual time, let the clock reach a time, and do all that happens before."""
        while self.advance(until=when):
            pass
        self._now = max(self._now, when)

    @property
    def next_at(self) -> float | None:
        """When something happens next; None if nothing is planned."""
        if self._ready:
            return self.now()
        timer = self._next_timer()
        return None if timer is None else timer.at

    def _next_timer(self) -> Timer | None:
        while self._timers:
            timer = self._timers[0][2]
            if timer.action is not None:
                return timer
            heapq.heappop(self._timers)
        return None

    def _fire_due(self, now: float) -> bool:
        fired = False
        while (timer := self._next_timer()) is not None and timer.at <= now:
            heapq.heappop(self._timers)
            self._fire(timer)
            fired = True
        return fired

    @staticmethod
    def _fire(timer: Timer) -> None:
        action = timer.take()
        if action is not None:
            action()

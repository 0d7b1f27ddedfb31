"""Real time: one thread that does what is due, however many executions wait."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from asl.execution.engine import Engine

_LOG: Final = logging.getLogger(__name__)


class Driver:
    """Lets an engine in real time go on; a context manager that stops it.

        engine = Engine(handler, virtual=False)
        with Driver(engine):
            engine.start(machine, {})

    The engine's handler is called in this thread, with the engine's lock held: one that takes long answers LATER, and
    `attempt.succeed` or `attempt.fail` from a thread of its own.
    """

    def __init__(self, engine: Engine) -> None:
        if engine.scheduler.virtual:
            raise ValueError("this engine's time is virtual: make it with virtual=False")
        self._engine = engine
        self._wake = threading.Event()
        self._wakes_at = -math.inf
        """When the thread wakes by itself, by the engine's clock."""
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="step-functions", daemon=True)

    def start(self) -> Self:
        """Start."""
        self._engine.on_change = self._changed
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, and wait for the thread. What waits goes on when another driver is started."""
        self._stopped = True
        self._wake.set()
        self._thread.join()
        self._engine.on_change = None

    def _changed(self) -> None:
        """Wake the thread if something is due before it wakes by itself; with the engine's lock held."""
        at = self._engine.scheduler.next_at
        if at is not None and at < self._wakes_at:
            self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            try:
                self._engine.turn()
            except Exception:  # noqa: BLE001 - nobody else is there to hear of it
                _LOG.exception("a step could not be taken; the others go on")
            with self._engine.lock:
                at = self._engine.scheduler.next_at
                self._wakes_at = math.inf if at is None else at
                wait = None if at is None else max(0.0, at - self._engine.now())
            self._wake.wait(wait)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

"""`espresso demo`: one order, from the scanned code to the hand-over, in an emulator that ends with it."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from rich.text import Text

from local.cli.deploying import deploy_with_progress, deployment_failure, started_emulator
from local.cli.describe import execution_lines, labelled, show_step
from local.cli.interrupts import Stopped, interruptible, undisturbed
from local.cli.screen import Screen
from local.orders.problems import OrderError


def demo(port: int | None) -> int:
    """Run the demo. Return the exit code: 0; 1 if a step did not happen; 130, for example, if it was stopped."""
    screen = Screen()
    # Under the system's folder for temporary files, so that nothing of a killed run stays in the project.
    try:
        folder = Path(tempfile.mkdtemp(prefix="espresso-demo-"))
    except OSError as error:
        raise OrderError(
            f"A folder for temporary files can't be made: {error.strerror or error}. Name another place in TMPDIR."
        ) from error
    keep = False
    try:
        with interruptible():
            return _demo(screen, folder, port)
    except Stopped as stopped:
        screen.line()
        screen.problem("stopped on request; the emulator and its files are removed.")
        return stopped.exit_code
    except Exception as error:
        keep = _told(screen, error, folder / "emulator.log")
        if not keep:
            raise
        return 1
    finally:
        if not keep:
            with undisturbed():
                shutil.rmtree(folder, ignore_errors=True)


def _demo(screen: Screen, folder: Path, port: int | None) -> int:
    began = time.monotonic()
    screen.line(Text("One drink order, end to end", style="bold"))
    screen.line()
    with started_emulator(screen, folder, port=port, detach=False) as emulator:
        ready = time.monotonic()
        deployed = deploy_with_progress(screen, emulator.endpoint)
        screen.fields(
            [
                ("emulator", f"{emulator.endpoint}, ready in {ready - began:.1f} s"),
                ("deployed", f"{deployed.summary()} in {deployed.seconds:.1f} s"),
            ],
            indent=0,
            width=10,
        )
        screen.line()
        from local.orders.client import OrderClient
        from local.orders.walkthrough import walk

        walked = time.monotonic()
        result = None
        with screen.busy("Walking the order") as busy:
            for result in walk(OrderClient(deployed.stack)):
                show_step(screen, result)
                busy.now(f"After step {result.step.number}")
        walked = time.monotonic() - walked
    number = result.seen.row.number if result is not None and result.seen.row is not None else None
    done = Text()
    done.append(f"{screen.tick} ", style="bold green")
    done.append(f"Order number {number} is handed over.", style="bold")
    done.append(
        f"  The order took {walked:.1f} s, everything {time.monotonic() - began:.1f} s. "
        "Everything is stopped.",
        style="dim",
    )
    screen.line(done)
    return 0


def _told(screen: Screen, error: Exception, log: Path) -> bool:
    """Report an error that people can act on. Return whether the emulator's log is to be kept."""
    from local.orders.walkthrough import StepFailed
    from local.stacks.emulator import EmulatorError

    if isinstance(error, EmulatorError):
        screen.problem(f"the emulator did not start: {error}")
        return log.exists()
    if (failure := deployment_failure(error)) is not None:
        screen.problem(failure, hint=f"The emulator's log: {log}")
        return True
    if isinstance(error, StepFailed):
        screen.problem(str(error))
        if error.execution is not None:
            lines = execution_lines(screen, error.execution)
            screen.fields(labelled(error.execution.machine, lines), width=26)
        screen.problem(f"the emulator's log is kept: {log}")
        return True
    if isinstance(error, OrderError):
        screen.problem(str(error), hint=f"The emulator's log: {log}")
        return True
    return False

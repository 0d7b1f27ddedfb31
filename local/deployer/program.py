"""Runs a Pulumi program in this process, with its own resource monitor in place of the Pulumi CLI.

Pulumi's runtime keeps its settings, configuration and root resource in context variables. Each run gets a
thread with an event loop and a context of its own, so that runs leave nothing behind and may follow one
another, or come from code that has a running event loop itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import runpy
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.settings import ROOT, SETTINGS

from local.collector import collector_paused
from local.deployer.monitor import EngineService, Monitor
from local.deployer.registration import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from local.deployer.monitor import ResourceRecord
    from local.deployer.project import Project
    from local.deployer.registration import Registered, Registration
    from local.deployer.values import Properties

# As many resources may be under way at once; each waits for the emulator, not for the processor.
PARALLEL = 8

# Programs share the interpreter's module table and search path, so they run one at a time.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRun:
    """What a program registered, exported and logged while it ran."""

    entries: list[ResourceRecord]
    outputs: Properties
    secret_outputs: frozenset[str]
    messages: list[tuple[int, str]]

    def custom(self) -> Iterator[tuple[ResourceRecord, Registration, Registered]]:
        """Yield the custom resources in the order of their registration, each with its result."""
        for entry in self.entries:
            if entry.result is not None:
                yield entry, entry.registration, entry.result


def run(project: Project, monitor: Monitor, *, region: str) -> ProgramRun:
    """Run the program to its end: all resources registered, all outputs known.

    `region` overrides the region of the program's configuration. An error of the program itself passes unchanged.

    Raises:
        DeploymentError: The first error of the monitor.
    """
    engine = EngineService()
    failure: list[BaseException] = []
    config = {**project.config, "aws:region": region}

    def work() -> None:
        try:
            _run_here(project, config=config, monitor=monitor, engine=engine)
        except BaseException as error:  # noqa: BLE001 carried to the calling thread
            failure.append(error)

    with _one_at_a_time:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(work,), name=f"pulumi-{monitor.stack}")
        thread.start()
        try:
            thread.join()
        except BaseException:  # Ctrl-C: begin nothing new, but let what is under way end
            monitor.cancel()
            thread.join()
            raise
    monitor.raise_first_error()
    if failure:
        raise failure[0]
    entries = monitor.entries
    root = next((entry for entry in entries if entry.registration.type == STACK_TYPE), None)
    return ProgramRun(
        entries=entries,
        outputs=root.outputs if root is not None else {},
        secret_outputs=root.secret_outputs if root is not None else frozenset(),
        messages=engine.messages,
    )


def _run_here(
    project: Project, *, config: Mapping[str, str], monitor: Monitor, engine: EngineService
) -> None:
    stack = monitor.stack
    ROOT.set(None)
    configure(
        Settings(
            project=project.name,
            stack=stack,
            monitor=monitor,
            engine=engine,
            parallel=PARALLEL,
            dry_run=False,
            organization="organization",
            root_directory=str(project.program.parent),
        )
    )
    set_all_config(dict(config), sorted(project.secret_keys))

    loop = asyncio.new_event_loop()
    # After an error, resources that depend on the failed one end with exceptions that nothing reads.
    loop.set_exception_handler(lambda _loop, _context: None)
    executor = ThreadPoolExecutor(PARALLEL, thread_name_prefix=f"pulumi-{stack}")
    loop.set_default_executor(executor)
    asyncio.set_event_loop(loop)
    failed = True
    # While the collector rests, all that the program makes is of the youngest generation, and so found soon.
    with collector_paused():
        try:
            with _importable(project.program.parent):
                loop.run_until_complete(run_in_stack(lambda: _execute(project.program)))
            failed = False
        finally:
            pending = asyncio.all_tasks(loop)
            for task in pending:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_default_executor())
            del pending
            if failed:
                # Failed futures report to the loop's handler when they are collected: now, before it goes.
                gc.collect(1)
            asyncio.set_event_loop(None)
            loop.close()


async def _execute(program: Path) -> None:
    """Run the program's top level under a module name that nothing else has, and wait for what it declares.

    The SDK would wait for it too, but goes through all open outputs each time that one of them is done: that was a
    fifth of a deployment's work. It still does so after a failure, which it reports.
    """
    runpy.run_path(str(program), run_name=f"pulumi_program_{uuid.uuid4().hex}")
    while True:
        with SETTINGS.lock:
            outputs = list(SETTINGS.outputs)
        if not outputs or any(map(_failed, outputs)):
            return
        await asyncio.wait(outputs, return_when=asyncio.FIRST_EXCEPTION)


def _failed(output: asyncio.Task[object]) -> bool:
    return output.done() and (output.cancelled() or output.exception() is not None)


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let the program import the modules beside it, as when Python runs a file."""
    entry = str(folder)
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(entry)

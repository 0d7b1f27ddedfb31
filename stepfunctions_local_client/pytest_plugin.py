"""Fixtures for tests of workflows, what they left unpassed, and states that the workflows forgot.

    def test_a_paid_order_is_sent(stepfunctions_client):
        machine = stepfunctions_client.machine("Orders", definition)
        machine.run({"id": 1}, mocks={"Charge": returns({})}).expect_succeeded().expect_passed("Send")

The engine is the embedded one, in the process of the tests. Options: `--stepfunctions-engine` names one that is started
instead, `--stepfunctions-python` where that is installed, `--stepfunctions-endpoint URL` one that runs already;
`--stepfunctions-coverage FILE` writes the counts as JSON and `--stepfunctions-coverage-required` lets the run fail if
anything was left out. The hook `pytest_stepfunctions_coverage(config, coverage)` is called with the counts, for whoever
makes pictures of them.

pytest loads this module in every run, so it loads what it needs when a test asks for it.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from stepfunctions_local_client.coverage import Coverage
from stepfunctions_local_client.engine_environment import ENVIRONMENTS
from stepfunctions_local_client.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stepfunctions_local_client.client import Client
    from stepfunctions_local_client.embedded import EmbeddedEngine
    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.machines import Machine
    from stepfunctions_local_client.mocking import MockChannel
    from stepfunctions_local_client.values import JsonInput

MakeMachine: TypeAlias = "Callable[[str, Mapping[str, JsonInput]], Machine]"
"""What the fixture `stepfunctions_machine` is."""

_COUNTS = "stepfunctions_coverage"
_LEFT = "stepfunctions_forgotten"
_COVERAGE = pytest.StashKey[Coverage]()
_FORGOTTEN = pytest.StashKey[list[str]]()
_BUILT = pytest.StashKey[list[object]]()
_LANGUAGE = "dsl.states.unplaced"


class Hooks:
    """What this plugin calls."""

    @pytest.hookspec
    def pytest_stepfunctions_coverage(self, config: pytest.Config, coverage: Coverage) -> None:
        """Report the counts at the end of a session in which an execution was read back."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hook."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("stepfunctions", "Step Functions")
    group.addoption("--stepfunctions-endpoint", metavar="URL", help="use the engine that runs here")
    group.addoption(
        "--stepfunctions-mocks",
        metavar="FILE",
        help="the mock configuration file that this engine reads, to be written by the tests",
    )
    group.addoption(
        "--stepfunctions-engine",
        choices=("embedded", *ENVIRONMENTS),
        default="embedded",
        help="the engine: embedded is in this process, the others are started (embedded)",
    )
    group.addoption(
        "--stepfunctions-python",
        metavar="PYTHON",
        default=sys.executable,
        help="the interpreter of the environment in which the engine is installed (this one)",
    )
    group.addoption("--stepfunctions-coverage", metavar="FILE", help="write what was passed as JSON")
    group.addoption(
        "--stepfunctions-coverage-required",
        action="store_true",
        help="fail if a state, a transition, a catcher, a retrier or a choice rule was never passed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_COVERAGE] = Coverage()
    config.stash[_FORGOTTEN] = []
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers(config), "stepfunctions-workers")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the states that the imported modules built and no machine has taken; tests may make machines of them yet.

    What tests build by themselves is their own.
    """
    language = sys.modules.get(_LANGUAGE)
    if language is not None:
        session.config.stash[_BUILT] = language.heads()


def _forgotten(config: pytest.Config) -> list[str]:
    """Return what the workflow language, where it is in use, says of those that no machine has taken until now."""
    language = sys.modules.get(_LANGUAGE)
    if language is None:
        return []
    return [language.message_of(state) for state in language.remaining(config.stash.get(_BUILT, []))]


class _Workers:
    """Adds up what the workers of pytest-xdist counted, each in a process of its own."""

    def __init__(self, config: pytest.Config) -> None:
        self.coverage = config.stash[_COVERAGE]
        self.forgotten = config.stash[_FORGOTTEN]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take the counts of a worker that has ended; one that crashed has none."""
        output: Mapping[str, str] = getattr(node, "workeroutput", {})
        if _COUNTS in output:
            self.coverage.add(output[_COUNTS])
        self.forgotten.extend(told for told in output.get(_LEFT, "").split("\0") if told)


class RunningEngine:
    """The engine of a session.

    Attributes:
        endpoint: Its address; "embedded" for the one in this process.
        name: Which one it is; "" for one that is not known.
        mocks: How it is given mocks; None for the one in this process.
        embedded: The one in this process, if it is that.
    """

    def __init__(
        self, endpoint: str, name: str, mocks: MockChannel | None, embedded: EmbeddedEngine | None = None
    ) -> None:
        self.endpoint = endpoint
        self.name = name
        self.mocks = mocks
        self.embedded = embedded

    def __repr__(self) -> str:
        return f"<{self.name or 'engine'} at {self.endpoint}>"


@pytest.fixture(scope="session")
def stepfunctions_engine_settings() -> Mapping[str, str]:
    """Return settings for an engine that is started; override this fixture to give some."""
    return {}


@pytest.fixture(scope="session")
def stepfunctions_engine(
    pytestconfig: pytest.Config, stepfunctions_engine_settings: Mapping[str, str]
) -> Iterator[RunningEngine]:
    """Provide the engine: the one that was named, or one that is started and stopped with the session."""
    from stepfunctions_local_client.embedded import EmbeddedEngine
    from stepfunctions_local_client.engines import Engine

    with ExitStack() as stack:
        try:
            running = _named(pytestconfig)
            name = pytestconfig.getoption("--stepfunctions-engine")
            if running is None and name == "embedded":
                embedded = EmbeddedEngine()
                running = RunningEngine(embedded.endpoint, embedded.name, None, embedded)
            elif running is None:
                engine = Engine.start(
                    name,
                    python=pytestconfig.getoption("--stepfunctions-python"),
                    environment=stepfunctions_engine_settings,
                )
                stack.enter_context(engine)
                running = RunningEngine(engine.endpoint, engine.name, engine.mocks)
        except EngineError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        yield running


def _named(config: pytest.Config) -> RunningEngine | None:
    endpoint = config.getoption("--stepfunctions-endpoint")
    if not endpoint:
        return None
    from stepfunctions_local_client.mocking import MocksFile, engine_at, mocks_for

    written = config.getoption("--stepfunctions-mocks")
    name = engine_at(endpoint)
    return RunningEngine(endpoint, name, MocksFile(Path(written)) if written else mocks_for(endpoint))


@pytest.fixture(scope="session")
def stepfunctions_coverage(pytestconfig: pytest.Config) -> Coverage:
    """Provide what this session's executions passed."""
    return pytestconfig.stash[_COVERAGE]


@pytest.fixture(scope="session")
def stepfunctions_client(stepfunctions_engine: RunningEngine, stepfunctions_coverage: Coverage) -> Client:
    """Provide a client of the engine, whose executions are counted."""
    from stepfunctions_local_client.client import Client

    return Client(
        stepfunctions_engine.embedded or stepfunctions_engine.endpoint,
        mocks=stepfunctions_engine.mocks,
        on_execution=stepfunctions_coverage.record,
    )


@pytest.fixture(scope="session")
def stepfunctions_machine(stepfunctions_client: Client) -> MakeMachine:
    """Make a machine of a name and a definition."""
    return stepfunctions_client.machine


@pytest.fixture(scope="session")
def run_case() -> Callable[..., Execution]:
    """Run a test case: `run_case(machine, "Case", input)` is `machine.run(input, case="Case")`."""

    def run(machine: Machine, case: str, input: JsonInput = None, *, deadline: float = 30.0) -> Execution:  # noqa: A002
        return machine.run(input, case=case, deadline=deadline)

    return run


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the counts; fail if all was asked for and something is missing."""
    config = session.config
    coverage = config.stash[_COVERAGE]
    required = config.getoption("--stepfunctions-coverage-required") and not hasattr(config, "workerinput")
    if required and not coverage.complete() and not exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if hasattr(config, "workeroutput"):
        config.workeroutput[_LEFT] = "\0".join(_forgotten(config))
    if not coverage.machines:
        return
    if hasattr(config, "workeroutput"):
        config.workeroutput[_COUNTS] = coverage.parcel()
        return
    path = config.getoption("--stepfunctions-coverage")
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(coverage.as_json(), indent=2) + "\n", encoding="utf-8")
    config.hook.pytest_stepfunctions_coverage(config=config, coverage=coverage)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the counts as a table, and the states that were forgotten."""
    forgotten = [*config.stash[_FORGOTTEN], *_forgotten(config)]
    if forgotten:
        terminalreporter.section("states that belong to no machine")
        for told in dict.fromkeys(forgotten):
            terminalreporter.write_line(told, yellow=True)
    coverage = config.stash[_COVERAGE]
    required = config.getoption("--stepfunctions-coverage-required")
    if coverage.machines or required:
        terminalreporter.section("states and transitions passed")
        for line in coverage.table() if coverage.machines else ["no execution was read back"]:
            terminalreporter.write_line(line)
        if required and not coverage.complete():
            terminalreporter.write_line("FAILED: all of it has to be passed (coverage is required)", red=True)

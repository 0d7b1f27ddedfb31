"""The cookbook: each pattern compiles, is well typed, runs on the embedded engine, and is short."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from asl.execution import LATER, Engine, TaskFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution import Attempt
    from dsl import StateMachine

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cookbook.md"
SECTIONS: Final[dict[str, str]] = {
    found[1]: found[2]
    for found in re.finditer(
        r"^## (.*?)\n.*?^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
}
ESCAPES: Final = re.compile(r"\b(written|cast|Permission|Any)\b|type: ignore")
LATE: Final = {"Ask a manager", "Have it cut"}


class Run(NamedTuple):
    """One execution of a pattern: what its tasks answer by the name of the state, and what becomes of it."""

    section: str
    given: Any
    answers: dict[str, Any]
    output: Any
    """What it ends with, or the name of the error."""
    passed: str = ""
    """The names of the tasks that were called, in order."""


def http(body: Any) -> dict[str, Any]:
    return {"StatusCode": 200, "StatusText": "OK", "Headers": {}, "ResponseBody": body}


def function(answer: Any) -> dict[str, Any]:
    return {"Payload": answer, "StatusCode": 200, "ExecutedVersion": "$LATEST"}


def said(word: str) -> dict[str, Any]:
    return {
        "Body": {"output": {"message": {"content": [{"text": word}]}}},
        "ContentType": "application/json",
    }


def rate(attempt: Attempt) -> Any:
    """Return the first call of each currency is one too many."""
    if attempt.number == 0:
        raise TaskFault("States.Http.StatusCode.429", "slowly")
    return http({"value": attempt.arguments["ApiEndpoint"][-3:]})


def done_at_the_third_look() -> Callable[[Attempt], Any]:
    left = ["IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]
    return lambda _: {"TranscriptionJob": {"TranscriptionJobStatus": left.pop(0)}}


def refused(error: str) -> Callable[[Attempt], Any]:
    def refuse(_: Attempt) -> Any:
        raise TaskFault(error, f"{error} happened")

    return refuse


TRIP = {"tripId": "t1", "city": "Turin"}
HELD = "DynamoDB.ConditionalCheckFailedException"
PAGES = [http({"contacts": [1, 2], "cursor": "c"}), http({"contacts": [3]})]

RUNS: Final = [
    Run(
        "Ask a person and read the answer",
        {"detail": {"claimId": "c1", "amount": 30}},
        {"Ask a manager": {"approved": True, "by": "Ada"}},
        {"approved": True, "by": "Ada"},
    ),
    Run(
        "Ask a person and read the answer",
        {"detail": {"claimId": "c1", "amount": 30}},
        {"Ask a manager": {"approved": False, "by": "Ada"}},
        "No",
    ),
    Run(
        "Ask a person and read the answer",
        {"detail": {"claimId": "c1", "amount": 30}},
        {"Ask a manager": LATER},
        "Expired",
    ),
    Run(
        "Undo earlier steps: a saga",
        TRIP,
        {
            "Book the hotel": function({"reference": "h"}),
            "Book the flight": function({"reference": "f"}),
            "Pay": function({"reference": "p"}),
        },
        {"paid": "p"},
        "Book the hotel, Book the flight, Pay",
    ),
    Run(
        "Undo earlier steps: a saga",
        TRIP,
        {
            "Book the hotel": function({"reference": "h"}),
            "Book the flight": function({"reference": "f"}),
            "Pay": refused("NoMoney"),
            "Cancel the flight": function(None),
            "Cancel the hotel": function(None),
        },
        "NotBooked",
        "Book the hotel, Book the flight, Pay, Cancel the flight, Cancel the hotel",
    ),
    Run(
        "Poll until a job is complete",
        {"name": "n", "recording": "s3://b/k"},
        {
            "Begin": {},
            "Look": done_at_the_third_look(),
            "Read the job": {"TranscriptionJob": {"TranscriptionJobStatus": "COMPLETED"}},
        },
        {"TranscriptionJobStatus": "COMPLETED"},
        "Begin, Look, Look, Look, Read the job",
    ),
    Run(
        "Process a file in S3",
        {},
        {"Send one bill": function({"messageId": "m"})},
        {"Bucket": "BillsBucket", "Key": ...},
        "Send one bill, Send one bill",
    ),
    Run(
        "Call a third-party API with a rate limit",
        {"currencies": ["EUR", "CHF"]},
        {"Get the rate": rate},
        [{"value": "EUR"}, {"value": "CHF"}],
    ),
    Run(
        "Idempotency: perform a request once",
        {"paymentKey": "k", "amount": "3"},
        {"Be the first": {}, "Pay": function({"receipt": "r"}), "Keep the receipt": {}},
        {"receipt": "r"},
        "Be the first, Pay, Keep the receipt",
    ),
    Run(
        "Idempotency: perform a request once",
        {"paymentKey": "k", "amount": "3"},
        {"Be the first": refused(HELD), "Read the receipt": {"Item": {"receipt": {"S": "r"}}}},
        {"receipt": "r"},
    ),
    Run(
        "Read all pages of a response",
        {},
        {"First page": PAGES[0], "Next page": PAGES[1], "Store the page": function(None)},
        ...,
        "First page, Store the page, Next page, Store the page",
    ),
    Run(
        "Stop calling a failing service: a circuit breaker",
        {"orderId": "o"},
        {"Is the circuit closed?": {}, "Ship": function(None), "Close the circuit": {}},
        {"shipped": True},
    ),
    Run(
        "Stop calling a failing service: a circuit breaker",
        {"orderId": "o"},
        {"Is the circuit closed?": refused(HELD)},
        "CircuitOpen",
    ),
    Run(
        "Stop calling a failing service: a circuit breaker",
        {"orderId": "o"},
        {"Is the circuit closed?": {}, "Ship": LATER, "Count the failure": {}},
        "NotShipped",
    ),
    Run(
        "Start other workflows",
        {"beans": "arabica", "cups": 3},
        {},
        {"roasted": "Roaster", "washed": "Washer"},
    ),
    Run(
        "Wait for a worker that reads a queue",
        {"videoId": "v"},
        {"Have it cut": {"scenes": 7}, "Say that it is cut": {"MessageId": "m"}},
        {"scenes": 7},
    ),
    Run(
        "Wait for a worker that reads a queue",
        {"videoId": "v"},
        {"Have it cut": LATER, "Say that it is late": {"MessageId": "m"}},
        {"MessageId": "m"},
    ),
    Run(
        "Run a container and report a failure",
        {"day": "monday"},
        {"Load the sales": {"TaskArn": "t"}, "Press the figures": {"Id": "jr_1"}},
        {"run": "jr_1"},
    ),
    Run(
        "Run a container and report a failure",
        {"day": "monday"},
        {"Load the sales": refused("States.TaskFailed"), "Wake somebody": {"MessageId": "m"}},
        "NightFailed",
    ),
    Run(
        "Call a model and check its response",
        {"text": "fine"},
        {"Ask the model": said("GOOD.")},
        {"verdict": "good"},
    ),
    Run("Call a model and check its response", {"text": "fine"}, {"Ask the model": said("Well")}, "Unsure"),
]


def machine_of(section: str) -> StateMachine:
    names: dict[str, Any] = {"__name__": "cookbook"}
    line = PAGE.read_text().split(SECTIONS[section])[0].count("\n")
    exec(compile("\n" * line + SECTIONS[section], str(PAGE), "exec", dont_inherit=True), names)
    machine: StateMachine = names["machine"]
    return machine


def bindings(machine: StateMachine, engine: Engine) -> dict[str, str | int]:
    """Return a value for each placeholder: ARNs where the names say so."""
    found: dict[str, str | int] = {name: name for name in machine.placeholders}
    found |= {
        name: f"arn:aws:service:us-east-1:123456789012:{name}" for name in found if name.endswith("Arn")
    }
    for child in ("Roaster", "Washer"):
        found[f"{child}Arn"] = engine.arn("stateMachine", child)
    return found


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.section} - {str(run.output)[:30]}")
def test_a_pattern_does_what_it_says(run: Run) -> None:
    called: list[str] = []
    tries: dict[str, list[Any]] = {}

    def answer(attempt: Attempt) -> Any:
        if attempt.number == 0:
            called.append(attempt.state)
        if ":states:startExecution" in attempt.resource.arn:
            return NotImplemented  # the engine runs other workflows by itself
        given = run.answers[attempt.state]
        if callable(given):
            return given(attempt)
        if attempt.state in LATE and given is not LATER:
            tries.setdefault(str(attempt.token), []).append(given)
            return LATER
        return given

    def read(_: object) -> str:
        return "customer,total\nann,3\nbob,4\n"

    engine = Engine(answer, reader=read, writer=lambda _: None, seed=1)
    for child in ("Roaster", "Washer"):
        made = {"Type": "Pass", "Result": {"batch": child}, "End": True}
        engine.create({"StartAt": "Make", "States": {"Make": made}}, child)
    machine = machine_of(run.section)
    created = engine.create(machine.definition(bindings(machine, engine)), "Pattern")
    execution = engine.start(created, run.given)
    if any(state in LATE and given is not LATER for state, given in run.answers.items()):
        engine.settle()
        for token, answers in tries.items():
            engine.send_task_success(token, answers[0])
    engine.advance(200_000)
    if isinstance(run.output, str):
        assert (execution.status, execution.error) == ("FAILED", run.output)
    else:
        assert execution.status == "SUCCEEDED", f"{execution.error}: {execution.cause}"
        if run.output is not ...:
            assert execution.output == run.output or matches(execution.output, run.output)
    if run.passed:
        assert ", ".join(called) == run.passed


def matches(found: Any, wanted: Any) -> bool:
    """Whether they are equal but for what is left open."""
    return found.keys() == wanted.keys() and all(
        value is ... or found[key] == value for key, value in wanted.items()
    )


def test_every_pattern_is_run() -> None:
    assert {run.section for run in RUNS} == set(SECTIONS)
    assert len(SECTIONS) >= 12


@pytest.mark.parametrize("section", SECTIONS)
def test_a_pattern_needs_no_way_out_of_the_language(section: str) -> None:
    assert ESCAPES.search(SECTIONS[section]) is None


@pytest.mark.parametrize("section", SECTIONS)
def test_a_pattern_can_be_deployed(section: str) -> None:
    machine = machine_of(section)
    assert machine.forgotten == []
    assert machine.policy()["Statement"] != []


def test_on_average_a_pattern_has_at_most_half_the_lines_of_its_json() -> None:
    shares = [
        sum(bool(line.strip()) for line in code.splitlines()) / len(machine_of(name).to_json().splitlines())
        for name, code in SECTIONS.items()
    ]
    assert sum(shares) / len(shares) <= 0.5


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cookbook")
    for number, code in enumerate(SECTIONS.values()):
        (folder / f"pattern_{number}.py").write_text(code)
    return folder


def test_the_patterns_are_well_typed_for_mypy(files: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    # With the project's own settings (strict), so that what `make lint` has worked out serves here as well. What they
    # say of the project itself is `make lint`'s: the stubs of its libraries may not be installed here.
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(files)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert (checked.returncode in (0, 1), checked.stderr) == (True, "")
    assert [line for line in checked.stdout.splitlines() if "pattern_" in line] == []


def test_the_patterns_are_well_typed_for_pyright(files: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (files / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [pyright, "--project", str(files), "--pythonpath", sys.executable]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert checked.returncode == 0, checked.stdout

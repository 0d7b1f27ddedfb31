"""Retriers and catchers in detail, moments and time limits, and choices that cannot be reached."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from tests.asl.checking.machines import LAMBDA, machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def task(**fields: object) -> list[Diagnostic]:
    return validate(machine({"Type": "Task", "Resource": LAMBDA, "Next": "Done", **fields}))


def lists(field: str, *names: list[str]) -> list[Diagnostic]:
    following = {"Next": "Done"} if field == "Catch" else {}
    return task(**{field: [{"ErrorEquals": entry, **following} for entry in names]})


class TestReachability:
    @pytest.mark.parametrize(("field", "noun"), [("Retry", "retrier"), ("Catch", "catcher")])
    def test_errors_that_an_earlier_entry_takes_never_come(self, field: str, noun: str) -> None:
        assert lists(field, ["A"], ["A", "B"], ["States.ALL"]) == []
        assert lists(field, ["A", "B"], ["B", "A"]) == [
            Diagnostic(
                WARNING,
                "UNREACHABLE_ERROR_ENTRY",
                f"This {noun} is never reached: {field}[0] takes B and A already.",
                f"/States/Here/{field}[1]/ErrorEquals",
            )
        ]

    def test_task_failed_takes_every_error_but_a_timeout(self) -> None:
        assert lists("Catch", ["States.TaskFailed"], ["States.Timeout"]) == []
        [only] = lists("Catch", ["States.TaskFailed"], ["CardDeclined"])
        assert only.message == "This catcher is never reached: Catch[0] takes CardDeclined already."

    def test_a_placeholder_may_be_any_error(self) -> None:
        assert lists("Catch", ["States.TaskFailed"], ["${Error}"]) == []


def test_what_ends_the_execution_is_not_caught() -> None:
    assert lists("Catch", ["States.DataLimitExceeded"]) == []  # though `States.ALL` leaves it out
    assert lists("Catch", ["A", "States.Runtime"]) == [
        Diagnostic(
            WARNING,
            "NOT_CATCHABLE",
            "States.Runtime always fails the execution: no catcher gets it, whether it names it or not.",
            "/States/Here/Catch[0]/ErrorEquals[1]",
        )
    ]


@pytest.mark.parametrize("name", ["States.Runtime", "States.DataLimitExceeded"])
def test_what_ends_the_execution_is_not_retried(name: str) -> None:
    assert lists("Retry", ["A", name]) == [
        Diagnostic(
            WARNING,
            "NOT_RETRIABLE",
            f"{name} cannot be retried: it would only happen again.",
            "/States/Here/Retry[0]/ErrorEquals[1]",
        )
    ]


def test_a_task_does_not_raise_the_errors_of_other_states() -> None:
    assert lists("Catch", ["States.TaskFailed"]) == []
    assert lists("Catch", ["States.NoChoiceMatched"]) == [
        Diagnostic(
            WARNING,
            "IMPOSSIBLE_ERROR",
            "A Task state never fails with States.NoChoiceMatched: a Choice state does.",
            "/States/Here/Catch[0]/ErrorEquals[0]",
        )
    ]


@pytest.mark.parametrize(("interval", "longest", "faulty"), [(5, 5, True), (5, 6, False), (30, 10, True)])
def test_the_longest_delay_is_above_the_first(interval: int, longest: int, faulty: bool) -> None:
    retrier = {"ErrorEquals": ["A"], "IntervalSeconds": interval, "MaxDelaySeconds": longest}
    warning = Diagnostic(
        WARNING,
        "DELAY_BELOW_INTERVAL",
        f"MaxDelaySeconds ({longest}) has to be above IntervalSeconds ({interval}), the first delay.",
        "/States/Here/Retry[0]/MaxDelaySeconds",
    )
    assert task(Retry=[retrier]) == [warning] * faulty


def test_a_retrier_waits_before_it_starts() -> None:
    assert task(Retry=[{"ErrorEquals": ["A"], "IntervalSeconds": 1}]) == []
    assert task(Retry=[{"ErrorEquals": ["A"], "IntervalSeconds": 0}]) == [
        Diagnostic(
            WARNING,
            "NO_PAUSE",
            "IntervalSeconds is 0, so every retry follows at once and finds the same trouble: "
            "write 1 or more, or leave it out.",
            "/States/Here/Retry[0]/IntervalSeconds",
        )
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("State.ALL", "States.ALL"),
        ("states.timeout", "States.Timeout"),
        ("State.TaskFailed", "States.TaskFailed"),
    ],
)
def test_a_reserved_error_is_spelt_like_one(name: str, meant: str) -> None:
    assert task(Retry=[{"ErrorEquals": [name]}]) == [
        Diagnostic(
            WARNING,
            "UNKNOWN_ERROR_NAME",
            f'Step Functions raises no error named "{name}"; did you mean "{meant}"?',
            "/States/Here/Retry[0]/ErrorEquals[0]",
        )
    ]


@pytest.mark.parametrize("name", ["State.OfEmergency", "StatesMan", "OutOfBeans"])
def test_an_error_of_ones_own_is_nobodys_business(name: str) -> None:
    assert task(Retry=[{"ErrorEquals": [name]}]) == []


class TestErrorsOfFailStates:
    """A Fail state inside raises whatever name it likes, and what is around may catch it."""

    @staticmethod
    def around(kind: str, fail: dict[str, object], error: str = "States.QuorumMet") -> list[Diagnostic]:
        inside: dict[str, object] = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", **fail}}}
        if kind == "nested":
            inner = {"Type": "Parallel", "Branches": [inside], "End": True}
            inside = {"StartAt": "Inner", "States": {"Inner": inner}}
        holds = {"ItemProcessor": inside} if kind == "Map" else {"Branches": [inside]}
        state = {"Type": "Map" if kind == "Map" else "Parallel", **holds}
        return validate(
            machine({**state, "Next": "Done", "Catch": [{"ErrorEquals": [error], "Next": "Done"}]})
        )

    @pytest.mark.parametrize("kind", ["Parallel", "Map", "nested"])
    @pytest.mark.parametrize("fail", [{"Error": "States.QuorumMet"}, {"ErrorPath": "$.error"}])
    def test_they_are_known_around(self, kind: str, fail: dict[str, object]) -> None:
        assert self.around(kind, fail) == []

    def test_another_name_is_not(self) -> None:
        [only] = self.around("Parallel", {"Error": "States.QuorumMissed"})
        assert only.code == "UNKNOWN_ERROR_NAME"


def test_an_error_is_listed_once() -> None:
    assert task(Retry=[{"ErrorEquals": ["A", "B"]}]) == []
    assert task(Retry=[{"ErrorEquals": ["A", "B", "A"]}]) == [
        Diagnostic(
            WARNING, "UNREACHABLE_ERROR_ENTRY", "A is listed twice.", "/States/Here/Retry[0]/ErrorEquals[2]"
        )
    ]


class TestMoments:
    @pytest.mark.parametrize(
        "moment",
        ["2030-01-31T09:00:00Z", "2028-02-29T23:59:59.123456789+02:00", "2016-12-31T23:59:60Z", "${When}"],
    )
    def test_one_that_exists_is_fine(self, moment: str) -> None:
        assert validate(machine({"Type": "Wait", "Timestamp": moment, "End": True})) == []

    @pytest.mark.parametrize(
        "moment", ["2030-02-30T09:00:00Z", "2030-01-31T25:00:00Z", "2030-13-01T00:00:00Z"]
    )
    def test_one_that_does_not_is_an_error(self, moment: str) -> None:
        assert validate(machine({"Type": "Wait", "Timestamp": moment, "End": True})) == [
            Diagnostic(
                ERROR,
                "SCHEMA_VALIDATION_FAILED",
                f"String does not match RFC3339 timestamp: there is no such moment as {moment}.",
                "/States/Here/Timestamp",
            )
        ]

    @pytest.mark.parametrize("moment", ["tomorrow", "2030-01-31 18:00", "2030-01-31T18:00:00"])
    def test_a_choice_compares_with_moments(self, moment: str) -> None:
        def late(than: str) -> list[Diagnostic]:
            rule = {"Not": {"Variable": "$.now", "TimestampGreaterThan": than}, "Next": "Done"}
            return validate(machine({"Type": "Choice", "Choices": [rule], "Default": "Done"}))

        assert late("2030-01-31T18:00:00Z") == []
        assert late(moment) == [
            Diagnostic(
                WARNING,
                "NOT_A_TIMESTAMP",
                f"'TimestampGreaterThan' compares moments, and the string \"{moment}\" is none: "
                "write it as 2030-01-31T18:00:00Z.",
                "/States/Here/Choices[0]/Not/TimestampGreaterThan",
            )
        ]


class TestTimeLimits:
    @pytest.mark.parametrize(
        ("state", "field"),
        [
            ({"Type": "Wait", "Seconds": 61, "End": True}, "Seconds"),
            ({"Type": "Task", "Resource": LAMBDA, "TimeoutSeconds": 61, "End": True}, "TimeoutSeconds"),
        ],
    )
    def test_no_state_outlasts_the_machine(self, state: dict[str, object], field: str) -> None:
        assert validate(machine(state) | {"TimeoutSeconds": 61}) == []
        assert validate(machine(state) | {"TimeoutSeconds": 60}) == [
            Diagnostic(
                WARNING,
                "TIMEOUT_ABOVE_MACHINE",
                f"{field} (61) is above the TimeoutSeconds of the whole machine (60), which ends the execution before.",
                f"/States/Here/{field}",
            )
        ]

    def test_the_children_of_a_distributed_map_have_a_time_of_their_own(self) -> None:
        wait = {"Type": "Wait", "Seconds": 61, "End": True}
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Inner",
            "States": {"Inner": wait},
        }
        state = {"Type": "Map", "ItemProcessor": processor, "End": True}
        assert validate(machine(state) | {"TimeoutSeconds": 60}) == []


class TestUnreachableChoices:
    def test_a_rule_that_tests_the_same_as_an_earlier_one(self) -> None:
        def choice(*values: object) -> list[Diagnostic]:
            rules = [{"Variable": "$.n", "NumericEquals": value, "Next": "Done"} for value in values]
            return validate(machine({"Type": "Choice", "Choices": rules, "Default": "Done"}))

        assert choice(1, 2) == []
        assert choice(1, 2, 1) == [
            Diagnostic(
                WARNING,
                "UNREACHABLE_CHOICE",
                "This rule is never reached: Choices[0] tests the same.",
                "/States/Here/Choices[2]",
            )
        ]

    def test_a_rule_after_one_that_is_always_true(self) -> None:
        def choice(*conditions: object) -> list[Diagnostic]:
            rules = [{"Condition": condition, "Next": "Done"} for condition in conditions]
            state: dict[str, object] = {"Type": "Choice", "Choices": rules, "Default": "Done"}
            return validate(machine(state, "JSONata"))

        assert choice("{% $states.input.a %}", True) == []
        assert [d.message for d in choice(True, "{% $states.input.a %}")] == [
            "This rule is never reached: Choices[0] is always true."
        ]

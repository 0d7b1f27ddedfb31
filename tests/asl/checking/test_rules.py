"""One test a rule: a definition that breaks it, the nearest correct one, and the message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asl.checking import Diagnostic, Severity, validate
from asl.checking.rules import RULES
from tests.asl.checking.machines import ENTRY, LAMBDA, PUT_EVENTS, callback, machine

if TYPE_CHECKING:
    from asl.checking.rules.registry import Rule

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def flow(start: str = "A", **states: dict[str, object]) -> dict[str, object]:
    return {"StartAt": start, "States": states}


def step(following: str) -> dict[str, object]:
    return {"Type": "Pass", "Next": following}


def task(**fields: object) -> dict[str, object]:
    return {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}


def branches(*scopes: dict[str, object]) -> dict[str, object]:
    return {"Type": "Parallel", "Branches": list(scopes), "End": True}


def fork(target: str, default: str) -> dict[str, object]:
    rule = {"Variable": "$.x", "IsNull": True, "Next": target}
    return {"Type": "Choice", "Choices": [rule], "Default": default}


END: dict[str, object] = {"Type": "Succeed"}
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
CROSSING = "and a transition cannot lead into or out of a scope."


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_of_a_rule_breaks_that_rule_and_no_other(rule: Rule) -> None:
    assert rule.summary
    found = validate(rule.example, execution_type=rule.example_type)
    assert [(d.code, d.severity) for d in found] == [(rule.code, rule.severity)]


class TestTransitionTargets:
    CODE = "MISSING_TRANSITION_TARGET"

    @pytest.mark.parametrize(
        ("document", "message", "location"),
        [
            (
                flow(A=step("Nope"), B=END),
                "Missing 'Next' target: Nope. No state has that name.",
                "/States/A/Next",
            ),
            (flow(A=step("b"), B=END), "Missing 'Next' target: b; did you mean \"B\"?", "/States/A/Next"),
            (flow("Nope", A=END), "Missing 'Next' target: Nope. No state has that name.", "/StartAt"),
            (
                flow(A=task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nope"}])),
                "Missing 'Next' target: Nope. No state has that name.",
                "/States/A/Catch[0]/Next",
            ),
            (
                flow(A=fork("B", "Nope"), B=END),
                "Missing 'Next' target: Nope. No state has that name.",
                "/States/A/Default",
            ),
            (
                flow(A=fork("Nope", "B"), B=END),
                "Missing 'Next' target: Nope. No state has that name.",
                "/States/A/Choices[0]/Next",
            ),
            (
                flow(A=branches(flow("I", I=step("B"))) | {"Next": "B"}, B=END),
                f"Missing 'Next' target: B. That state is at /States/B, {CROSSING}",
                "/States/A/Branches[0]/States/I/Next",
            ),
            (
                flow(A=step("I") | {"Comment": "into a branch"}, P=branches(flow("I", I=END))),
                f"Missing 'Next' target: I. That state is at /States/P/Branches[0]/States/I, {CROSSING}",
                "/States/A/Next",
            ),
        ],
    )
    def test_a_target_is_a_state_of_the_same_scope(
        self, document: dict[str, object], message: str, location: str
    ) -> None:
        found = [d for d in validate(document) if d.message.startswith("Missing")]
        assert found == [Diagnostic(ERROR, self.CODE, message, location)]

    def test_a_target_that_exists_is_fine(self) -> None:
        assert validate(flow(A=step("B"), B=END)) == []

    def test_a_placeholder_as_target_may_be_any_state(self) -> None:
        assert validate(flow(A=step("${Following}"), B=END)) == []


class TestReachability:
    def test_a_state_that_nothing_leads_to_is_an_error(self) -> None:
        assert validate(flow(A=END, B=END)) == [
            Diagnostic(ERROR, "MISSING_TRANSITION_TARGET", 'State "B" is not reachable.', "/States/B")
        ]
        assert validate(flow(A=step("B"), B=END)) == []

    def test_states_that_only_follow_it_are_named_with_it(self) -> None:
        [only] = validate(flow(A=END, D=END, C=step("D"), B=step("C")))
        assert only.message == 'State "B" is not reachable. Nor are "C" and "D", which only it leads to.'

    def test_states_in_a_circle_of_their_own_are_not_reachable(self) -> None:
        [only] = validate(flow(A=END, B=step("C"), C=step("B")))
        assert only.message == 'State "B" is not reachable. Nor is "C", which only it leads to.'

    def test_it_is_looked_for_in_every_scope(self) -> None:
        [only] = validate(flow(A=branches(flow("I", I=END), flow("J", J=END, K=END))))
        assert (only.message, only.location) == (
            'State "K" is not reachable.',
            "/States/A/Branches[1]/States/K",
        )

    @pytest.mark.parametrize(
        "document",
        [
            flow(A=task(Catch=[{"ErrorEquals": ["E"], "Next": "B"}]), B=END),
            flow(A=fork("B", "C"), B=END, C=END),
        ],
    )
    def test_catchers_choices_and_defaults_lead_to_states_too(self, document: dict[str, object]) -> None:
        assert validate(document) == []

    def test_a_misspelt_target_is_one_fault_and_not_two(self) -> None:
        assert [d.location for d in validate(flow(A=step("Brewd"), Brewed=END))] == ["/States/A/Next"]


class TestEnds:
    def test_a_machine_without_an_end_is_an_error(self) -> None:
        assert validate(flow(A=step("B"), B=step("A"))) == [
            Diagnostic(
                ERROR,
                "MISSING_END_STATE",
                'Workflow has no terminal state: none has "End": true, and none is Succeed or Fail.',
            )
        ]

    def test_nothing_is_said_of_reachability_then_as_on_aws(self) -> None:
        assert [d.code for d in validate(flow(A=step("A"), B=step("A")))] == ["MISSING_END_STATE"]

    def test_an_end_inside_a_branch_does_not_count(self) -> None:
        looped = branches(flow("I", I=END)) | {"Next": "A"}
        del looped["End"]
        assert [d.code for d in validate(flow(A=looped))] == ["MISSING_END_STATE"]

    @pytest.mark.parametrize(
        "last", [END, {"Type": "Fail"}, {"Type": "Pass", "End": True}, {"Type": "Pass", "End": "${Last}"}]
    )
    def test_succeed_fail_and_end_are_ends(self, last: dict[str, object]) -> None:
        assert validate(flow(A=step("B"), B=last)) == []

    def test_a_loop_that_nothing_leaves_is_a_warning(self) -> None:
        first = fork("End", "B")
        assert validate(flow(A=first, B=step("C"), C=step("B"), End=END)) == [
            Diagnostic(
                WARNING,
                "ENDLESS_LOOP",
                "No way leads out of this loop: B → C → B. Only an error or a timeout would end it.",
                "/States/B",
            )
        ]
        assert validate(flow(A=first, B=step("C"), C=step("A"), End=END)) == []

    def test_a_branch_that_never_ends_is_a_warning_since_aws_accepts_it(self) -> None:
        [only] = validate(flow(A=branches(flow("I", I=step("J"), J=step("I")))))
        assert (only.severity, only.code, only.location) == (
            WARNING,
            "ENDLESS_LOOP",
            "/States/A/Branches[0]/States/I",
        )

    def test_a_long_loop_is_told_briefly(self) -> None:
        ring = {f"S{i}": step(f"S{(i + 1) % 20}") for i in range(20)}
        [only] = validate(flow(A=branches(flow("S0", **ring))))
        assert "S0 → S1 → S2 → S3 → ... → S19 → S0." in only.message


class TestNames:
    def test_a_state_name_has_at_most_80_characters(self) -> None:
        assert validate(flow("A" * 80, **{"A" * 80: END})) == []
        assert validate(flow("A" * 81, **{"A" * 81: END})) == [
            Diagnostic(
                ERROR,
                "INVALID_STATE_NAME",
                f"State name '{'A' * 57}...' exceeds the 80-character limit allowed by the service; it has 81.",
                f"/States/{'A' * 81}",
            )
        ]

    def test_a_name_is_used_once_in_the_whole_machine(self) -> None:
        assert validate(flow(A=branches(flow("I", I=END), flow("I", I=END)))) == [
            Diagnostic(
                ERROR,
                "DUPLICATE_STATE_NAME",
                "Duplicate State name: I. The first of that name is at /States/A/Branches[0]/States/I.",
                "/States/A/Branches[1]/States/I",
            )
        ]
        assert validate(flow(A=branches(flow("I", I=END), flow("J", J=END)))) == []

    def test_labels_are_short_and_used_once(self) -> None:
        def pour(name: str, label: str, **out: object) -> dict[str, object]:
            processor = {"ProcessorConfig": DISTRIBUTED, **flow(name, **{name: END})}
            return {"Type": "Map", "Label": label, "ItemProcessor": processor, **out}

        assert validate(flow(A=pour("I", "L" * 40, Next="B"), B=pour("J", "cups", End=True))) == []
        found = validate(flow(A=pour("I", "L" * 41, Next="B"), B=pour("J", "L" * 41, End=True)))
        assert [(d.code, d.location) for d in found] == [
            ("DUPLICATE_LABEL_NAME", "/States/B/Label"),
            ("INVALID_LABEL_NAME", "/States/A/Label"),
            ("INVALID_LABEL_NAME", "/States/B/Label"),
        ]


class TestCallbacks:
    def test_a_task_that_waits_for_its_token_hands_it_on(self) -> None:
        assert validate(callback()) == []
        assert validate(
            callback(Parameters={"Entries": [ENTRY | {"Detail": {"token": "$$.Task.Token"}}]})
        ) == [
            Diagnostic(
                WARNING,
                "CALLBACK_WITHOUT_TOKEN",
                "The task waits for its token but never hands it on, so nobody can answer it: "
                "put $$.Task.Token into Parameters.",
                "/States/Here/Parameters",
            )
        ]

    @pytest.mark.parametrize(
        "parameters",
        [
            *(
                {"Entries": [{"Detail.$": token, "DetailType": "Ask", "Source": "bar"}]}
                for token in (
                    "States.Format('{}', $$.Task.Token)",
                    "$$.Task",
                    "$$",
                    "$$['Task']['Token']",
                    "${TokenPath}",
                )
            ),
            {"Entries.$": "$$"},
        ],
    )
    def test_a_token_is_recognised_in_every_disguise(self, parameters: object) -> None:
        assert validate(callback(Parameters=parameters)) == []

    def test_a_token_may_be_the_whole_input(self) -> None:
        assert [d.code for d in validate(callback(Parameters=None, InputPath="$$"))] == [
            "SCHEMA_VALIDATION_FAILED"  # no Parameters, which is another fault
        ]

    @pytest.mark.parametrize("path", ["$$.Task.TokenId", "$$.Execution.Id", "$.Task.Token"])
    def test_another_path_is_not_taken_for_the_token(self, path: str) -> None:
        entry = {"Detail.$": path, "DetailType": "Ask", "Source": "bar"}
        assert [d.code for d in validate(callback(Parameters={"Entries": [entry]}))] == [
            "CALLBACK_WITHOUT_TOKEN"
        ]

    @pytest.mark.parametrize(
        ("arguments", "codes"),
        [
            ({"Entries": [ENTRY | {"Detail": "{% $states.context.Task.Token %}"}]}, []),
            ("{% $merge([$states.input, $states.context]) %}", []),
            ({"Entries": [ENTRY | {"Detail": "$states.context.Task.Token"}]}, ["CALLBACK_WITHOUT_TOKEN"]),
            ({"Entries": [ENTRY | {"Detail": "{% $states.input.token %}"}]}, ["CALLBACK_WITHOUT_TOKEN"]),
        ],
    )
    def test_the_token_is_looked_for_in_jsonata_arguments(self, arguments: object, codes: list[str]) -> None:
        state = {
            "Type": "Task",
            "Resource": PUT_EVENTS,
            "Arguments": arguments,
            "TimeoutSeconds": 9,
            "End": True,
        }
        assert [d.code for d in validate(machine(state, "JSONata"))] == codes

    @pytest.mark.parametrize("limit", ["TimeoutSeconds", "HeartbeatSeconds"])
    def test_a_task_that_waits_for_its_token_has_a_limit(self, limit: str) -> None:
        assert validate(callback(**({"TimeoutSeconds": None} | {limit: 60}))) == []
        assert validate(callback(TimeoutSeconds=None)) == [
            Diagnostic(
                WARNING,
                "CALLBACK_WITHOUT_TIMEOUT",
                "The task waits for its token without a limit, so a lost answer leaves it waiting for up to a year: "
                "set TimeoutSeconds or HeartbeatSeconds.",
                "/States/Here",
            )
        ]


class TestFields:
    @pytest.mark.parametrize("heartbeat", [60, 90])
    def test_a_heartbeat_is_below_the_timeout(self, heartbeat: int) -> None:
        assert validate(flow(A=task(TimeoutSeconds=60, HeartbeatSeconds=59))) == []
        assert validate(flow(A=task(TimeoutSeconds=60, HeartbeatSeconds=heartbeat))) == [
            Diagnostic(
                WARNING,
                "HEARTBEAT_NOT_BELOW_TIMEOUT",
                f"HeartbeatSeconds ({heartbeat}) has to be smaller than TimeoutSeconds (60), "
                "or the task times out before a heartbeat is missed.",
                "/States/A/HeartbeatSeconds",
            )
        ]

    @pytest.mark.parametrize(
        "credentials", [{"RoleArn": "arn:aws:iam::1:role/r"}, {"RoleArn.$": "$.role"}, "${Role}"]
    )
    def test_credentials_name_a_role(self, credentials: object) -> None:
        assert validate(flow(A=task(Credentials=credentials))) == []
        [only] = validate(flow(A=task(Credentials={"rolearn": "x"})))
        assert (only.severity, only.location) == (ERROR, "/States/A/Credentials")

    def test_a_choice_has_a_default(self) -> None:
        choice: dict[str, object] = {
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "B"}],
        }
        assert validate(flow(A=choice | {"Default": "B"}, B=END)) == []
        assert validate(flow(A=choice, B=END)) == [
            Diagnostic(
                WARNING,
                "CHOICE_WITHOUT_DEFAULT",
                "This Choice has no Default: when no rule matches, the execution fails with States.NoChoiceMatched.",
                "/States/A",
            )
        ]


class TestErrorNames:
    @pytest.mark.parametrize(
        ("lists", "fault", "place"),
        [
            ([["States.ALL"], ["E"]], "entries after it are never reached", 0),
            ([["E"], ["F", "States.ALL"]], "it is listed beside other names, which it includes already", 1),
        ],
    )
    @pytest.mark.parametrize("field", ["Retry", "Catch"])
    def test_states_all_is_alone_and_last(
        self, field: str, lists: list[list[str]], fault: str, place: int
    ) -> None:
        def document(names: list[list[str]]) -> dict[str, object]:
            following = {"Next": "B"} if field == "Catch" else {}
            entries = [{"ErrorEquals": errors, **following} for errors in names]
            return flow(A={"Type": "Task", "Resource": LAMBDA, field: entries, "Next": "B"}, B=END)

        assert validate(document([["E"], ["States.ALL"]])) == []
        assert validate(document(lists)) == [
            Diagnostic(
                ERROR,
                "SCHEMA_VALIDATION_FAILED",
                f"States.ALL must appear alone and at end of list: {fault}.",
                f"/States/A/{field}[{place}]/ErrorEquals",
            )
        ]

    def test_reserved_error_names_exist(self) -> None:
        names = [
            "States.Timeout",
            "States.Http.StatusCode.404",
            "Sfn.TaskTimedOutException",
            "States.${Which}",
        ]
        assert validate(flow(A=task(Retry=[{"ErrorEquals": names}]))) == []
        assert validate(flow(A=task(Retry=[{"ErrorEquals": ["States.TaskFail", "States.Xyzzy"]}]))) == [
            Diagnostic(
                WARNING,
                "UNKNOWN_ERROR_NAME",
                'Step Functions raises no error named "States.TaskFail"; did you mean "States.TaskFailed"?',
                "/States/A/Retry[0]/ErrorEquals[0]",
            ),
            Diagnostic(
                WARNING,
                "UNKNOWN_ERROR_NAME",
                'Step Functions raises no error named "States.Xyzzy", so it never matches.',
                "/States/A/Retry[0]/ErrorEquals[1]",
            ),
        ]


class TestOneMessage:
    """What only follows from another fault is not told beside it."""

    @pytest.mark.parametrize(
        "state",
        [
            step("Nope, nothing like it"),
            {"Type": "Pass"},
            {"Type": "Pass", "Next": 3},
            {"Type": "Pass", "Next": ""},
        ],
    )
    def test_a_state_that_a_broken_way_may_lead_to_is_not_called_unreachable(
        self, state: dict[str, object]
    ) -> None:
        assert len(validate(flow(A=state, B=END))) == 1

    def test_more_lost_states_than_broken_ways_are_told(self) -> None:
        found = validate(flow(A=step("Nope, nothing like it"), B=END, C=END))
        assert [d.location for d in found] == ["/States/A/Next", "/States/B", "/States/C"]

    def test_a_misspelt_pattern_is_the_only_fault(self) -> None:
        [only] = validate(callback(Resource=PUT_EVENTS.replace("Token", "token")))
        assert 'did you mean ".waitForTaskToken"?' in only.message

    def test_the_arn_of_a_function_takes_no_pattern(self) -> None:
        [only] = validate(flow(A=task(Resource=f"{LAMBDA}.waitForTaskToken", TimeoutSeconds=9)))
        assert only.code == "UNKNOWN_RESOURCE"

    def test_a_function_that_is_invoked_may_be_waited_for_like_any_other(self) -> None:
        invoked = task(
            Resource="arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters={"FunctionName": "brew"}
        )
        assert [d.code for d in validate(flow(A=invoked))] == [
            "CALLBACK_WITHOUT_TOKEN",
            "CALLBACK_WITHOUT_TIMEOUT",
        ]

    def test_an_excluded_action_is_not_held_to_its_parameters(self) -> None:
        call = task(Resource="arn:aws:states:::aws-sdk:sts:assumeRole", Parameters={"Role": "x"})
        assert [d.location for d in validate(flow(A=call))] == ["/States/A/Resource"]


def test_a_result_hides_parameters() -> None:
    both = {"Type": "Pass", "Result": {"a": 1}, "Parameters": {"a.$": "$.b"}, "End": True}
    assert validate(flow(A={name: value for name, value in both.items() if name != "Parameters"})) == []
    assert validate(flow(A=both)) == [
        Diagnostic(
            WARNING,
            "NOT_BOTH",
            "'Result' is what this state hands on, so 'Parameters' have no effect: keep one of them.",
            "/States/A/Parameters",
        )
    ]


@pytest.mark.parametrize("resource", ["arn:", "arn:aws:lambda:brew", "arn:aws:states:::sqs"])
def test_a_resource_is_a_whole_arn(resource: str) -> None:
    [only] = validate(flow(A=task(Resource=resource, Parameters={})))
    assert (only.severity, only.location) == (ERROR, "/States/A/Resource")

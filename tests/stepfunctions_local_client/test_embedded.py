"""The client on the embedded engine: runs that are mocked in the test itself, and all that can be told of them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from stepfunctions_local_client import (
    Call,
    Client,
    DeadlineExceeded,
    EmbeddedEngine,
    ExpectationFailed,
    InvalidDefinition,
    InvalidMocks,
    NotWaiting,
    ReadOnly,
    TaskFailed,
    UnansweredTask,
    UnknownCase,
    returns,
    throws,
)

if TYPE_CHECKING:
    from pathlib import Path


def task(resource: str = "lambda:invoke", **fields: Any) -> dict[str, Any]:
    """Return a task; a function is called with the state's input if nothing else is said."""
    called: dict[str, Any] = (
        {"Parameters": {"FunctionName": "f", "Payload.$": "$"}} if resource == "lambda:invoke" else {}
    )
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **called, **fields}


ORDERS: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": task(
            Parameters={"FunctionName": "charge", "Payload.$": "$"},
            Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "MaxAttempts": 2}],
            Catch=[{"ErrorEquals": ["CardDeclined"], "Next": "Decline"}],
            Next="Send",
        ),
        "Send": {"Type": "Pass", "End": True},
        "Decline": {"Type": "Pass", "End": True},
    },
}


@pytest.fixture
def client() -> Client:
    return Client(EmbeddedEngine(seed=1))


class TestMocksOfARun:
    def test_a_response_answers_a_task(self, client: Client) -> None:
        run = client.machine("Orders", ORDERS).run({"id": 1}, mocks={"Charge": returns({"ok": True})})
        run.expect_succeeded({"ok": True}).expect_path("Charge", "Send")

    def test_an_error_goes_the_way_of_its_catcher(self, client: Client) -> None:
        run = client.machine("Orders", ORDERS).run(mocks={"Charge": throws("CardDeclined", "no money")})
        run.expect_caught("Charge", "CardDeclined").expect_path("Charge", "Decline")
        run.expect_succeeded({"Error": "CardDeclined", "Cause": "no money"})

    def test_each_attempt_takes_the_next_reply_and_the_pauses_pass_at_once(self, client: Client) -> None:
        began = time.monotonic()
        run = client.machine("Orders", ORDERS).run(
            mocks={"Charge": throws("Busy", times=2).then(returns({}))}
        )
        run.expect_succeeded().expect_attempts("Charge", 3)
        assert run.seconds == 60 + 120
        assert time.monotonic() - began < 30

    def test_each_visit_in_a_loop_takes_the_next_reply(self, client: Client) -> None:
        polling = {
            "StartAt": "Poll",
            "States": {
                "Poll": task(Next="Done?"),
                "Done?": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "End"}],
                    "Default": "Wait",
                },
                "Wait": {"Type": "Wait", "Seconds": 30, "Next": "Poll"},
                "End": {"Type": "Succeed"},
            },
        }
        replies = returns({"done": False}, times=200).then(returns({"done": True}))
        run = client.machine("Polling", polling).run(mocks={"Poll": replies})
        assert run.seconds == 200 * 30
        assert len(run.calls) == 201
        told = run.expect_succeeded().describe()
        assert "... these 3 states 199 times more" in told
        assert len(told.splitlines()) < 15

    def test_a_function_sees_state_resource_and_arguments(self, client: Client) -> None:
        def answer(call: Call) -> object:
            assert call.resource == "arn:aws:states:::lambda:invoke"
            assert call.arguments == {"FunctionName": "charge", "Payload": {"id": 7}}
            if call.attempt == 0:
                raise TaskFailed("Busy", "later")
            return {"state": call.state, "count": call.count}

        run = client.machine("Orders", ORDERS).run({"id": 7}, mocks=answer)
        run.expect_succeeded({"state": "Charge", "count": 1}).expect_attempts("Charge", 2)

    def test_a_function_may_answer_for_one_state(self, client: Client) -> None:
        run = client.machine("Orders", ORDERS).run(
            {"id": 7}, mocks={"Charge": lambda call: throws("CardDeclined")}
        )
        run.expect_passed("Decline")

    def test_what_a_function_raises_itself_reaches_the_test(self, client: Client) -> None:
        def answer(_: Call) -> object:
            raise AssertionError("not what was expected")

        with pytest.raises(AssertionError, match="not what was expected"):
            client.machine("Orders", ORDERS).run(mocks=answer)

    @pytest.mark.parametrize(
        ("mocks", "says"),
        [
            ({"Chrage": returns()}, "there is no state 'Chrage' \\(did you mean 'Charge'\\?\\)"),
            ({"Send": returns()}, "'Send' is a Pass state; only a task has a response"),
        ],
    )
    def test_a_mock_of_a_state_that_has_none_is_refused(self, client: Client, mocks: Any, says: str) -> None:
        with pytest.raises(InvalidMocks, match=says):
            client.machine("Orders", ORDERS).run(mocks=mocks)

    def test_what_is_no_response_is_refused(self, client: Client) -> None:
        mocks: Any = {"Charge": {"ok": True}}
        with pytest.raises(
            TypeError, match=r"the mock of 'Charge' is .*: write returns\(...\), throws\(...\)"
        ):
            client.machine("Orders", ORDERS).run(mocks=mocks)


class TestNothingOutsideIsCalled:
    def test_a_task_without_a_response_is_named(self, client: Client) -> None:
        with pytest.raises(
            UnansweredTask, match=r"'Charge' calls .*lambda:invoke, and no response was given"
        ):
            client.machine("Orders", ORDERS).run({"id": 1})

    def test_replies_that_run_out_are_told_with_the_state_the_call_and_their_number(
        self, client: Client
    ) -> None:
        with pytest.raises(UnansweredTask) as told:
            client.machine("Orders", ORDERS).run(mocks={"Charge": throws("Busy")})
        assert "'Charge' was called 2 times, and its response has 1 reply" in str(told.value)

    def test_no_catcher_takes_a_missing_response(self, client: Client) -> None:
        careless = json.loads(json.dumps(ORDERS))
        careless["States"]["Charge"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Decline"}]
        with pytest.raises(UnansweredTask):
            client.machine("Careless", careless).run()

    def test_services_of_the_engine_answer_where_a_run_says_nothing(self) -> None:
        client = Client(EmbeddedEngine(services=lambda call: {"from": call.state}))
        client.machine("Orders", ORDERS).run().expect_succeeded({"from": "Charge"})


class TestTestCases:
    CONFIG: ClassVar[dict[str, Any]] = {
        "StateMachines": {
            "Orders": {"TestCases": {"Poor": {"Charge": "Declined"}, "Paid": {"Charge": "Paid"}}}
        },
        "MockedResponses": {
            "Declined": {"0": {"Throw": {"Error": "CardDeclined", "Cause": "no money"}}},
            "Paid": {"0-1": {"Throw": {"Error": "Busy", "Cause": "later"}}, "2": {"Return": {"ok": True}}},
        },
    }

    def test_they_run_by_name(self, client: Client) -> None:
        client.use_mocks(self.CONFIG)
        machine = client.machine("Orders", ORDERS)
        machine.run(case="Poor").expect_passed("Decline")
        machine.run(case="Paid").expect_succeeded({"ok": True}).expect_attempts("Charge", 3)

    def test_they_run_by_the_calls_of_boto3(self, client: Client) -> None:
        machine = client.machine("Orders", ORDERS)
        client.use_mocks(
            {
                "StateMachines": {"Orders": {"TestCases": {"Paid": {"Charge": "Paid"}}}},
                "MockedResponses": {
                    "Paid": {"0": {"Throw": {"Error": "Busy", "Cause": ""}}, "1": {"Return": 3}}
                },
            }
        )
        arn = client.api.start_execution(stateMachineArn=f"{machine.arn}#Paid")["executionArn"]
        assert client.api.describe_execution(executionArn=arn)["output"] == "3"
        with pytest.raises(UnknownCase, match=r"did you mean 'Paid'\?"):
            client.api.start_execution(stateMachineArn=f"{machine.arn}#Payed")

    def test_a_second_configuration_is_added_to_the_first(self, client: Client) -> None:
        client.use_mocks(self.CONFIG)
        client.use_mocks(
            {
                "StateMachines": {"Orders": {"TestCases": {"Free": {"Charge": "Free"}}}},
                "MockedResponses": {"Free": {"0": {"Return": None}}},
            }
        )
        machine = client.machine("Orders", ORDERS)
        machine.run(case="Free").expect_succeeded(None)
        machine.run(case="Poor").expect_passed("Decline")

    def test_an_unknown_case_is_told_with_the_nearest(self, client: Client) -> None:
        client.use_mocks(self.CONFIG)
        with pytest.raises(UnknownCase, match="Orders has no test case 'Por' \\(did you mean 'Poor'\\?\\)"):
            client.machine("Orders", ORDERS).run(case="Por")

    @pytest.mark.parametrize(
        ("config", "says"),
        [
            ({"StateMachine": {}}, "not 'StateMachine'"),
            ({"StateMachines": {}}, "has an object MockedResponses"),
            (
                {
                    "StateMachines": {"O": {"TestCases": {"C": {"Charge": "Piad"}}}},
                    "MockedResponses": {"Paid": {"0": {"Return": 1}}},
                },
                "case 'C' of O, 'Charge': MockedResponses has no \"Piad\" \\(did you mean 'Paid'\\?\\)",
            ),
            (
                {"StateMachines": {}, "MockedResponses": {"Paid": {"0": {"Return": 1}, "2": {"Return": 1}}}},
                "the response 'Paid': reply 1 is missing",
            ),
            (
                {"StateMachines": {}, "MockedResponses": {"Paid": {"0": {"Retrun": 1}}}},
                "reply 0 is neither",
            ),
            ({"StateMachines": {}, "MockedResponses": {"Paid": {}}}, "there is no reply in it"),
            (
                {"StateMachines": {}, "MockedResponses": {"Paid": {"one": {"Return": 1}}}},
                "'one' is not the number",
            ),
        ],
    )
    def test_what_is_wrong_in_a_configuration_is_named(self, client: Client, config: Any, says: str) -> None:
        with pytest.raises(InvalidMocks, match=says):
            client.use_mocks(config)

    def test_a_state_that_the_machine_does_not_have_is_named(self, client: Client) -> None:
        client.use_mocks(
            {
                "StateMachines": {"Orders": {"TestCases": {"Paid": {"Chrage": "Paid"}}}},
                "MockedResponses": {"Paid": {"0": {"Return": 1}}},
            }
        )
        with pytest.raises(InvalidMocks, match="case 'Paid' of Orders: there is no state 'Chrage'"):
            client.machine("Orders", ORDERS)


WAITING: dict[str, Any] = {
    "StartAt": "Ask",
    "States": {
        "Ask": task(
            "sqs:sendMessage.waitForTaskToken",
            Parameters={
                "QueueUrl": "q",
                "MessageBody.$": "States.Format('{} {}', $$.Execution.Name, $$.Task.Token)",
            },
            TimeoutSeconds=900,
            HeartbeatSeconds=600,
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late"}],
            End=True,
        ),
        "Late": {"Type": "Pass", "End": True},
    },
}


class TestWaitingForSomebody:
    def test_the_token_is_found_wherever_the_state_hands_it_on(self, client: Client) -> None:
        running = client.machine("Waiting", WAITING).start()
        running.succeed("Ask", {"drink": "tea"})
        running.result().expect_succeeded({"drink": "tea"})

    def test_time_passes_only_as_the_test_lets_it(self) -> None:
        engine = EmbeddedEngine()
        running = Client(engine).machine("Waiting", WAITING).start()
        engine.advance(599)
        running.heartbeat("Ask")
        engine.advance(299)
        assert running.now().status == "RUNNING"
        engine.advance(2)
        running.result().expect_passed("Late")

    def test_a_run_that_nobody_answers_goes_on_when_its_timer_fires(self, client: Client) -> None:
        run = client.machine("Waiting", WAITING).run().expect_passed("Late")
        assert run.seconds == 600

    def test_a_response_is_what_comes_back_with_the_token(self, client: Client) -> None:
        run = client.machine("Waiting", WAITING).run(mocks={"Ask": returns({"drink": "tea"})})
        run.expect_succeeded({"drink": "tea"})

    def test_a_wait_without_end_is_told(self, client: Client) -> None:
        ask = {key: WAITING["States"]["Ask"][key] for key in ("Type", "Resource", "Parameters", "End")}
        endless = {"StartAt": "Ask", "States": {"Ask": ask}}
        with pytest.raises(DeadlineExceeded, match="it waits, without a timeout, for somebody to answer"):
            client.machine("Endless", endless).run()

    def test_an_execution_that_is_over_cannot_be_answered(self, client: Client) -> None:
        running = client.machine("Waiting", WAITING).start()
        running.stop()
        with pytest.raises(NotWaiting, match="it is over"):
            running.succeed("Ask")
        running.result().expect_aborted()

    def test_no_token_is_in_anything_that_is_printed(self, client: Client) -> None:
        tokens: list[str] = []

        def answer(call: Call) -> object:
            context: Any = call.context
            tokens.append(context["Task"]["Token"])
            raise TaskFailed("Refused", f"not with {tokens[-1]}")

        run = client.machine("Waiting", WAITING).run(mocks=answer)
        (token,) = tokens
        with pytest.raises(ExpectationFailed) as told:
            run.expect_succeeded()
        assert token not in f"{told.value} {run!r} {run.path!r} {run.calls!r} {run.describe()}"


NESTED: dict[str, Any] = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Identity", "States": {"Identity": task(End=True)}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemsPath": "$.cups",
                            "ItemProcessor": {
                                "StartAt": "Rinse",
                                "States": {"Rinse": task(End=True)},
                            },
                            "End": True,
                        }
                    },
                },
            ],
            "Retry": [{"ErrorEquals": ["Wobbly"], "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["Unknown", "Wobbly"], "Next": "Refused"}],
            "End": True,
        },
        "Refused": {"Type": "Pass", "End": True},
    },
}


class TestStatesInsideOfOthers:
    def test_the_catcher_of_a_parallel_state_is_told(self, client: Client) -> None:
        mocks = {"Identity": throws("Unknown", "who?"), "Rinse": returns({}, times=9)}
        run = client.machine("Nested", NESTED).run({"cups": [1]}, mocks=mocks)
        run.expect_caught("Both", "Unknown").expect_path("Both", "Refused")

    def test_its_retrier_is_told(self, client: Client) -> None:
        mocks = {"Identity": throws("Wobbly").then(returns({})), "Rinse": returns({}, times=9)}
        run = client.machine("Nested", NESTED).run({"cups": [1]}, mocks=mocks)
        run.expect_succeeded().expect_attempts("Both", 2)
        assert run.step("Both").retriers == [0]

    def test_they_count_in_the_coverage(self) -> None:
        from stepfunctions_local_client import Coverage

        coverage = Coverage()
        machine = Client(EmbeddedEngine(), on_execution=coverage.record).machine("Nested", NESTED)
        mocks = {"Identity": throws("Wobbly", times=2), "Rinse": returns({}, times=9)}
        machine.run({"cups": [1]}, mocks=mocks)
        machine.run({"cups": [1]}, mocks={"Identity": returns({}), "Rinse": returns({})})
        assert coverage.complete()

    @pytest.mark.parametrize(("cups", "rule"), [(1, 0), (2, 1), (3, -1)])
    def test_the_rule_that_decided_is_told_in_any_language(
        self, client: Client, cups: int, rule: int
    ) -> None:
        """All rules lead to the same state, and read a variable."""
        conditions = ["{% $cups = 1 %}", "{% $cups = 2 %}"]
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": "Pour",
            "States": {
                "Pour": {"Type": "Pass", "Assign": {"cups": "{% $states.input.cups %}"}, "Next": "How many?"},
                "How many?": {
                    "Type": "Choice",
                    "Choices": [{"Condition": condition, "Next": "Drink"} for condition in conditions],
                    "Default": "Drink",
                },
                "Drink": {"Type": "Succeed"},
            },
        }
        run = client.machine("Pouring", definition).run({"cups": cups})
        assert run.expect_succeeded().step("How many?").rule == rule

    def test_iterations_are_told_apart(self, client: Client) -> None:
        mocks = {"Identity": returns({}), "Rinse": returns({}, times=3)}
        run = client.machine("Nested", NESTED).run({"cups": ["a", "b", "c"]}, mocks=mocks)
        iterations = run.iterations("Each")
        assert [[step.name for step in steps] for steps in iterations] == [["Rinse"]] * 3
        assert [steps[0].input for steps in iterations] == ["a", "b", "c"]

    def test_a_state_that_does_not_exist_was_not_passed_by_mistake_only(self, client: Client) -> None:
        run = client.machine("Orders", ORDERS).run(mocks={"Charge": returns({})})
        run.expect_not_passed("Decline")
        with pytest.raises(
            LookupError, match="Orders has no state 'Declien' \\(did you mean 'Decline'\\?\\)"
        ):
            run.expect_not_passed("Declien")


class TestWhatARunTells:
    def test_what_a_task_was_called_with(self, client: Client) -> None:
        run = client.machine("Orders", ORDERS).run({"id": 1}, mocks={"Charge": returns({})})
        run.expect_called("Charge", {"FunctionName": "charge", "Payload": {"id": 1}})
        with pytest.raises(ExpectationFailed, match="expected the parameters of 'Charge'"):
            run.expect_called("Charge", {"FunctionName": "refund"})

    def test_the_variables_after_each_state(self, client: Client) -> None:
        counting = {
            "StartAt": "One",
            "States": {
                "One": {"Type": "Pass", "Assign": {"n": 1, "name": "a"}, "Next": "Two"},
                "Two": {"Type": "Pass", "Assign": {"n": 2}, "End": True},
            },
        }
        run = client.machine("Counting", counting).run()
        assert run.variables("One") == {"n": 1, "name": "a"}
        assert run.variables() == {"n": 2, "name": "a"}

    def test_an_output_of_null_is_not_any_output(self, client: Client) -> None:
        machine = client.machine("Orders", ORDERS)
        machine.run(mocks={"Charge": returns(None)}).expect_succeeded(None)
        with pytest.raises(ExpectationFailed, match="expected the output"):
            machine.run(mocks={"Charge": returns({})}).expect_succeeded(None)

    @pytest.mark.parametrize("output", [{"NextToken": "page2"}, {"sha": "a" * 128}, {"t": "Zm9v" * 100}])
    def test_data_that_looks_like_a_token_stays_as_it_is(self, client: Client, output: Any) -> None:
        client.machine("Orders", ORDERS).run(mocks={"Charge": returns(output)}).expect_succeeded(output)

    def test_two_large_outputs_are_told_by_the_places_that_differ(self, client: Client) -> None:
        came: dict[str, Any] = {f"k{i}": {"text": "x" * 5, "n": [i, i]} for i in range(200)}
        machine = client.machine(
            "Echo", {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
        )
        expected = {
            **came,
            "k7": {"text": "x" * 5, "n": [7, 8]},
            "k8": {"text": "y" * 200, "n": [8]},
            "k 9": None,
        }
        with pytest.raises(ExpectationFailed) as told:
            machine.run(came).expect_succeeded(expected)
        lines = str(told.value).splitlines()
        assert lines[:6] == [
            "expected another output; it differs in 4 places:",
            "  $.k7.n[1]: expected 8, but there is 7",
            f'  $.k8.text: expected "{"y" * 119}... (82 more characters), but there is "xxxxx"',
            "  $.k8.n: expected 1 items, but there are 2",
            '  $["k 9"]: expected null, but there is nothing',
            "Echo: SUCCEEDED",
        ]
        assert len(lines) < 60

    def test_an_execution_that_it_started_is_read_with_its_own_steps(self, client: Client) -> None:
        client.machine("Child", {"StartAt": "Do", "States": {"Do": task(End=True)}})
        parent = {
            "StartAt": "Run",
            "States": {
                "Run": task(
                    "states:startExecution.sync:2",
                    Parameters={
                        "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child",
                        "Input": {"from": "parent"},
                    },
                    End=True,
                )
            },
        }
        run = client.machine("Parent", parent).run(mocks={"Do": returns({"done": True})}).expect_succeeded()
        (child,) = client.children(run)
        child.expect_succeeded({"done": True}).expect_path("Do")
        assert child.input == {"from": "parent"}

    def test_an_express_execution_has_its_way_too(self, client: Client) -> None:
        machine = client.machine("Quick", ORDERS, type="EXPRESS")
        run = machine.run({"id": 1}, mocks={"Charge": returns({"ok": True})})
        run.expect_succeeded({"ok": True}).expect_path("Charge", "Send")

    def test_names_of_any_script(self, client: Client) -> None:
        kaffee = {
            "StartAt": "Prüfen ☕",
            "States": {"Prüfen ☕": task(Next="発送"), "発送": {"Type": "Pass", "End": True}},
        }
        run = client.machine("Größe", kaffee).run({"größe": "⅓"}, mocks={"Prüfen ☕": returns({"ok": "ja"})})
        run.expect_succeeded({"ok": "ja"}).expect_path("Prüfen ☕", "発送")

    def test_the_same_seed_makes_the_same_ids(self) -> None:
        definition = {
            "StartAt": "Id",
            "States": {"Id": {"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}, "End": True}},
        }

        def output() -> object:
            return Client(EmbeddedEngine(seed=7, start=0)).machine("Ids", definition).run().output

        assert output() == output()


class TestActivities:
    def test_the_test_is_the_worker(self, client: Client) -> None:
        activity = client.activity("Bake")
        bakery = {
            "StartAt": "Bake",
            "States": {"Bake": {"Type": "Task", "Resource": activity.arn, "TimeoutSeconds": 60, "End": True}},
        }
        assert activity.task() is None
        running = client.machine("Bakery", bakery).start({"cake": "apple"})
        work = activity.task()
        assert work is not None
        assert work.input == {"cake": "apple"}
        work.heartbeat()
        work.succeed({"baked": True})
        running.result().expect_succeeded({"baked": True})

    def test_it_can_be_mocked_like_any_task(self, client: Client) -> None:
        arn = client.activity("Bake").arn
        bakery = {"StartAt": "Bake", "States": {"Bake": {"Type": "Task", "Resource": arn, "End": True}}}
        client.machine("Bakery", bakery).run(mocks={"Bake": returns({})}).expect_succeeded({})


class TestMachinesThatAreThere:
    def test_a_machine_is_taken_as_it_is(self, client: Client) -> None:
        made = client.machine("Orders", ORDERS)
        client.attach(made.arn).run(mocks={"Charge": returns({})}).expect_succeeded({})

    def test_a_version_and_an_alias_run_what_they_stand_for(self, client: Client) -> None:
        made = client.machine(
            "Said", {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": 1, "End": True}}}
        )
        version = client.api.publish_state_machine_version(stateMachineArn=made.arn)["stateMachineVersionArn"]
        alias = client.api.create_state_machine_alias(
            name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
        )["stateMachineAliasArn"]
        client.machine(
            "Said", {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": 2, "End": True}}}
        )
        client.attach(made.arn).run().expect_succeeded(2)
        client.attach(version).run().expect_succeeded(1)
        client.attach(alias).run().expect_succeeded(1)


class TestDefinitionsAsTheyAreGiven:
    YAML = """
StartAt: Wait
States:
  Wait:
    Type: Wait
    Seconds: ${Pause}
    Next: Say
  Say:
    Type: Pass
    Result: hello ${Name}
    End: true
"""

    def test_a_text_in_json(self, client: Client) -> None:
        client.machine("Orders", json.dumps(ORDERS)).run(mocks={"Charge": returns({})}).expect_succeeded({})

    def test_a_text_in_yaml_with_values_for_its_placeholders(self, client: Client) -> None:
        run = client.machine("Said", self.YAML, substitutions={"Pause": 60, "Name": "world"}).run()
        assert run.expect_succeeded("hello world").seconds == 60

    def test_a_file(self, client: Client, tmp_path: Path) -> None:
        file = tmp_path / "orders.asl.json"
        file.write_text(json.dumps(ORDERS))
        client.machine("Orders", file).run(mocks={"Charge": returns({})}).expect_succeeded({})

    def test_a_placeholder_without_a_value_is_named(self, client: Client) -> None:
        with pytest.raises(InvalidDefinition, match=r"no value was given for \$\{Name\}"):
            client.machine("Said", self.YAML, substitutions={"Pause": 60})

    def test_a_value_without_a_placeholder_is_named(self, client: Client) -> None:
        with pytest.raises(InvalidDefinition, match=r"no placeholder \$\{Puase\} \(did you mean 'Pause'\?\)"):
            client.machine("Said", self.YAML, substitutions={"Puase": 6, "Pause": 60, "Name": "x"})

    def test_a_text_that_cannot_be_read_is_told_with_the_place(self, client: Client) -> None:
        with pytest.raises(InvalidDefinition, match="1:13"):
            client.machine("Broken", '{"StartAt": }')


class TestARealAccount:
    """An engine of this process stands for the account."""

    URL = "https://states.eu-west-1.amazonaws.com"
    ROLE = "arn:aws:iam::123456789012:role/Flows"

    def test_is_only_read_unless_changes_are_allowed(self) -> None:
        account = EmbeddedEngine()
        arn = Client(account).machine("Orders", ORDERS).arn
        client = Client(self.URL, api=account.api)
        with pytest.raises(
            ReadOnly, match="this would create or change the state machine 'New' in the account"
        ):
            client.machine("New", ORDERS, role_arn=self.ROLE)
        with pytest.raises(ReadOnly, match="this would start an execution of 'Orders'"):
            client.attach(arn).start()
        with pytest.raises(ReadOnly, match="this would delete the state machine 'Orders'"):
            client.attach(arn).delete()
        assert [one["name"] for one in account.api.list_state_machines()["stateMachines"]] == ["Orders"]

    def test_is_left_as_it_was(self) -> None:
        account = EmbeddedEngine()
        with Client(self.URL, api=account.api, allow_changes=True) as client:
            client.machine("Orders", ORDERS, role_arn=self.ROLE)
            assert account.api.list_state_machines()["stateMachines"]
        assert not account.api.list_state_machines()["stateMachines"]

    def test_needs_a_role_that_exists_there(self) -> None:
        client = Client(self.URL, api=EmbeddedEngine().api, allow_changes=True)
        with pytest.raises(ValueError, match="needs a role that exists there"):
            client.machine("Orders", ORDERS)


def test_the_published_sample_of_mocked_integrations_passes(client: Client) -> None:
    """A lead is checked in two branches, its comment is judged, and the judging may falter three times."""
    judged = {"Sentiment": "POSITIVE"}
    leads = {
        "StartAt": "Validate",
        "States": {
            "Validate": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Check Identity", "States": {"Check Identity": task(End=True)}},
                    {"StartAt": "Check Address", "States": {"Check Address": task(End=True)}},
                ],
                "Catch": [{"ErrorEquals": ["CustomValidationError"], "Next": "Validation Failed"}],
                "Next": "Detect Sentiment",
            },
            "Validation Failed": {"Type": "Pass", "End": True},
            "Detect Sentiment": task(
                "aws-sdk:comprehend:detectSentiment",
                Parameters={"LanguageCode": "en", "Text": "nice"},
                Retry=[
                    {
                        "ErrorEquals": ["Comprehend.InternalServerException"],
                        "IntervalSeconds": 1,
                        "BackoffRate": 2,
                        "MaxAttempts": 3,
                    }
                ],
                Next="Is Positive Sentiment?",
            ),
            "Is Positive Sentiment?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.Sentiment", "StringEquals": "POSITIVE", "Next": "Record"}],
                "Default": "Follow up",
            },
            "Record": {"Type": "Pass", "End": True},
            "Follow up": {"Type": "Pass", "End": True},
        },
    }
    good, judging = {"0": {"Return": {"valid": True}}}, "Detect Sentiment"
    checks = {"Check Identity": "Valid", "Check Address": "Valid"}
    client.use_mocks(
        {
            "StateMachines": {
                "Leads": {
                    "TestCases": {
                        "HappyPathTest": {**checks, judging: "Positive"},
                        "NegativeSentimentTest": {**checks, judging: "Negative"},
                        "CustomValidationFailedCatchTest": {**checks, "Check Address": "Invalid"},
                        "RetryOnServiceExceptionTest": {**checks, judging: "Faltering"},
                    }
                }
            },
            "MockedResponses": {
                "Valid": good,
                "Invalid": {
                    "0": {"Throw": {"Error": "CustomValidationError", "Cause": "Address is not valid"}}
                },
                "Positive": {"0": {"Return": judged}},
                "Negative": {"0": {"Return": {"Sentiment": "NEGATIVE"}}},
                "Faltering": {
                    "0-2": {"Throw": {"Error": "Comprehend.InternalServerException", "Cause": "Server"}},
                    "3": {"Return": judged},
                },
            },
        }
    )
    machine = client.machine("Leads", leads)
    machine.run(case="HappyPathTest").expect_path("Validate", judging, "Is Positive Sentiment?", "Record")
    machine.run(case="NegativeSentimentTest").expect_passed("Follow up")
    machine.run(case="CustomValidationFailedCatchTest").expect_caught("Validate", "CustomValidationError")
    machine.run(case="RetryOnServiceExceptionTest").expect_attempts(judging, 4).expect_succeeded()

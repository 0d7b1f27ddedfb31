"""Tasks: tokens, timeouts, retries and catchers, and the two states that only wait or fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dsl import (
    CaughtError,
    InvalidDefinitionError,
    Permission,
    Placeholder,
    Retry,
    Task,
    choice,
    context,
    end,
    fail,
    jobs,
    pass_,
    sdk,
    slot,
    succeed,
    wait,
)
from dsl.dynamodb import get_item
from dsl.events import put_events
from dsl.intrinsics import format_string
from dsl.lambda_ import invoke
from tests.dsl.samples import (
    KEY,
    OrderEvent,
    ask,
    ask_function,
    body,
    call,
    definition,
    order,
    refused,
    states,
    table,
)

if TYPE_CHECKING:
    from dsl import Payload


def callback(**options: Any) -> Task:
    payload: dict[str, Payload] = options.pop("payload", {"token": context.task.token})
    return invoke("Pause", ask_function, payload, **{"wait_for_token": True, "timeout": 60, **options})


class TestCallbacks:
    def test_a_callback_waits_for_its_token(self) -> None:
        compiled = body(callback())
        assert compiled["Resource"] == "arn:aws:states:::lambda:invoke.waitForTaskToken"
        assert compiled["Parameters"]["Payload"] == {"token.$": "$$.Task.Token"}
        assert compiled["TimeoutSeconds"] == 60

    def test_a_callback_without_its_token_is_an_error(self) -> None:
        with refused(
            "it waits for a task token but hands it to nobody, so nothing could ever resume it; "
            "put context.task.token into what it sends",
            state="Pause",
        ):
            callback(payload={"id": order.orderId})

    def test_a_callback_without_a_timeout_is_an_error(self) -> None:
        with refused(
            "it waits for a task token without a timeout; if the token is lost, the execution hangs "
            "for up to a year. Give timeout=",
            state="Pause",
        ):
            callback(timeout=None)

    def test_a_heartbeat_limits_a_callback_too(self) -> None:
        assert body(callback(timeout=None, heartbeat=30))["HeartbeatSeconds"] == 30

    def test_a_token_that_nobody_waits_for_is_an_error(self) -> None:
        with refused(
            "it hands on context.task.token but does not wait for it; give wait_for_token=True", state="Pause"
        ):
            callback(wait_for_token=False)

    def test_the_token_may_be_handed_on_at_any_depth(self) -> None:
        payload = {"a": [{"b": format_string("{}!", context.task.token)}]}
        assert callback(payload=payload).waits_for_token

    def test_a_state_that_is_no_task_has_no_token(self) -> None:
        message = "it reads context.task.token, which is there only in a task that waits for it"
        with refused(message, state="Out"):
            definition(pass_("Out", output={"token": context.task.token}) >> end)
        with refused(message, state="Out"):
            definition(succeed("Out", output=context.task.token))
        with refused(message, state="Out"):
            definition(choice("Out", (context.task.token == "x", succeed("Yes")), otherwise=succeed("No")))


class TestTimeouts:
    def test_a_timeout_may_be_a_number_a_placeholder_or_a_reference(self) -> None:
        assert body(callback(timeout=900))["TimeoutSeconds"] == 900
        assert body(callback(timeout=Placeholder("Limit")))["TimeoutSeconds"] == "${Limit}"
        assert body(callback(timeout=order.count))["TimeoutSecondsPath"] == "$.count"

    @pytest.mark.parametrize("seconds", [0, -1, 100_000_000])
    def test_a_timeout_is_within_what_aws_takes(self, seconds: int) -> None:
        with refused(f"{seconds} is no timeout; AWS takes 1 to 99,999,999 seconds", state="Pause"):
            callback(timeout=seconds)

    def test_a_heartbeat_is_shorter_than_the_timeout(self) -> None:
        with refused("the heartbeat of 60 s can never fire before the timeout of 60 s", state="Pause"):
            callback(timeout=60, heartbeat=60)

    def test_a_timeout_is_no_text(self) -> None:
        with refused("<Str $.orderId> is no number, so it cannot say how many seconds", state="Pause"):
            callback(timeout=order.orderId)

    def test_a_dynamodb_number_is_no_timeout(self) -> None:
        count = get_item("Get", table, key=KEY).Item.count
        with refused(
            "<_EncodedNumber $.get.Item.count.N> is no number, so it cannot say how many seconds",
            state="Pause",
        ):
            callback(timeout=count)


class TestCredentials:
    ROLE = "arn:aws:iam::210987654321:role/cashier"

    @pytest.mark.parametrize(
        ("role", "field"),
        [
            (ROLE, {"RoleArn": ROLE}),
            (Placeholder("CashierRoleArn"), {"RoleArn": "${CashierRoleArn}"}),
            (order.orderId, {"RoleArn.$": "$.orderId"}),
        ],
    )
    def test_a_task_takes_on_a_role(self, role: Any, field: dict[str, str]) -> None:
        assert body(invoke("Pay", ask_function, {}, credentials=role))["Credentials"] == field

    def test_a_task_without_one_has_no_credentials(self) -> None:
        assert "Credentials" not in body(invoke("Pay", ask_function, {}))

    def test_any_typed_task_takes_one(self) -> None:
        role = Placeholder("CashierRoleArn")
        tasks = (
            get_item("Read", table, KEY, credentials=role),
            put_events("Tell", OrderEvent(orderId="1"), credentials=role),
            sdk.call(
                "List", "s3:listBuckets", {}, resource="*", reason="it lists them all", credentials=role
            ),
            jobs.start_execution("Roast", Placeholder("RoasterArn"), {}, credentials=role),
        )
        assert all(body(task)["Credentials"] == {"RoleArn": "${CashierRoleArn}"} for task in tasks)

    def test_its_own_role_needs_no_more_than_to_take_on_the_other(self) -> None:
        task = invoke("Pay", ask_function, {}, credentials=self.ROLE)
        assert task.permissions == (Permission("sts:AssumeRole", self.ROLE),)

    def test_a_role_from_the_data_may_be_any(self) -> None:
        task = invoke("Pay", ask_function, {}, credentials=order.orderId)
        reason = "the role at $.orderId is known only while the workflow runs"
        assert task.permissions == (Permission("sts:AssumeRole", "*", reason),)

    def test_what_is_no_role_is_an_error(self) -> None:
        with refused(
            "its credentials are the ARN of a role, such as arn:aws:iam::123456789012:role/cashier, not 'cashier'",
            state="Pay",
        ):
            invoke("Pay", ask_function, {}, credentials="cashier")


class TestRetries:
    def test_a_retry_compiles_with_all_its_limits(self) -> None:
        task = ask_with(Retry(("A", "B"), 2, 5, 1.5, max_delay_seconds=60, jitter=True))
        assert body(task)["Retry"] == [
            {
                "ErrorEquals": ["A", "B"],
                "IntervalSeconds": 2,
                "MaxAttempts": 5,
                "BackoffRate": 1.5,
                "MaxDelaySeconds": 60,
                "JitterStrategy": "FULL",
            }
        ]

    def test_a_retry_says_no_more_than_was_asked_for(self) -> None:
        assert set(Retry(("A",)).asl()) == {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"}

    def test_retries_keep_their_order(self) -> None:
        task = ask_with(Retry(("A",)), Retry(("States.ALL",)))
        assert [entry["ErrorEquals"] for entry in body(task)["Retry"]] == [["A"], ["States.ALL"]]

    def test_a_retry_names_an_error(self) -> None:
        with refused("a Retry needs at least one error name"):
            Retry(())

    def test_a_retry_takes_a_tuple_of_names(self) -> None:
        with refused("a Retry takes a tuple of error names: Retry(('States.ALL',))"):
            Retry("States.ALL")  # type: ignore[arg-type]

    def test_all_errors_stand_alone_in_a_retry(self) -> None:
        with refused("States.ALL stands for every error, so it must stand alone in a Retry"):
            Retry(("States.ALL", "States.Timeout"))

    @pytest.mark.parametrize("limits", [(0, 3, 2.0), (1, -1, 2.0), (1, 3, 0.5)])
    def test_a_retry_stays_within_its_limits(self, limits: tuple[int, int, float]) -> None:
        with refused(
            "a Retry needs interval_seconds of 1 or more, max_attempts of 0 or more, backoff_rate of 1 or more"
        ):
            Retry(("A",), *limits)

    def test_a_retry_after_one_of_all_errors_is_never_reached(self) -> None:
        with pytest.raises(InvalidDefinitionError, match=r"States\.ALL"):
            body(ask_with(Retry(("States.ALL",)), Retry(("A",))))


def ask_with(*retries: Retry) -> Task:
    return invoke("Ask", ask_function, {}, retry=retries)


class TestCatchers:
    def test_a_catcher_leaves_the_data_as_it_was(self) -> None:
        task = call("Task").catch("A", "B", to=succeed("Caught"))
        assert body(task)["Catch"] == [{"ErrorEquals": ["A", "B"], "ResultPath": None, "Next": "Caught"}]

    def test_a_catcher_may_keep_the_error_in_a_slot(self) -> None:
        fault = slot(CaughtError, "fault")
        task = call("Task").catch("A", to=succeed("Caught", output=fault.Cause), into=fault)
        assert body(task)["Catch"][0]["ResultPath"] == "$.fault"

    def test_catchers_keep_their_order(self) -> None:
        task = call("Task").catch("A", to=succeed("One")).catch("States.ALL", to=succeed("Two"))
        assert [catcher["Next"] for catcher in body(task)["Catch"]] == ["One", "Two"]

    def test_a_task_with_a_catcher_still_answers(self) -> None:
        task = ask("Ask").catch("States.ALL", to=succeed("Caught"))
        assert body(task, reader=ask("Read", text=task.Payload.text))["ResultPath"] == "$.ask"

    def test_a_catcher_names_an_error(self) -> None:
        with refused("catch() needs the name of at least one error, such as 'States.Timeout'", state="Task"):
            call("Task").catch(to=succeed("A"))

    def test_an_error_is_caught_once(self) -> None:
        task = call("Task").catch("A", to=succeed("One"))
        with refused("A is caught already; the second catcher would never be reached", state="Task"):
            task.catch("B", "A", to=succeed("Two"))

    def test_nothing_is_caught_after_everything(self) -> None:
        task = call("Task").catch("States.ALL", to=succeed("One"))
        with refused(
            "States.ALL is caught already, so this catcher would never be reached; put it before",
            state="Task",
        ):
            task.catch("A", to=succeed("Two"))

    def test_all_errors_stand_alone_in_a_catcher(self) -> None:
        with refused("States.ALL stands for every error, so it must stand alone in a catcher", state="Task"):
            call("Task").catch("A", "States.ALL", to=succeed("One"))

    def test_a_catcher_leads_to_a_state(self) -> None:
        with refused(
            "`end` is no state, only what `>>` may lead to; make a succeed() state for this", state="Task"
        ):
            call("Task").catch("A", to=end)  # type: ignore[arg-type]


class TestWait:
    @pytest.mark.parametrize(
        ("given", "compiled"),
        [
            ({"seconds": 5}, {"Seconds": 5}),
            ({"seconds": 0}, {"Seconds": 0}),
            ({"seconds": Placeholder("Pause")}, {"Seconds": "${Pause}"}),
            ({"seconds": order.count}, {"SecondsPath": "$.count"}),
            ({"seconds": order.extra["pause"]}, {"SecondsPath": "$.extra.pause"}),
            ({"until": "2030-01-01T00:00:00Z"}, {"Timestamp": "2030-01-01T00:00:00Z"}),
            ({"until": order.placed}, {"TimestampPath": "$.placed"}),
        ],
    )
    def test_a_wait_lasts_for_seconds_or_until_a_time(
        self, given: dict[str, Any], compiled: dict[str, object]
    ) -> None:
        assert states(wait("Pause", **given) >> end)["Pause"] == {"Type": "Wait", **compiled, "End": True}

    @pytest.mark.parametrize("given", [{}, {"seconds": 1, "until": "2030-01-01T00:00:00Z"}])
    def test_a_wait_has_one_limit(self, given: dict[str, Any]) -> None:
        with refused("give either seconds= or until=", state="Pause"):
            wait("Pause", **given)

    def test_seconds_are_a_number(self) -> None:
        with refused("<Str $.orderId> is no number, so it cannot say how many seconds", state="Pause"):
            wait("Pause", seconds=order.orderId)

    @pytest.mark.parametrize("given", [{"seconds": -1}, {"seconds": "soon"}, {"until": "tomorrow"}])
    def test_a_limit_that_aws_would_refuse_is_refused_with_the_line_that_set_it(
        self, given: dict[str, Any]
    ) -> None:
        pause = wait("Pause", **given)
        with pytest.raises(InvalidDefinitionError) as caught:
            definition(pause >> end)
        assert "/States/Pause" in str(caught.value)
        assert f"built at {pause.source}" in str(caught.value)


class TestFail:
    def test_a_failure_has_an_error_and_a_cause(self) -> None:
        assert states(fail("Failed", error="Closed", cause="The shop is closed"))["Failed"] == {
            "Type": "Fail",
            "Error": "Closed",
            "Cause": "The shop is closed",
        }

    def test_an_error_and_a_cause_may_come_from_the_data(self) -> None:
        assert states(fail("Failed", error=order.orderId, cause=order.userId))["Failed"] == {
            "Type": "Fail",
            "ErrorPath": "$.orderId",
            "CausePath": "$.userId",
        }


def test_a_comment_is_part_of_a_state() -> None:
    assert states(wait("Pause", seconds=1, comment="A breath") >> end)["Pause"]["Comment"] == "A breath"

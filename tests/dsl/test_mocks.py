"""Test cases declared in Python, checked, and made into a mock configuration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from dsl import (
    Bool,
    DefinitionError,
    Number,
    Placeholder,
    Retry,
    Shape,
    StateMachine,
    Str,
    choice,
    context,
    end,
    optional,
    view,
)
from dsl.dynamodb import CONDITIONAL_CHECK_FAILED, Item, Table, attr, delete_item, get_item, update_item
from dsl.dynamodb import set_ as put
from dsl.events import Contract, put_events
from dsl.lambda_ import Function, invoke
from dsl.mocks import Case, CaseBook, mock_config, render, returns, throws, unmocked

if TYPE_CHECKING:
    from dsl.mocks import Response, Where
    from dsl.values.payloads import Payload


class Row(Item):
    PK: Str
    open: Annotated[Bool, optional]
    places: Annotated[Number, optional]


class Answer(Shape):
    fine: Bool


class Told(Shape):
    token: Str


table = Table("Shop", Row, partition_key="PK")
contract = Contract("Bus", source="test")
told = contract.event("Told", Told)


class Shop:
    """Reads a row, asks a function, writes, and waits for an answer."""

    def __init__(self) -> None:
        self.read = get_item("Read", table, key={"PK": "1"})
        self.ask = invoke("Ask", Function("Ask", Answer), {"all": "of it"})
        self.write = update_item(
            "Write",
            table,
            key={"PK": "1"},
            update=put(places=1),
            condition=attr("PK").exists(),
            returns="NONE",
        )
        self.wait = put_events(
            "Wait", told(token=context.task.token), wait_for_token=True, timeout=Placeholder("Seconds")
        )
        self.full = put_events("Say full", told(token="none"))
        fine = choice("Fine?", (self.ask.Payload.fine, self.write), otherwise=self.full)
        self.read >> choice("Open?", (self.read.Item.open, self.ask >> fine), otherwise=self.full)
        self.write >> self.wait >> end
        self.write.catch(CONDITIONAL_CHECK_FAILED, to=self.full)
        self.wait.catch("States.Timeout", to=self.full)
        self.full >> end
        self.machine = StateMachine("Shop", start=self.read)

    def good(self, **changes: Response) -> Case:
        responses: dict[Where, Response] = {
            "Read": returns({"Item": table.values({"open": True})}),
            "Ask": returns({"Payload": {"fine": True}}),
            "Write": returns({}),
            "Wait": returns({}),
        }
        return Case("Good", {}, responses | {name.title(): response for name, response in changes.items()})


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_case_becomes_a_case_of_the_mock_configuration(shop: Shop) -> None:
    config = mock_config(CaseBook(shop.machine, [shop.good()]))
    assert json.loads(json.dumps(config)) == {
        "StateMachines": {
            "Shop": {
                "TestCases": {
                    "Good": {
                        "Read": "Good.Read",
                        "Ask": "Good.Ask",
                        "Write": "Good.Write",
                        "Wait": "Good.Write",
                        "Say full": "Unmocked.SayFull",
                    }
                }
            }
        },
        "MockedResponses": {
            "Good.Read": {"0": {"Return": {"Item": {"open": {"BOOL": True}}}}},
            "Good.Ask": {"0": {"Return": {"Payload": {"fine": True}}}},
            "Good.Write": {"0": {"Return": {}}},
            "Unmocked.SayFull": {
                "0": {"Throw": {"Error": "Unmocked", "Cause": "the test case has no response for 'Say full'"}}
            },
        },
    }


def test_replies_follow_one_another_over_the_retries() -> None:
    response = throws("Sts.Busy", "later").then(throws("Sts.Broken", times=3)).then(returns({"Account": "1"}))
    assert list(response.document()) == ["0", "1-3", "4"]
    assert response.document()["1-3"] == {"Throw": {"Error": "Sts.Broken", "Cause": "mocked"}}


def test_a_task_that_is_left_to_the_real_service_is_not_in_the_configuration(shop: Shop) -> None:
    config = json.loads(json.dumps(mock_config(CaseBook(shop.machine, [shop.good(wait=unmocked())]))))
    assert "Wait" not in config["StateMachines"]["Shop"]["TestCases"]["Good"]


def refused(shop: Shop, case: Case, says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        CaseBook(shop.machine, [case])


def test_an_unknown_state_is_refused_with_the_closest_name(shop: Shop) -> None:
    refused(
        shop, shop.good().but("Odd", {"Wrte": returns({})}), r"no state 'Wrte' \(did you mean 'Write'\?\)"
    )


def test_a_state_that_is_no_task_has_no_answer(shop: Shop) -> None:
    refused(shop, shop.good().but("Odd", {"Open?": returns({})}), "'Open\\?' is a Choice state; only a task")


def test_a_task_on_every_way_needs_a_response(shop: Shop) -> None:
    refused(shop, shop.good().but("Odd", without=["Wait"]), "no way leads to an end: give .*'Wait'")


def test_a_response_that_is_never_asked_for_is_refused(shop: Shop) -> None:
    closed: dict[Where, Response] = {"Write": throws(CONDITIONAL_CHECK_FAILED), "Say full": SENT}
    refused(shop, shop.good().but("Odd", closed), "it never comes to 'Wait'")


SENT = returns({"Entries": [{"EventId": "1"}], "FailedEntryCount": 0})


@pytest.mark.parametrize(
    ("task", "answer", "says"),
    [
        ("read", {"Items": []}, r"has no 'Items' in its answer \(did you mean 'Item'\?\)"),
        ("read", {"Item": {"open": True}}, "answers an object as 'Item.open', not True"),
        ("read", {"Item": {"open": {"S": "yes"}}}, "answers Item.open as BOOL, not as S"),
        (
            "read",
            {"Item": {"open": {"BOOL": True, "S": ""}}},
            "one of DynamoDB's types as 'Item.open', not BOOL, S",
        ),
        ("read", {"Item": {"places": {"N": "1"}}}, "does not ask for the attribute 'places', only for open"),
        (
            "read",
            {"Item": {"opne": {"BOOL": True}}},
            r"no attribute 'opne' in Item \(did you mean 'open'\?\)",
        ),
        ("write", {"Attributes": {"places": {"N": "1"}}}, "asks for no attributes"),
        ("ask", {"StatusCode": 200}, "answers what its function returned as 'Payload'"),
        ("ask", {"StatusCode": "200", "Payload": {"fine": True}}, "answers a integer as 'StatusCode'"),
        ("ask", {"Payload": {"fine": "yes"}}, "answers a Answer, which takes a boolean as Payload.fine"),
        ("ask", {"Payload": {"fine": True, "odd": 1}}, "has no field 'Payload.odd'"),
    ],
)
def test_an_answer_must_be_one_of_the_tasks_service(
    shop: Shop, task: str, answer: dict[str, object], says: str
) -> None:
    refused(shop, shop.good(**{task: returns(answer)}), says)  # type: ignore[arg-type]  # that is the point


def test_a_number_of_dynamodb_is_digits_in_a_text(shop: Shop) -> None:
    row: dict[str, Payload] = {"Item": {"open": {"BOOL": True}, "PK": {"N": "one"}}}
    refused(shop, shop.good(read=returns(row)), "answers a number's digits as 'Item.PK.N'")


def test_what_comes_back_with_a_token_may_be_anything(shop: Shop) -> None:
    CaseBook(shop.machine, [shop.good(wait=returns({"anything": ["at", "all"]}))])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("Lambda.ServiceException", "calls DynamoDB, so it cannot fail with Lambda.ServiceException"),
        ("DynamoDB.ResourceNotFound", r"never fails with DynamoDB.ResourceNotFound \(did you mean"),
    ],
)
def test_an_error_must_be_one_of_the_tasks_service(shop: Shop, error: str, says: str) -> None:
    refused(shop, shop.good(read=throws(error)), says)


@pytest.mark.parametrize(
    "error",
    ["DynamoDB.ResourceNotFoundException", "DynamoDB.AmazonDynamoDBException", "States.Timeout", "Ours"],
)
def test_an_error_that_the_service_has_or_that_is_nobodys_is_taken(shop: Shop, error: str) -> None:
    case = Case("Broken", {}, {shop.read: throws(error)})
    CaseBook(shop.machine, [case])


def test_a_case_made_of_another_keeps_what_is_not_changed(shop: Shop) -> None:
    late: dict[Where, Response] = {shop.wait: throws("States.Timeout"), "Say full": SENT}
    changed = shop.good().but("Slow", late, input={"x": 1})
    assert changed["Read"] == shop.good()["Read"]
    assert changed[shop.wait].last.error == "States.Timeout"
    assert changed.input == {"x": 1}


def test_two_cases_of_one_name_are_refused(shop: Shop) -> None:
    with pytest.raises(DefinitionError, match="two cases 'Good'"):
        CaseBook(shop.machine, [shop.good(), shop.good()])


def test_a_case_is_refused_at_the_line_that_made_it(shop: Shop) -> None:
    with pytest.raises(DefinitionError, match=r"test_mocks\.py:\d+"):
        CaseBook(shop.machine, [shop.good().but("Odd", without=["Wait"])])


@pytest.mark.parametrize("name", ["", "1st", "a#b", "with space"])
def test_a_name_that_cannot_follow_an_arn_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match="cannot name a case"):
        Case(name, {}, {})


def test_a_reference_is_no_answer() -> None:
    with pytest.raises(DefinitionError, match="plain JSON, without references"):
        returns({"Item": view(Answer).fine})


def test_no_reply_is_given_less_than_once() -> None:
    with pytest.raises(DefinitionError, match="once or more often"):
        throws("Oops", times=0)


def test_a_fault_that_is_tried_again_needs_a_reply_to_each_attempt(shop: Shop) -> None:
    again = "DynamoDB.InternalServerErrorException"
    refused(shop, shop.good(read=throws(again)), "attempt 2 has no reply: .* with times=5")
    refused(shop, shop.good(read=throws(again, times=4)), "attempt 5 has no reply")
    read = shop.good()["Read"]
    CaseBook(shop.machine, [shop.good(read=throws(again, times=4).then(read))])
    CaseBook(shop.machine, [Case("Broken", {}, {shop.read: throws(again, times=5)})])


@pytest.mark.parametrize(
    ("caught", "error", "leads_on"),
    [
        ("States.TaskFailed", "CardDeclined", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.Timeout", "States.Timeout", True),
        ("States.ALL", "States.Timeout", True),
        ("States.ALL", "States.Runtime", False),
        ("States.ALL", "States.DataLimitExceeded", False),
    ],
)
def test_a_catcher_takes_the_errors_that_it_takes_on_aws(caught: str, error: str, leads_on: bool) -> None:
    pay = invoke("Pay", Function("Pay", Answer), {}, retry=[Retry(("States.TaskFailed",), max_attempts=2)])
    apologise = invoke("Apologise", Function("Apologise", Answer), {})
    pay >> end
    apologise >> end
    pay.catch(caught, to=apologise)
    machine = StateMachine("Till", start=pay)
    times = 3 if error == "CardDeclined" else 1
    case = Case(
        "Fails", {}, {pay: throws(error, times=times), apologise: returns({"Payload": {"fine": True}})}
    )
    if leads_on:
        assert CaseBook(machine, [case]).cases
    else:
        with pytest.raises(DefinitionError, match="never comes to"):
            CaseBook(machine, [case])


def test_a_task_without_a_response_fails_at_every_attempt() -> None:
    anything = get_item("Read", table, key={"PK": "1"}, retry=[Retry(("States.ALL",), max_attempts=2)])
    asked = invoke("Ask", Function("Ask", Answer), {})
    pick = choice("Pick", (view(Answer).fine, anything), otherwise=asked)
    anything >> end
    asked >> end
    machine = StateMachine("Picky", start=pick)
    config = mock_config(
        CaseBook(machine, [Case("Asked", {}, {asked: returns({"Payload": {"fine": True}})})])
    )
    responses = json.loads(json.dumps(config))["MockedResponses"]
    assert list(responses["Unmocked.Read"]) == ["0-2"]


def test_the_file_keeps_to_step_functions_locals_grammar() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html."""
    from workflows.cases import books

    config = json.loads(render(books))
    assert list(config) == ["StateMachines", "MockedResponses"]
    linked = set()
    for book in books:
        assert list(config["StateMachines"][book.machine.name]) == ["TestCases"]
        states = json.loads(book.machine.to_json(dict.fromkeys(book.machine.placeholders, 1)))["States"]
        tasks = {name for name, state in states.items() if state["Type"] == "Task"}
        for case, links in config["StateMachines"][book.machine.name]["TestCases"].items():
            assert set(links) <= tasks
            assert {name for name, response in book[case].by_name.items() if not response.is_real} <= set(
                links
            )
            linked |= set(links.values())
    assert linked == set(config["MockedResponses"])
    for replies in config["MockedResponses"].values():
        expected = 0
        for attempts, reply in replies.items():
            first, _, last = attempts.partition("-")
            assert attempts == str(int(first)) + (f"-{int(last)}" if last else "")
            assert int(first) == expected < (int(last) if last else expected + 1)
            expected = int(last or first) + 1
            assert set(reply) in ({"Return"}, {"Throw"})
            if "Throw" in reply:
                assert set(reply["Throw"]) == {"Error", "Cause"}
                assert all(isinstance(text, str) and text for text in reply["Throw"].values())


def test_only_cases_are_rendered() -> None:
    from workflows import order_manager

    with pytest.raises(DefinitionError, match="neither a CaseBook nor a sequence"):
        render(order_manager)


def test_every_case_of_the_workflows_says_what_it_shows() -> None:
    from workflows.cases import books

    for book in books:
        assert all(case.says for case in book.cases.values())


def test_a_loop_is_followed_on_every_visit() -> None:
    """The first visit fails and is caught, the way leads back, and the second visit succeeds."""
    from dsl import StateMachine, end, wait
    from dsl.lambda_ import Function, invoke

    ask = invoke("Ask", Function("Ask"), {}, retry=[])
    rest = wait("Rest", seconds=5)
    ask.catch("NotYet", to=rest)
    rest >> ask
    done = invoke("Done", Function("Done"), {}, retry=[])
    ask >> done >> end
    answer: dict[str, Payload] = {"StatusCode": 200, "Payload": {}}
    patient = Case("Patient", {}, {ask: throws("NotYet").then(returns(answer)), done: returns(answer)})
    hopeless = Case("Hopeless", {}, {ask: throws("NotYet", times=3)})
    asking = StateMachine("Asking", start=ask)
    CaseBook(asking, [patient])
    with pytest.raises(DefinitionError, match="no way leads to an end"):
        CaseBook(asking, [hopeless])


@pytest.mark.parametrize(
    ("answer", "payload", "fault"),
    [
        (None, {"anything": 1}, None),
        (None, "text", None),
        (Str, "text", None),
        (Str, 3, "answers a Str, and 3 is none"),
        (Answer, {"fine": True}, None),
        (Answer, {"fine": 1}, "answers a Answer, which takes a boolean as Payload.fine, not 1"),
        (Answer, "text", "answers what its function returned as 'Payload', an object"),
    ],
)
def test_a_function_answers_what_it_is_declared_to(answer: Any, payload: object, fault: str | None) -> None:
    ask = invoke("Ask", Function("Ask", answer), {})
    machine = StateMachine("M", ask >> end)
    case = Case("Case", {}, {ask: returns({"Payload": payload})})  # type: ignore[dict-item]
    if fault is None:
        assert CaseBook(machine, [case]).cases
    else:
        with pytest.raises(DefinitionError, match=re.escape(f"case 'Case': 'Ask' {fault}")):
            CaseBook(machine, [case])


def test_a_deleted_row_has_the_attributes_of_its_table() -> None:
    gone = delete_item("Delete", table, key={"PK": "1"}, returns="ALL_OLD")
    machine = StateMachine("M", gone >> end)
    case = Case("Case", {}, {gone: returns({"Attributes": {"closed": {"BOOL": True}}})})
    with pytest.raises(DefinitionError, match="'Delete' has no attribute 'closed' in Attributes"):
        CaseBook(machine, [case])

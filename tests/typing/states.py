"""What a type checker knows of states, tasks and machines. mypy reads this file; nothing runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack, assert_type

from dsl import (
    Anything,
    Array,
    Bool,
    CaughtError,
    Chain,
    Choice,
    Condition,
    Fail,
    Json,
    JsonObject,
    Number,
    Pass,
    Placeholder,
    Retry,
    Shape,
    StateMachine,
    Str,
    Succeed,
    Task,
    Wait,
    bedrock,
    choice,
    context,
    distributed_map,
    end,
    fail,
    glue,
    http,
    jsonata,
    map_,
    parallel,
    pass_,
    sdk,
    slot,
    sqs,
    stepfunctions,
    succeed,
    view,
    wait,
)
from dsl.dynamodb import (
    GetItem,
    Item,
    PutItem,
    StringSet,
    Table,
    TableCondition,
    Update,
    UpdateItem,
    add,
    attr,
    delete,
    delete_item,
    get_item,
    put_item,
    remove,
    set_,
    update_item,
)
from dsl.events import Contract, EventType, put_events
from dsl.intrinsics import IntrinsicCall, format_string, hash_of, math_add
from dsl.lambda_ import Function, Invoke, invoke
from dsl.mocks import Case, returns
from dsl.states.nesting import Map
from dsl.values.responses import ServiceResponse

if TYPE_CHECKING:
    from dsl.options import RequestOptions, TaskOptions


class Input(Shape):
    orderId: Str
    price: Number
    paid: Bool


class Row(Item):
    PK: Str
    count: Number
    open: Bool
    members: StringSet


class OtherRow(Item):
    id: Str


order = view(Input)
table = Table("RowTable", Row, partition_key="PK")
pause = wait("Pause", seconds=1)


def functions_return_their_states() -> None:
    assert_type(pause, Wait)
    assert_type(succeed("Done"), Succeed)
    assert_type(fail("Failed", error="E", cause="C"), Fail)
    assert_type(pass_("Make", output={"a": 1}), Pass)
    assert_type(choice("Decide", (order.paid, pause), otherwise=pause), Choice)


def states_lead_to_states() -> None:
    assert_type(pause >> succeed("Done"), Chain)
    assert_type(pause >> (pause >> pause) >> end, Chain)
    pause >> "Done"  # type: ignore[operator]
    pause >> None  # type: ignore[operator]
    pause >> order.orderId  # type: ignore[operator]


def a_choice_takes_pairs_and_says_what_happens_otherwise() -> None:
    choice("Decide", (order.paid, pause))  # type: ignore[call-arg]
    choice("Decide", (order.paid, end), otherwise=pause)  # type: ignore[arg-type]
    choice("Decide", (True, pause), otherwise=pause)  # type: ignore[arg-type]
    choice("Decide", (order.orderId, pause), otherwise=pause)  # type: ignore[arg-type]
    choice("Decide", order.paid, otherwise=pause)  # type: ignore[arg-type]
    choice("Decide", (order.paid, pause), otherwise="Pause")  # type: ignore[arg-type]


def a_catcher_returns_the_very_task() -> None:
    got = get_item("Get", table, key={"PK": "x"})
    assert_type(got.catch("States.ALL", to=pause), GetItem[Row])
    got.catch("States.ALL", to=pause, into=slot(CaughtError, "fault"))
    got.catch("States.ALL", to=end)  # type: ignore[arg-type]
    got.catch("States.ALL")  # type: ignore[call-arg]
    got.catch("States.ALL", to=pause, into=order)  # type: ignore[arg-type]


def items_know_their_attributes() -> None:
    got = get_item("Get", table, key={"PK": order.orderId})
    assert_type(got, GetItem[Row])
    assert_type(got.Item, Row)
    assert_type(got.Item.open, Bool)
    assert_type(got.Item.count, Number)
    got.Item.opne  # type: ignore[attr-defined]  # noqa: B018
    written = update_item("Write", table, key={"PK": "x"}, update=add("count", 1), returns="ALL_NEW")
    assert_type(written, UpdateItem[Row])
    assert_type(written.Attributes.members, StringSet)
    assert_type(put_item("Put", table, {"PK": "x"}), PutItem[Row])
    update_item("Write", table, key={"PK": "x"}, update=add("count", 1), returns="NEW")  # type: ignore[arg-type]
    get_item("Get", table, {"PK": "x"}, timeot=3)  # type: ignore[call-arg]
    get_item("Get", "RowTable", key={"PK": "x"})  # type: ignore[arg-type]


def conditions_on_attributes_are_of_their_own_kind() -> None:
    condition = (attr("count") > 3) & ~attr("members").exists() | (attr("members").size() < order.price)
    assert_type(condition, TableCondition)
    assert_type(order.orderId == attr("PK"), TableCondition)
    assert_type(order.price > attr("members").size(), TableCondition)
    condition & order.paid  # type: ignore[operator]
    choice("Decide", (condition, pause), otherwise=pause)  # type: ignore[arg-type]
    update_item("Write", table, {"PK": "x"}, set_(count=1), condition=order.paid)  # type: ignore[arg-type]


def updates_take_values() -> None:
    assert_type(set_(count=1, PK=order.orderId), Update)
    assert_type(remove("count"), Update)
    assert_type(delete("members", {order.orderId, "x"}), Update)
    add("members", "x")  # type: ignore[arg-type]
    delete("members", ["x"])  # type: ignore[arg-type]
    remove(attr("count"))  # type: ignore[arg-type]


def functions_know_their_answers() -> None:
    function = Function("Ask", Input)
    assert_type(function, Function[Input])
    asked = invoke("Ask", function, {"id": order.orderId})
    assert_type(asked, Invoke[Input])
    assert_type(asked.Payload.paid, Bool)
    invoke("Ask", function, order.orderId)  # type: ignore[arg-type]
    invoke("Ask", function, {}, wait_for_tokn=True)  # type: ignore[call-arg]
    invoke("Ask", function, {"a": object()})  # type: ignore[dict-item]
    invoke("Ask", function, {}, timeout="soon")  # type: ignore[arg-type]
    invoke("Ask", function, {}, timeout=Placeholder("Limit"))


def options_have_names_and_types() -> None:
    options: TaskOptions = {"timeout": 3, "retry": Retry(("States.ALL",)), "comment": "soon"}
    sqs.send_message("Tell", "url", "text", **options)
    sqs.send_message("Tell", "url", "text", wait_for_token=True, timeout=Placeholder("Limit"), heartbeat=9)
    sqs.send_message("Tell", "url", "text", tiemout=3)  # type: ignore[call-arg]
    sqs.send_message("Tell", "url", "text", timeout="soon")  # type: ignore[arg-type]
    sqs.send_message("Tell", "url", "text", retry="States.ALL")  # type: ignore[arg-type]
    sqs.send_message("Tell", "url", "text", into="answer")  # type: ignore[arg-type]
    sqs.send_message("Tell", "url", "text", wait_for_token="yes")  # type: ignore[arg-type]
    put_item("Put", table, {"PK": "x"}, heartbeat=3)  # type: ignore[call-arg]
    put_item("Put", table, {"PK": "x"}, timeout=1.5)  # type: ignore[arg-type]
    glue.start_job_run("Run", "job", wait_for_token=True)  # type: ignore[call-arg]
    parallel("Both", pause >> end, timeout=3)  # type: ignore[call-arg]
    parallel("Both", pause >> end, output="x")  # type: ignore[arg-type]
    jsonata.pass_("Make", output={"a": 1}, assign={"b": 2})
    jsonata.pass_("Make", retry=())  # type: ignore[call-arg]
    jsonata.task("Call", "arn", assign="x")  # type: ignore[arg-type]


def a_function_of_one_s_own_hands_options_on(name: str, **options: Unpack[RequestOptions]) -> GetItem[Row]:
    return get_item(name, table, {"PK": "x"}, **options)


def what_is_answered_is_of_the_declared_kind() -> None:
    assert_type(http.invoke("Ask", "https://a", connection="arn"), http.HttpInvoke[Anything])
    assert_type(http.invoke("Ask", "https://a", connection="arn", answer=Input), http.HttpInvoke[Input])
    assert_type(http.invoke("Ask", "https://a", connection="arn", answer=Input).ResponseBody.paid, Bool)
    assert_type(bedrock.invoke_model("Ask", "model", {}), bedrock.InvokeModel[Anything])
    assert_type(bedrock.invoke_model("Ask", "model", {}, answer=Input).Body, Input)
    started = stepfunctions.start_execution("Start", "arn", {}, wait=True, answer=Input)
    assert_type(started, stepfunctions.StartExecution[Input])
    assert_type(started.Output.price, Number)
    assert_type(Function("Ask"), Function[Anything])
    assert_type(map_("Each", pause), Map[Anything])
    http.invoke("Ask", "https://a", connection="arn", answer=str)  # type: ignore[type-var]


def tasks_of_several_tables_stand_in_one_case() -> None:
    other = Table("OtherTable", OtherRow, partition_key="id")
    removed = delete_item("Remove", other, {"id": "x"})
    Case("Case", {}, {get_item("Get", table, {"PK": "x"}): returns({}), removed: returns({})})


def events_know_their_details() -> None:
    event = Contract("Bus", source="test").event("Order", Input)
    assert_type(event, EventType[Input])
    assert_type(event.detail.orderId, Str)
    assert_type(put_events("Tell", event(orderId="x")), Task)
    put_events("Tell", event)  # type: ignore[arg-type]


def calls_take_a_resource() -> None:
    assert_type(sdk.call("Call", "sfn:stopExecution", {}, resource="arn"), sdk.CallAwsService)
    sdk.call("Call", "sfn:stopExecution")  # type: ignore[call-arg]
    answer = sdk.call("Call", "mediaconvert:getJob", {"Id": "1"}, resource="arn").result
    assert_type(answer.Job.Status == "COMPLETED", Condition)
    assert_type(answer.Job.Messages.Info[0], ServiceResponse)


def runs_and_branches_are_read_as_what_they_hand_on() -> None:
    price = invoke("Price", Function("Price", Input), {})
    each = map_("Each", price >> end(price.Payload), items=None, answer=Input)
    assert_type(each, Map[Input])
    assert_type(each.result[0], Input)
    assert_type(each.result.pick(lambda one: one.price), Array[Number])
    assert_type(each.result[0:2], Array[Input])
    unknown = distributed_map("Night", pause >> end)
    assert_type(unknown, Map[Anything])
    assert_type(unknown.result[0]["field"], Anything)
    both = parallel("Both", pause >> end, price >> end(price.Payload))
    assert_type(both.result[1], Anything)
    assert_type(view(Input, both.result[1]).price, Number)
    view(Input, order.price)  # type: ignore[arg-type]


def retries_take_tuples() -> None:
    Retry(("States.ALL",))
    Retry("States.ALL")  # type: ignore[arg-type]
    get_item("Get", table, {"PK": "x"}, retry=Retry(("States.ALL",)))


def calls_of_functions_are_values() -> None:
    assert_type(format_string("{}", order.orderId), IntrinsicCall)
    math_add(1.5, 2)  # type: ignore[arg-type]
    math_add("1", 2)  # type: ignore[arg-type]
    hash_of(["x"], "MD5")  # type: ignore[arg-type]


def machines_compile_to_json() -> None:
    machine = StateMachine("Machine", pause)
    assert_type(machine.definition(), JsonObject)
    assert_type(machine.policy({"Name": "x", "Limit": 3}), JsonObject)
    assert_type(machine.to_json(), str)
    assert_type(machine.placeholders, frozenset[str])
    _: Json = machine.definition()["States"]
    machine.definition({"Limit": 1.5})  # type: ignore[dict-item]
    StateMachine("Machine", end)  # type: ignore[arg-type]
    StateMachine("Machine")  # type: ignore[call-arg]


def waits_last_for_seconds_or_until_a_time() -> None:
    wait("Pause", seconds=1.5)  # type: ignore[arg-type]
    wait("Pause", until=3)  # type: ignore[arg-type]
    fail("Failed", error="E")  # type: ignore[call-arg]
    succeed("Done", output=context.execution.id)

"""Definitions with a single read that leads nowhere, and what is said about it, to the letter."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity
from tests.asl.checking.flows import (
    catch,
    choice,
    found,
    function,
    given,
    jsonata,
    machine,
    mapping,
    messages,
    parallel,
    passing,
    task,
)

SUCCEED: dict[str, object] = {"Type": "Succeed"}

CASES = [
    pytest.param(
        machine(
            Cap=task("aws-sdk:sfn:listExecutions", ResultPath="$.isCapacityAvailable"),
            Use=passing(InputPath="$.isCapacityAvailable[20]"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.isCapacityAvailable[20] is never there: $.isCapacityAvailable is an object (what "
            "aws-sdk:sfn:listExecutions answers), not an array, so it has no element [20]. The "
            "execution fails here on the route Cap → Use. Write $.isCapacityAvailable.Executions[20]."
        ),
        id="an element of an object that holds a list",
    ),
    pytest.param(
        machine(Start=given("orderId"), Use=passing(Parameters={"deep": {"id.$": "$.orderid"}})),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/Parameters/deep/id.$",
        (
            '$.orderid is never there: the state\'s input has no field "orderid"; it has orderId. The '
            "execution fails here on the route Start → Use. Write $.orderId."
        ),
        id="a misspelt field",
    ),
    pytest.param(
        machine(Start=given("orderId"), Shop=task("dynamodb:getItem"), Use=passing(InputPath="$.orderId")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.orderId is never there: the state's input (what dynamodb:getItem answers) has no "
            'field "orderId"; it has Item, ConsumedCapacity, SdkHttpMetadata and '
            "SdkResponseMetadata. The execution fails here on the route Start → Shop → Use. A task "
            "without a ResultPath replaces the data by its result: give it one to keep both."
        ),
        id="the input after a task that replaces it",
    ),
    pytest.param(
        machine(Cap=task("aws-sdk:sfn:listExecutions"), Use=passing(InputPath="$.executions")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.executions is never there: the state's input (what aws-sdk:sfn:listExecutions "
            'answers) has no field "executions"; it has Executions, NextToken, SdkHttpMetadata and '
            "SdkResponseMetadata. The execution fails here on the route Cap → Use. Write "
            "$.Executions."
        ),
        id="a member of a service in the wrong case",
    ),
    pytest.param(
        machine(
            Shop=task("dynamodb:getItem", ResultPath="$.shop"), Use=passing(InputPath="$.shop.Item.open.Bool")
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.shop.Item.open.Bool is never there: $.shop.Item.open has no field "Bool"; it has S, '
            "N, B, SS, NS, BS and 4 more. The execution fails here on the route Shop → Use. Write "
            "$.shop.Item.open.BOOL."
        ),
        id="DynamoDB's type in the wrong case",
    ),
    pytest.param(
        machine(
            Shop=task("dynamodb:getItem", ResultPath="$.shop"), Use=passing(InputPath="$.shop.Item.order.id")
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.shop.Item.order.id is never there: $.shop.Item.order has no field "id"; it has S, N, '
            "B, SS, NS, BS and 4 more. The execution fails here on the route Shop → Use. Write "
            "$.shop.Item.order.M.id."
        ),
        id="DynamoDB's JSON without its types",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            Shop=task("dynamodb:getItem", ResultPath="$.shop"),
            Use=passing(InputPath="$.Item.open.BOOL"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.Item.open.BOOL is never there: the state\'s input has no field "Item"; it has a and '
            "shop. The execution fails here on the route Start → Shop → Use. Write "
            "$.shop.Item.open.BOOL."
        ),
        id="a field that lies one deeper",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            Shop=task("dynamodb:getItem", ResultPath="$.shop"),
            Use=passing(InputPath="$.shop.open.BOOL"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.shop.open.BOOL is never there: $.shop (what dynamodb:getItem answers) has no field "
            '"open"; it has Item, ConsumedCapacity, SdkHttpMetadata and SdkResponseMetadata. The '
            "execution fails here on the route Start → Shop → Use. Write $.shop.Item.open.BOOL."
        ),
        id="a row without its Item",
    ),
    pytest.param(
        machine(L=task("lambda:invoke"), Use=passing(InputPath="$.ok")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.ok is never there: the state\'s input (what lambda:invoke answers) has no field "ok"; '
            "it has StatusCode, FunctionError, LogResult, Payload, ExecutedVersion, "
            "DurableExecutionArn and 2 more. The execution fails here on the route L → Use. Write "
            "$.Payload.ok if the function returns it, or give the task a ResultPath if the input "
            "holds it."
        ),
        id="a function's answer without Payload",
    ),
    pytest.param(
        machine(L=task("lambda:invoke"), Use=passing(InputPath="$.payload.ok")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.payload.ok is never there: the state's input (what lambda:invoke answers) has no "
            'field "payload"; it has StatusCode, FunctionError, LogResult, Payload, ExecutedVersion, '
            "DurableExecutionArn and 2 more. The execution fails here on the route L → Use. Write "
            "$.Payload.ok."
        ),
        id="Payload in small letters",
    ),
    pytest.param(
        machine(S=task("sqs:sendMessage", ResultSelector={"id.$": "$.MessageID"})),
        {},
        "PATH_NEVER_THERE",
        "/States/S/ResultSelector/id.$",
        (
            "$.MessageID is never there: the state's result (what sqs:sendMessage answers) has no "
            'field "MessageID"; it has MD5OfMessageBody, MD5OfMessageAttributes, '
            "MD5OfMessageSystemAttributes, MessageId, SequenceNumber, SdkHttpMetadata and 1 more. "
            "The execution fails here on the route S. Write $.MessageId."
        ),
        id="a misspelt member in ResultSelector",
    ),
    pytest.param(
        machine(Start=given("orderId"), S=task("sqs:sendMessage", ResultSelector={"id.$": "$.orderId"})),
        {},
        "PATH_NEVER_THERE",
        "/States/S/ResultSelector/id.$",
        (
            "$.orderId is never there: the state's result (what sqs:sendMessage answers) has no "
            'field "orderId"; it has MD5OfMessageBody, MD5OfMessageAttributes, '
            "MD5OfMessageSystemAttributes, MessageId, SequenceNumber, SdkHttpMetadata and 1 more. "
            "The execution fails here on the route Start → S. ResultSelector reads the result alone, "
            "not the input; a ResultPath keeps both."
        ),
        id="the input in ResultSelector",
    ),
    pytest.param(
        machine(Start=given("a"), S=passing(Result={"x": 1}, ResultPath="$.b", OutputPath="$.c")),
        {},
        "PATH_NEVER_THERE",
        "/States/S/OutputPath",
        (
            '$.c is never there: the state\'s output has no field "c"; it has a and b. The execution '
            "fails here on the route Start → S. Read what is there, or make it before."
        ),
        id="OutputPath",
    ),
    pytest.param(
        machine(Start=given("a"), S=passing(OutputPath=None), Use=passing(InputPath="$.a")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.a is never there: the state\'s input has no field "a"; it is empty. The execution '
            'fails here on the route Start → S → Use. Keep "a" in the data on the way to here, or do '
            "not read it."
        ),
        id="what OutputPath null threw away",
    ),
    pytest.param(
        machine(Start=given("a"), S=passing(InputPath=None), Use=passing(InputPath="$.a")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.a is never there: the state\'s input has no field "a"; it is empty. The execution '
            'fails here on the route Start → S → Use. Keep "a" in the data on the way to here, or do '
            "not read it."
        ),
        id="what InputPath null threw away",
    ),
    pytest.param(
        machine(
            P=parallel(machine(A=passing(Result={"x": 1})), machine(B=passing(Result={"y": 1}))),
            Use=passing(InputPath="$.y"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.y is never there: the state\'s input is an array, which has elements and no field "y". '
            "The execution fails here on the route P → Use. Write $[1].y."
        ),
        id="the output of a branch without its index",
    ),
    pytest.param(
        machine(
            P=parallel(machine(A=passing(Result={"x": 1})), machine(B=passing(Result={"y": 1}))),
            Use=passing(InputPath="$[2].y"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$[2].y is never there: the state's input has 2 elements, [0] to [1]. The execution "
            "fails here on the route P → Use. Read what is there, or make it before."
        ),
        id="a branch that is not there",
    ),
    pytest.param(
        machine(Start=given("id"), P=parallel(machine(A=passing(InputPath="$.idd")))),
        {},
        "PATH_NEVER_THERE",
        "/States/P/Branches[0]/States/A/InputPath",
        (
            '$.idd is never there: the state\'s input has no field "idd"; it has id. The execution '
            "fails here on the route Start → P → A. Write $.id."
        ),
        id="inside a branch",
    ),
    pytest.param(
        machine(
            Start=passing(Result={"l": [{"a": 1}]}),
            M=mapping(machine(A=passing(InputPath="$.b")), ItemsPath="$.l"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/M/ItemProcessor/States/A/InputPath",
        (
            '$.b is never there: the state\'s input has no field "b"; it has a. The execution fails '
            'here on the route Start → M → A. Keep "b" in the data on the way to here, or do not '
            "read it."
        ),
        id="inside a map",
    ),
    pytest.param(
        machine(
            Start=passing(Result={"l": [{"a": 1}]}),
            M=mapping(machine(A=passing()), ItemsPath="$.l"),
            Use=passing(InputPath="$.l"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.l is never there: the state\'s input is an array, which has elements and no field "l". '
            "The execution fails here on the route Start → M → Use. Name an element, such as $[0], "
            "or all of them: $[*]."
        ),
        id="the input after a map that replaces it",
    ),
    pytest.param(
        machine(
            Start=passing(Result={"l": [{"a": 1}]}),
            M=mapping(machine(A=passing()), ItemsPath="$.l", ItemSelector={"x.$": "$$.Map.Item.Value.b"}),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/M/ItemSelector/x.$",
        (
            '$$.Map.Item.Value.b is never there: $$.Map.Item.Value has no field "b"; it has a. The '
            "execution fails here on the route Start → M. Read what is there, or make it before."
        ),
        id="the item of a map",
    ),
    pytest.param(
        machine(Start=passing(Result={"l": [{"a": 1}]}), M=mapping(machine(A=passing()), ItemsPath="$.k")),
        {},
        "PATH_NEVER_THERE",
        "/States/M/ItemsPath",
        (
            '$.k is never there: the state\'s input has no field "k"; it has l. The execution fails '
            'here on the route Start → M. Keep "k" in the data on the way to here, or do not read it.'
        ),
        id="ItemsPath",
    ),
    pytest.param(
        machine(
            Start=given("id"),
            W=function(Catch=catch("R"), Next="Done"),
            R=passing(InputPath="$.id", Next="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/R/InputPath",
        (
            '$.id is never there: the state\'s input (a caught error) has no field "id"; it has Error '
            "and Cause. The execution fails here on the route Start → W → R. A catcher without a "
            'ResultPath replaces the data by the error: give it one, such as "$.error".'
        ),
        id="the input after a catcher that replaces it",
    ),
    pytest.param(
        machine(
            W=function(Catch=catch("R", ResultPath="$.error"), Next="Done"),
            R=passing(InputPath="$.error.Cause.errorMessage", Next="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/R/InputPath",
        (
            "$.error.Cause.errorMessage is never there: $.error.Cause is a string, which has no "
            'field "errorMessage". The execution fails here on the route W → R. It is text: parse it '
            "with States.StringToJson($.error.Cause) in a state before, and read from that."
        ),
        id="a field of a cause, which is text",
    ),
    pytest.param(
        machine(
            Start=given("id"),
            W=function(ResultPath="$.r", Catch=catch("R", ResultPath="$.error")),
            R=passing(InputPath="$.r", Next="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/R/InputPath",
        (
            '$.r is missing on one route: the state\'s input has no field "r"; it has id and error. '
            "The execution fails here on the route Start → W → R. Write it on that route too, or do "
            "not come here without it."
        ),
        id="the result of a task that failed",
    ),
    pytest.param(
        machine(
            Start=given("id"),
            Ask=choice({"Variable": "$.r", "StringEquals": "x", "Next": "Done"}, default="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Ask/Choices[0]/Variable",
        (
            '$.r is never there: the state\'s input has no field "r"; it has id. The execution fails '
            'here on the route Start → Ask. Keep "r" in the data on the way to here, or do not read '
            "it."
        ),
        id="a comparison",
    ),
    pytest.param(
        machine(
            Start=given("id"),
            Ask=choice({"Variable": "$.id", "StringEqualsPath": "$.r", "Next": "Done"}, default="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Ask/Choices[0]/StringEqualsPath",
        (
            '$.r is never there: the state\'s input has no field "r"; it has id. The execution fails '
            'here on the route Start → Ask. Keep "r" in the data on the way to here, or do not read '
            "it."
        ),
        id="the other side of a comparison",
    ),
    pytest.param(
        machine(
            Ask=choice({"Variable": "$.r", "IsPresent": False, "Next": "Use"}, default="Done"),
            Use=passing(InputPath="$.r", Next="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.r is never there: the state\'s input has no field "r". The execution fails here on the '
            'route Ask → Use. Keep "r" in the data on the way to here, or do not read it.'
        ),
        id="what a choice has found missing",
    ),
    pytest.param(
        machine(
            Ask=choice({"Variable": "$.r", "IsPresent": True, "Next": "A"}, default="Use"),
            A=function(ResultPath="$.q"),
            Use=passing(InputPath="$.r.x", Next="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/Use/InputPath",
        (
            '$.r.x is missing on one route: the state\'s input has no field "r". The execution fails '
            "here on the route Ask → Use. Write it on that route too, or do not come here without it."
        ),
        id="what a choice has found missing on one way",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            Open=choice({"Variable": "$.a", "StringEquals": "x", "Next": "Claim"}, default="Use"),
            Claim=function(ResultPath="$.claim"),
            Use=passing(InputPath="$.claim.place"),
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/Use/InputPath",
        (
            '$.claim.place is missing on one route: the state\'s input has no field "claim"; it has '
            "a. The execution fails here on the route Start → Open → Use. Write it on that route "
            "too, or do not come here without it."
        ),
        id="a result that one way goes past",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            Open=choice({"Variable": "$.a", "StringEquals": "x", "Next": "Claim"}, default="Use"),
            Claim=function(ResultPath="$.claim"),
            Use=choice({"Variable": "$.claim", "StringEquals": "x", "Next": "Done"}, default="Done"),
            Done=SUCCEED,
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/Use/Choices[0]/Variable",
        (
            '$.claim is missing on one route: the state\'s input has no field "claim"; it has a. The '
            "execution fails here on the route Start → Open → Use. Write it on that route too, or "
            "test it with IsPresent before."
        ),
        id="a comparison with what one way goes past",
    ),
    pytest.param(
        machine(Start=given("a"), Use=passing(Parameters={"x.$": "States.Format('{}{}', $.a, $.b)"})),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/Parameters/x.$",
        (
            '$.b is never there: the state\'s input has no field "b"; it has a. The execution fails '
            'here on the route Start → Use. Keep "b" in the data on the way to here, or do not read '
            "it."
        ),
        id="an argument of a function",
    ),
    pytest.param(
        machine(
            Start=passing(Parameters={"x.$": "States.Format('{}', $.a)"}), Use=passing(InputPath="$.x.y")
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.x.y is never there: $.x is a string, which has no field "y". The execution fails here '
            "on the route Start → Use. It is text: parse it with States.StringToJson($.x) in a state "
            "before, and read from that."
        ),
        id="a field of a text that a function made",
    ),
    pytest.param(
        machine(Start=passing(Result={"x": 1}), Use=passing(InputPath="$.x[0]")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            "$.x[0] is never there: $.x is a number, which has no element [0]. The execution fails "
            "here on the route Start → Use. Read what is there, or make it before."
        ),
        id="an element of a number",
    ),
    pytest.param(
        machine(Start=passing(Result={"x": None}), Use=passing(InputPath="$.x.y")),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.x.y is never there: $.x is null, which has no field "y". The execution fails here on '
            "the route Start → Use. Read what is there, or make it before."
        ),
        id="a field of null",
    ),
    pytest.param(
        machine(
            Start=passing(Next="Use"), Use=passing(Parameters={"x.$": "$n"}), Set=passing(Assign={"n": 1})
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/Parameters/x.$",
        (
            "$n is never there: no state before has assigned it. The execution fails here on the "
            "route Start → Use. Assign it before this state."
        ),
        id="a variable that is assigned too late",
    ),
    pytest.param(
        machine(
            Ask=choice({"Variable": "$.a", "IsNull": True, "Next": "Set"}, default="Use"),
            Set=passing(Assign={"n": 1}),
            Use=passing(Parameters={"x.$": "$n"}),
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/Use/Parameters/x.$",
        (
            "$n is missing on one route: no state before has assigned it. The execution fails here "
            "on the route Ask → Use. Assign it on that route too."
        ),
        id="a variable that one way does not assign",
    ),
    pytest.param(
        machine(
            Start=passing(Assign={"m": 1}),
            P=parallel(machine(A=passing(Assign={"n": 1}))),
            Use=passing(Parameters={"x.$": "$m.y"}),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/Parameters/x.$",
        (
            '$m.y is never there: $m is a number, which has no field "y". The execution fails here '
            "on the route Start → P → Use. Read what is there, or make it before."
        ),
        id="a field of a variable that is a number",
    ),
    pytest.param(
        jsonata(Start=passing(Output={"id": 1}), Use=passing(Output={"x": "{% $states.input.idd %}"})),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/Output/x",
        (
            '$states.input.idd is never there: the state\'s input has no field "idd"; it has id. The '
            "execution fails here on the route Start → Use. Write $states.input.id."
        ),
        id="a path in JSONata",
    ),
    pytest.param(
        jsonata(S=task("sqs:sendMessage", Output="{% $states.result.messageId %}")),
        {},
        "PATH_NEVER_THERE",
        "/States/S/Output",
        (
            "$states.result.messageId is never there: the state's result (what sqs:sendMessage "
            'answers) has no field "messageId"; it has MD5OfMessageBody, MD5OfMessageAttributes, '
            "MD5OfMessageSystemAttributes, MessageId, SequenceNumber, SdkHttpMetadata and 1 more. "
            "The execution fails here on the route S. Write $states.result.MessageId."
        ),
        id="a result in JSONata",
    ),
    pytest.param(
        jsonata(
            W=function(Catch=catch("D", Output="{% $states.errorOutput.Message %}"), Next="D"), D=SUCCEED
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/W/Catch[0]/Output",
        (
            '$states.errorOutput.Message is never there: the caught error has no field "Message"; it '
            "has Error and Cause. The execution fails here on the route W. Read what is there, or "
            "make it before."
        ),
        id="a caught error in JSONata",
    ),
    pytest.param(
        machine(Start=given("a"), W={"Type": "Wait", "SecondsPath": "$.pause"}),
        {},
        "PATH_NEVER_THERE",
        "/States/W/SecondsPath",
        (
            '$.pause is never there: the state\'s input has no field "pause"; it has a. The execution '
            'fails here on the route Start → W. Keep "pause" in the data on the way to here, or do '
            "not read it."
        ),
        id="SecondsPath",
    ),
    pytest.param(
        machine(Start=given("a"), W=function(TimeoutSecondsPath="$.pause")),
        {},
        "PATH_NEVER_THERE",
        "/States/W/TimeoutSecondsPath",
        (
            '$.pause is never there: the state\'s input has no field "pause"; it has a. The execution '
            'fails here on the route Start → W. Keep "pause" in the data on the way to here, or do '
            "not read it."
        ),
        id="TimeoutSecondsPath",
    ),
    pytest.param(
        machine(Use=passing(InputPath="$.idd")),
        {
            "given": {
                "type": "object",
                "properties": {"id": {"type": "string"}},
                "additionalProperties": False,
            }
        },
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.idd is never there: the state\'s input has no field "idd"; it has id. The execution '
            "fails here on the route Use. Write $.id."
        ),
        id="declared input",
    ),
    pytest.param(
        machine(L=task("lambda:invoke", Parameters={}), Use=passing(InputPath="$.Payload.okay")),
        {
            "answers": {
                "L": {
                    "type": "object",
                    "properties": {"ok": {"type": "boolean"}},
                    "additionalProperties": False,
                }
            }
        },
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.Payload.okay is never there: $.Payload has no field "okay"; it has ok. The execution '
            "fails here on the route L → Use. Read what is there, or make it before."
        ),
        id="a declared answer",
    ),
    pytest.param(
        machine(L=function(), Use=passing(InputPath="$$.Execution.Input.idd")),
        {
            "given": {
                "type": "object",
                "properties": {"id": {"type": "string"}},
                "additionalProperties": False,
            }
        },
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$$.Execution.Input.idd is never there: $$.Execution.Input has no field "idd"; it has '
            "id. The execution fails here on the route L → Use. Write $$.Execution.Input.id."
        ),
        id="the execution's input in the context",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            S=task("states:startExecution.sync", ResultPath="$.r"),
            Use=passing(InputPath="$.r.Output.x"),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Use/InputPath",
        (
            '$.r.Output.x is never there: $.r.Output is a string, which has no field "x". The '
            "execution fails here on the route Start → S → Use. It is text: parse it with "
            "States.StringToJson($.r.Output) in a state before, and read from that."
        ),
        id="the text that .sync gives",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            M=mapping(
                machine(A=passing()),
                ItemReader={"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket.$": "$.b"}},
            ),
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/M/ItemReader/Parameters/Bucket.$",
        (
            '$.b is never there: the state\'s input has no field "b"; it has a. The execution fails '
            'here on the route Start → M. Keep "b" in the data on the way to here, or do not read it.'
        ),
        id="the parameters of an ItemReader",
    ),
    pytest.param(
        machine(
            Cap=task("aws-sdk:sfn:listExecutions", ResultPath="$.isCapacityAvailable"),
            Ask=choice(
                {"Variable": "$.isCapacityAvailable[20]", "IsPresent": True, "Next": "D"}, default="D"
            ),
            D=SUCCEED,
        ),
        {},
        "PATH_NEVER_THERE",
        "/States/Ask/Choices[0]/Variable",
        (
            "$.isCapacityAvailable[20] is never there: $.isCapacityAvailable is an object (what "
            "aws-sdk:sfn:listExecutions answers), not an array, so it has no element [20]. This test "
            "always comes out the same on the route Cap → Ask. Write "
            "$.isCapacityAvailable.Executions[20]."
        ),
        id="a test that can never hold",
    ),
    pytest.param(
        machine(
            Start=given("a"),
            Look=passing(InputPath="$.token", ResultPath="$.x"),
            Get=function(ResultPath="$.token", Next="Look"),
        ),
        {},
        "PATH_MISSING_ON_ROUTE",
        "/States/Look/InputPath",
        (
            '$.token is missing on one route: the state\'s input has no field "token"; it has a. The '
            "execution fails here on the route Start → Look. Write it on that route too, or do not "
            "come here without it."
        ),
        id="what only later rounds of a loop have",
    ),
]


@pytest.mark.parametrize(("document", "declared", "code", "location", "message"), CASES)
def test_a_read_that_leads_nowhere(
    document: dict[str, object],
    declared: dict[str, dict[str, object]],
    code: str,
    location: str,
    message: str,
) -> None:
    diagnostics = found(document, **declared)  # type: ignore[arg-type]
    assert diagnostics == [Diagnostic(Severity.WARNING, code, message, location)]


class TestOneFaultOneMessage:
    def test_what_is_missing_is_told_once_however_often_it_is_read(self) -> None:
        document = machine(
            Start=given("a"),
            First=function(Parameters={"x.$": "$.b.c", "y.$": "$.b.d"}, ResultPath="$.r"),
            Second=function(Parameters={"x.$": "$.b.c"}),
        )
        assert [item.location for item in found(document)] == ["/States/First/Parameters/x.$"]

    def test_different_faults_are_told_at_once(self) -> None:
        document = machine(
            Start=given("a"),
            First=function(Parameters={"x.$": "$.b"}, ResultPath="$.r"),
            Second=function(Parameters={"x.$": "$.c", "y.$": "$.r"}),
        )
        assert [item.location for item in found(document)] == [
            "/States/First/Parameters/x.$",
            "/States/Second/Parameters/x.$",
        ]

    def test_both_paths_of_a_fail_state(self) -> None:
        document = machine(
            Start=given("a"),
            Stop={"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "States.Format('{}', $.why)"},
        )
        assert [item.location for item in found(document)] == [
            "/States/Stop/ErrorPath",
            "/States/Stop/CausePath",
        ]


class TestRoutes:
    def test_the_shortest_route_is_shown(self) -> None:
        document = machine(
            Start=given("a"),
            Ask=choice(
                {"Variable": "$.a", "StringEquals": "x", "Next": "Long"},
                {"Variable": "$.a", "StringEquals": "y", "Next": "Add"},
                default="Use",
            ),
            Long=function(ResultPath="$.c", Next="Longer"),
            Longer=function(ResultPath="$.d", Next="Use"),
            Add=function(ResultPath="$.b", Next="Use"),
            Use=passing(InputPath="$.b"),
        )
        [only] = messages(document)
        assert "on the route Start → Ask → Use. " in only

    def test_a_route_that_no_execution_takes_is_not_shown(self) -> None:
        document = machine(
            Start=given("kind"),
            Ask=choice({"Variable": "$.kind", "StringEquals": "x", "Next": "Add"}, default="Again"),
            Add=function(ResultPath="$.b", Next="Again"),
            Again=choice(
                {"Variable": "$.kind", "StringEquals": "x", "Next": "Use"},
                {"Variable": "$.kind", "StringEquals": "y", "Next": "Other"},
                default="Done",
            ),
            Other=function(ResultPath="$.c", Next="Use"),
            Use=passing(InputPath="$.b", Next="Done"),
            Done=SUCCEED,
        )
        [only] = messages(document)
        assert "on the route Start → Ask → Again → Other → Use. " in only

    def test_a_long_route_is_shortened_in_its_middle(self) -> None:
        steps = {f"Step {i}": function(ResultPath=f"$.s{i}") for i in range(20)}
        [only] = messages(machine(Start=given("a"), **steps, Use=passing(InputPath="$.s20.x")))
        shown = "Start → Step 0 → Step 1 → Step 2 → ... → Step 17 → Step 18 → Step 19 → Use. "
        assert f"on the route {shown}" in only

    def test_a_second_way_that_a_catcher_opens(self) -> None:
        document = machine(
            Start=given("id"),
            Reserve=function(ResultPath="$.place", Catch=catch("Give back", ResultPath="$.error")),
            Pay=function(ResultPath="$.paid", Catch=catch("Give back", ResultPath="$.error"), Next="Done"),
            **{"Give back": function(Parameters={"place.$": "$.place.number"}, Next="Done"), "Done": SUCCEED},
        )
        [only] = found(document)
        assert only.code == "PATH_MISSING_ON_ROUTE"
        assert "on the route Start → Reserve → Give back. " in only.message

    def test_the_way_through_a_parallel_state_and_a_map(self) -> None:
        inner = machine(Cell=passing(InputPath="$.b"))
        document = machine(
            Start=passing(Result={"rows": [{"a": 1}]}),
            Both=parallel(machine(Rows=mapping(inner, ItemsPath="$.rows"))),
        )
        [only] = messages(document)
        assert "on the route Start → Both → Rows → Cell. " in only

    def test_what_a_branch_assigns_is_not_seen_outside(self) -> None:
        document = machine(
            Ask=choice({"Variable": "$.a", "IsNull": True, "Next": "Set"}, default="Both"),
            Set=passing(Assign={"n": 1}),
            Both=parallel(machine(A=passing(Assign={"n": 1}))),
            Use=passing(Parameters={"x.$": "$n"}),
        )
        [only] = messages(document)
        assert "on the route Ask → Both → Use. " in only

"""Small correct definitions that the tests of the checker break one field at a time."""

from __future__ import annotations

import copy

LAMBDA = "arn:aws:lambda:eu-west-1:123456789012:function:brew"
PUT_EVENTS = "arn:aws:states:::events:putEvents.waitForTaskToken"
ENTRY = {"Detail": {"token.$": "$$.Task.Token"}, "DetailType": "Ask", "Source": "bar", "EventBusName": "bar"}
INNER = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}

STATES: dict[tuple[str, str], dict[str, object]] = {
    ("Pass", "JSONPath"): {"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.a", "Next": "Done"},
    ("Pass", "JSONata"): {"Type": "Pass", "Output": {"a": "{% $states.input %}"}, "Next": "Done"},
    ("Task", "JSONPath"): {
        "Type": "Task",
        "Resource": LAMBDA,
        "Parameters": {"order.$": "$.order"},
        "ResultSelector": {"id.$": "$.id"},
        "TimeoutSeconds": 60,
        "HeartbeatSeconds": 20,
        "Retry": [
            {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5}
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Done"}],
        "Next": "Done",
    },
    ("Task", "JSONata"): {
        "Type": "Task",
        "Resource": LAMBDA,
        "Arguments": "{% $states.input %}",
        "TimeoutSeconds": "{% $states.input.limit %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Done"}],
        "Next": "Done",
    },
    ("Wait", "JSONPath"): {"Type": "Wait", "SecondsPath": "$.pause", "Next": "Done"},
    ("Wait", "JSONata"): {"Type": "Wait", "Seconds": "{% $states.input.pause %}", "Next": "Done"},
    ("Choice", "JSONPath"): {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.open", "BooleanEquals": True, "Next": "Done"},
            {
                "Not": {"Variable": "$.n", "NumericLessThanPath": "$.max"},
                "Next": "Done",
                "Assign": {"full": True},
            },
            {
                "And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "StringMatches": "x*"}],
                "Next": "Done",
            },
        ],
        "Default": "Done",
    },
    ("Choice", "JSONata"): {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.open %}", "Next": "Done", "Output": "{% 1 %}"}],
        "Default": "Done",
    },
    ("Succeed", "JSONPath"): {"Type": "Succeed", "InputPath": "$.a", "OutputPath": None},
    ("Succeed", "JSONata"): {"Type": "Succeed", "Output": "{% $states.input %}"},
    ("Fail", "JSONPath"): {
        "Type": "Fail",
        "ErrorPath": "$.error",
        "CausePath": "States.Format('{}', $.cause)",
    },
    ("Fail", "JSONata"): {"Type": "Fail", "Error": "{% $states.input.error %}", "Cause": "closed"},
    ("Parallel", "JSONPath"): {
        "Type": "Parallel",
        "Branches": [INNER],
        "ResultSelector": {"a.$": "$[0]"},
        "Next": "Done",
    },
    ("Parallel", "JSONata"): {"Type": "Parallel", "Branches": [INNER], "Arguments": {"a": 1}, "Next": "Done"},
    ("Map", "JSONPath"): {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 5,
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **INNER},
        "Next": "Done",
    },
    ("Map", "JSONata"): {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ToleratedFailurePercentage": 5.5,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Arguments": {"Bucket": "b", "Key": "k"},
        },
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, **INNER},
        "Next": "Done",
    },
}
"""A correct state of every type in both languages, to stand as `Here` in `machine`."""


def machine(state: dict[str, object], language: str = "JSONPath") -> dict[str, object]:
    """Return a machine that starts at `Here`, the given state, and can end at `Done`."""
    states = {"Here": copy.deepcopy(state)}
    if "Done" in str(state):
        states["Done"] = {"Type": "Succeed"}
    top = {} if language == "JSONPath" else {"QueryLanguage": language}
    return {**top, "StartAt": "Here", "States": states}


def callback(**changes: object) -> dict[str, object]:
    """Return a machine of one correct task that waits for its token, with some fields replaced (None takes one
    away)."""
    state: dict[str, object] = {
        "Type": "Task",
        "Resource": PUT_EVENTS,
        "Parameters": {"Entries": [ENTRY]},
        "TimeoutSeconds": 900,
        "End": True,
    }
    state |= changes
    return machine({name: value for name, value in state.items() if value is not None})

"""Small machines that show what engines do differently, and their test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepfunctions_local_client import JsonObject

BUS = "Flows"

retrying: JsonObject = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
            "Parameters": {},
            "Retry": [
                {"ErrorEquals": ["Sts.Flaky"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.0}
            ],
            "Catch": [
                {"ErrorEquals": ["States.Timeout"], "Next": "Late"},
                {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Refused"},
            ],
            "End": True,
        },
        "Late": {"Type": "Pass", "End": True},
        "Refused": {"Type": "Pass", "End": True},
    },
}


def writing() -> JsonObject:
    """Return the same with an optimised integration of DynamoDB."""
    call = dict(retrying["States"]["Call"])  # type: ignore[index,call-overload,arg-type]
    call |= {
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "none", "Item": {"PK": {"S": "1"}}},
    }
    return {"StartAt": "Call", "States": retrying["States"] | {"Call": call}}  # type: ignore[operator]


def waiting(**more: int) -> JsonObject:
    """Return a task that hands its token to the bus and waits, with a timeout or a heartbeat."""
    detail = {"TaskToken.$": "$$.Task.Token", "executionId.$": "$$.Execution.Id"}
    entry: JsonObject = {"DetailType": "Small", "EventBusName": BUS, "Source": "small", "Detail": {**detail}}
    return {
        "StartAt": "Wait",
        "States": {
            "Wait": {
                "Type": "Task",
                "Resource": "arn:aws:states:::events:putEvents.waitForTaskToken",
                "Parameters": {"Entries": [entry]},
                # LocalStack now and then drops a field of the entry and then refuses it.
                "Retry": [{"ErrorEquals": ["EventBridge.FailedEntry"], "MaxAttempts": 5, "BackoffRate": 1.0}],
                "TimeoutSeconds": 30,
                **more,
                "End": True,
            }
        },
    }


def looking(path: str) -> JsonObject:
    """Return a Pass state that reads a path."""
    return {
        "StartAt": "Look",
        "States": {"Look": {"Type": "Pass", "Parameters": {"it.$": path}, "End": True}},
    }


def comparing(variable: str, path: str) -> JsonObject:
    """Return a choice that compares what is at two paths."""
    return {
        "StartAt": "Mine?",
        "States": {
            "Mine?": {
                "Type": "Choice",
                "Choices": [{"Variable": variable, "StringEqualsPath": path, "Next": "Mine"}],
                "Default": "Other",
            },
            "Mine": {"Type": "Pass", "End": True},
            "Other": {"Type": "Pass", "End": True},
        },
    }


def saying(text: str) -> JsonObject:
    """Return a Pass state that puts out a text."""
    return {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": text, "End": True}}}


branching: JsonObject = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Grind", "States": {"Grind": {"Type": "Pass", "End": True}}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemsPath": "$.cups",
                            "ItemProcessor": {
                                "ProcessorConfig": {"Mode": "INLINE"},
                                "StartAt": "Rinse",
                                "States": {"Rinse": {"Type": "Pass", "End": True}},
                            },
                            "End": True,
                        }
                    },
                },
            ],
            "End": True,
        }
    },
}

looping: JsonObject = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
            "Parameters": {},
            "ResultPath": "$.cups",
            "Next": "More?",
        },
        "More?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.cups", "NumericLessThan": 2, "Next": "Ask"}],
            "Default": "Enough",
        },
        "Enough": {"Type": "Pass", "End": True},
    },
}

calling: JsonObject = {
    "StartAt": "Call",
    "States": {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::http:invoke",
            "Parameters": {
                "ApiEndpoint": "https://menu.test",
                "Method": "GET",
                "Authentication": {
                    "ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/menu/1"
                },
            },
            "End": True,
        }
    },
}

doubling: JsonObject = {
    "StartAt": "Say",
    "States": {"Say": {"Type": "Pass", "Parameters": {"twice.$": "States.Array($.t, $.t)"}, "End": True}},
}

resting: JsonObject = {
    "StartAt": "Rest",
    "TimeoutSeconds": 1,
    "States": {"Rest": {"Type": "Wait", "Seconds": 2, "End": True}},
}

failing: JsonObject = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Closed"}}}

dangling: JsonObject = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}}

late: JsonObject = {"Throw": {"Error": "States.Timeout", "Cause": "late"}}
refused: JsonObject = {"Throw": {"Error": "DynamoDB.ConditionalCheckFailedException", "Cause": "no"}}
flaky: JsonObject = {"Throw": {"Error": "Sts.Flaky", "Cause": "again"}}

mocks: JsonObject = {
    "StateMachines": {
        "Retrying": {"TestCases": {"Flaky": {"Call": "Small.Flaky"}, "Late": {"Call": "Small.Late"}}},
        "Writing": {"TestCases": {"Refused": {"Call": "Small.Refused"}}},
        "Looping": {"TestCases": {"Rounds": {"Ask": "Small.Rounds"}}},
        "Calling": {"TestCases": {"Answered": {"Call": "Small.Answered"}}},
        "Nothing": {"TestCases": {"Null": {"Call": "Small.Null"}}},
    },
    "MockedResponses": {
        "Small.Flaky": {"0": flaky, "1": {"Return": {"Account": "1"}}},
        "Small.Late": {"0": late},
        "Small.Refused": {"0": refused},
        "Small.Rounds": {"0": {"Return": 1}, "1": {"Return": 2}},
        "Small.Answered": {"0": {"Return": {"StatusCode": 200, "ResponseBody": "tea"}}},
        "Small.Null": {"0": {"Return": None}},
    },
}

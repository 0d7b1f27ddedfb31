"""Runs a Pulumi program in this process, without the Pulumi CLI, against the emulator or a recorder.

deployment = deploy(emulator.endpoint)           # creates what __main__.py declares
plan(emulator.endpoint)                          # what deploy would do, without doing it
recording = record(stack="alice")                # for tests: creates nothing, keeps the declarations
"""

from local.engine.deploy import DeployedResource, Deployment, deploy, destroy
from local.engine.errors import (
    EngineError,
    ProjectError,
    ProtectedError,
    ProtectedStackError,
    ResourceError,
    UnknownFunctionError,
    UnknownPropertyError,
    UnknownTypeError,
    UnsupportedRequestError,
)
from local.engine.monitor import ResourceEvent
from local.engine.planning import Plan, PlannedResource, plan
from local.engine.recorder import RecordedResource, Recording, record
from local.engine.registration import Options
from local.engine.state import StateFile, StateFileError

__all__ = [
    "DeployedResource",
    "Deployment",
    "EngineError",
    "Options",
    "Plan",
    "PlannedResource",
    "ProjectError",
    "ProtectedError",
    "ProtectedStackError",
    "RecordedResource",
    "Recording",
    "ResourceError",
    "ResourceEvent",
    "StateFile",
    "StateFileError",
    "UnknownFunctionError",
    "UnknownPropertyError",
    "UnknownTypeError",
    "UnsupportedRequestError",
    "deploy",
    "destroy",
    "plan",
    "record",
]

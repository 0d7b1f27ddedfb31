"""Runs a Pulumi program in this process, without the Pulumi CLI, against the emulator or a recorder.

deployment = deploy(emulator.endpoint)           # creates what __main__.py declares
recording = record(stack="alice")                # for tests: creates nothing, keeps the declarations
"""

from local.engine.deploy import DeployedResource, Deployment, deploy
from local.engine.errors import (
    EngineError,
    ProjectError,
    ReplacementNeededError,
    ResourceError,
    UnknownFunctionError,
    UnknownPropertyError,
    UnknownTypeError,
    UnsupportedRequestError,
)
from local.engine.monitor import ResourceEvent
from local.engine.recorder import RecordedResource, Recording, record
from local.engine.registration import Options

__all__ = [
    "DeployedResource",
    "Deployment",
    "EngineError",
    "Options",
    "ProjectError",
    "RecordedResource",
    "Recording",
    "ReplacementNeededError",
    "ResourceError",
    "ResourceEvent",
    "UnknownFunctionError",
    "UnknownPropertyError",
    "UnknownTypeError",
    "UnsupportedRequestError",
    "deploy",
    "record",
]

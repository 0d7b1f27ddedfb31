"""Runs a Pulumi program in this process, without the Pulumi CLI, against the emulator or a recorder.

deployment = deploy(emulator.endpoint)           # creates what __main__.py declares
plan(emulator.endpoint)                          # what deploy would do, without doing it
recording = record(stack="alice")                # for tests: creates nothing, keeps the declarations
"""

from local.deployer.deploy import DeployedResource, Deployment, deploy, destroy
from local.deployer.errors import (
    DeploymentError,
    ProjectError,
    ProtectedError,
    ProtectedStackError,
    ResourceError,
    UnknownFunctionError,
    UnknownPropertyError,
    UnknownTypeError,
    UnsupportedRequestError,
)
from local.deployer.monitor import ResourceEvent
from local.deployer.planning import Plan, PlannedResource, plan
from local.deployer.recorder import RecordedResource, Recording, record
from local.deployer.registration import Options
from local.deployer.state import StateFile, StateFileError

__all__ = [
    "DeployedResource",
    "Deployment",
    "DeploymentError",
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

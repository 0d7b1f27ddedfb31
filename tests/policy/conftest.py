"""The recorded resources of a local stack, a developer's own and a shared one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.recordings import recorded

if TYPE_CHECKING:
    from local.deployer import Recording

CONFIG = {
    "local": {},
    "dev": {"ownerEmail": "ana@example.com"},
    "prod": {
        "ownerEmail": "bar@example.com",
        "alarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
        "managerType": "EXPRESS",
        "logRetentionDays": "90",
    },
}


def declared(stack: str) -> Recording:
    """Return what the program declares in the stack of this name."""
    return recorded(stack, **CONFIG[stack])


@pytest.fixture(scope="session", params=list(CONFIG))
def recording(request: pytest.FixtureRequest) -> Recording:
    """Provide what the program declares in the stack of this name."""
    return declared(request.param)


@pytest.fixture(scope="session")
def shared() -> Recording:
    """Provide what the program declares in a stack that more than one person relies on."""
    return declared("prod")


@pytest.fixture(scope="session")
def lint() -> Any:
    """Provide the policy linter's function. Importing it leaves two files open, which is no fault of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("parliament", reason="parliament is not installed").analyze_policy_string

"""Step Functions of the local stack: the embedded engine in MiniStack's process, in front of its other services.

`mount` puts it in the place of MiniStack's own: requests of SDKs, rules and pipes that start executions, and what one
state machine asks of another all come to the engine; its tasks call MiniStack's services in the same process.
"""

from __future__ import annotations

from local.step_functions.mounting import mount

__all__ = ["mount"]

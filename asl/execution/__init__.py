"""Step Functions in this process: executions of definitions, without a server, without threads, in a time of its own.

    from asl.execution import Engine, TaskFault

    def answer(attempt):                                # any task of any state
        if attempt.state == "Charge" and attempt.number == 0:
            raise TaskFault("CardDeclined", "not enough money")
        return {"charged": attempt.arguments["amount"]}

    execution = Engine(answer).run(definition, {"amount": 3})
    execution.status, execution.output, execution.error, execution.cause
    [event.as_aws() for event in execution.history.events]

A task that waits for its token (or whose handler returns LATER) lets `run` come back only when its time-out is over;
to answer it, start the execution and settle the engine:

    execution = engine.start(engine.create(definition), {"orderId": "2"})
    engine.settle()                                     # all that can happen without anybody outside has happened
    engine.send_task_success(token, {"drink": "tea"})
    engine.advance(900)                                 # fifteen minutes pass

`asl.execution.api` speaks the service's API with the engine, `asl.execution.driving` lets it run in real time.
"""

from __future__ import annotations

from asl.execution.engine import Engine, Handler, Observer
from asl.execution.faults import RequestError, StateFault, TaskFault
from asl.execution.files import ReadRequest, WriteRequest
from asl.execution.program import MachineRevision
from asl.execution.records import Execution
from asl.execution.tasks import LATER, Attempt, Finished

__all__ = [
    "LATER",
    "Attempt",
    "Engine",
    "Execution",
    "Finished",
    "Handler",
    "MachineRevision",
    "Observer",
    "ReadRequest",
    "RequestError",
    "StateFault",
    "TaskFault",
    "WriteRequest",
]

"""What the client adds to an execution, beyond the engine's own time.

    python bench/flows.py [EXECUTIONS]

Runs a test case again and again on MiniStack. The engine's own time is what it says itself: from the execution's
start to its stop. The rest, from the call of `run` to the answer in hand, is the client's: the request that starts
it, finding out that it is over, and reading its history back.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dsl.mocks import mock_config
from stepfunctions_local_client import Client, Engine
from workflows.cases import processor_cases


def main(executions: int) -> None:
    text = {name: 60 if name.endswith("Seconds") else name for name in processor_cases.machine.placeholders}
    definition = processor_cases.machine.definition(text)
    case = processor_cases["HandedOver"]
    with Engine.start("ministack") as engine:
        client = Client(engine.endpoint)
        client.use_mocks(mock_config(processor_cases))
        machine = client.machine("OrderProcessorWorkflow", definition)
        machine.run(case.input, case=case.name)
        added, own = [], []
        for _ in range(executions):
            started = time.perf_counter()
            run = machine.run(case.input, case=case.name).expect_succeeded()
            assert run.seconds is not None
            own.append(run.seconds * 1000)
            added.append((time.perf_counter() - started - run.seconds) * 1000)
    added.sort()
    print(
        f"{executions} executions of {len(run.path)} states, {statistics.median(own):.0f} ms each on the engine"
    )
    print(
        f"added by the client: median {statistics.median(added):.1f} ms, "
        f"95 % under {added[int(len(added) * 0.95)]:.1f} ms, most {added[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)

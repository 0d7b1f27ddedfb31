"""What the checker takes for input that is meant to stop it: time, memory and output, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from bench.timing import Measure, measured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECONDS = 2
MEGABYTES = 300
OUTPUT = 1


def inputs() -> Iterator[tuple[str, str, str]]:
    """Yield what is given to it: its name, the name of the file, and the text."""
    yield "a path with 1,300 spaces", "path.asl.json", _machine(A=_pass(InputPath=f"$.a[{' ' * 1300}:"))
    yield "a bare word before 20,000 spaces", "word.asl.json", f"{{ word{' ' * 20_000}}}"
    times = ":".join("1" * 200_000)
    yield "400 KB of 1:1:1 in YAML", "times.asl.yaml", f"StartAt: A\nComment: {times}\nStates: {{}}\n"
    present = [{"Variable": f"$.a{i}", "IsPresent": True, "Next": "Done"} for i in range(16_000)]
    yield "a choice of 16,000 tests of presence", "presence.asl.json", _machine(Ask=_choice(present))
    equal = [{"Variable": "$.a", "NumericEquals": i, "Next": "Done"} for i in range(16_000)]
    yield "a choice of 16,000 numbers", "numbers.asl.json", _machine(Ask=_choice(equal))
    tests = [{"Variable": f"$.a{i}", "NumericEquals": i} for i in range(8_000)]
    yield "an And of 8,000", "and.asl.json", _machine(Ask=_choice([{"And": tests, "Next": "Done"}]))
    names = [f"S{i}" for i in range(80)]
    states: dict[str, object] = {
        name: _choice(
            [{"Variable": f"$.{name}", "NumericEquals": j, "Next": to} for j, to in enumerate(names)]
        )
        for name in names
    }
    yield "80 choices, each to all of them", "mesh.asl.json", _machine(**states)
    yield "a million documents in one YAML file", "documents.asl.yaml", "---\n" * 1_000_000
    value = "y" * 100_000
    used = _machine(A=_pass(Result=["${x}"] * 40_000))
    template = {"DefinitionString": used, "DefinitionSubstitutions": {"x": value}}
    yield "100 KB put in 40,000 times", "substituted.json", _template(template)
    together: object = {"Fn::Sub": ["${x}" * 40_000, {"x": value}]}
    yield "the same by Fn::Sub", "sub.json", _template({"DefinitionString": together})
    together = {"Fn::Join": [value, ["a"] * 40_000]}
    yield "the same by Fn::Join", "join.json", _template({"DefinitionString": together})
    doubled = ",".join(f'"k{i}":1,"k{i}":2' for i in range(200))
    deep = f'{{"StartAt":"A","States":{"[" * 600_000}{{{doubled}}}{"]" * 600_000}}}'
    yield "600,000 levels, with 200 doubled keys", "deep.asl.json", deep


def _machine(**states: object) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": {**states, "Done": {"Type": "Succeed"}}})


def _pass(**fields: object) -> dict[str, object]:
    return {"Type": "Pass", **fields, "Next": "Done"}


def _choice(rules: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {"Type": "Choice", "Choices": rules, "Default": "Done"}


def _template(properties: Mapping[str, object]) -> str:
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    return json.dumps({"Resources": {"Machine": machine}})


def measures() -> Iterator[Measure]:
    """Return everything that is measured here."""
    memory, output = [], []
    with TemporaryDirectory() as folder:
        for name, file, text in inputs():
            path = Path(folder, file)
            path.write_text(text, encoding="utf-8")
            seconds, megabytes, written = _validated(path)
            memory.append(megabytes)
            output.append(written)
            yield measured(name, [seconds], "s", bar=SECONDS)
    yield measured("all of these: most memory", [max(memory)], "MB", bar=MEGABYTES)
    yield measured("all of these: most output", [max(output)], "MB", bar=OUTPUT)


def _validated(path: Path) -> tuple[float, float, float]:
    """Return the seconds of the processor, the memory and the output of one check, in MB."""
    with TemporaryFile() as printed:
        command = [sys.executable, "-m", "asl", "validate", str(path)]
        running = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        seconds = used.ru_utime + used.ru_stime
        return seconds, used.ru_maxrss / 1024, printed.seek(0, os.SEEK_END) / 1e6

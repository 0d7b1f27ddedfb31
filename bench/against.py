"""`python -m bench.against CHECKOUT`: measure this code beside that of another checkout, in turns, and print ratios.

The other one may be of any commit that has `bench/compiling.py`: `git worktree add ../before 9fd3c78`. Both check the
definitions that are found in the other one, each in processes of its own, so that what else the machine does falls on
both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent.parent
_MEASURING = """
import json, sys, time
before = time.process_time()
import dsl
found = {"import dsl": (time.process_time() - before) * 1000}
from bench.compiling import both_workflows
try:
    from asl.checking import validate
except ImportError:
    from dsl.validation import validate
with open(sys.argv[1]) as file:
    documents = json.load(file)

def check():
    for document in documents:
        validate(document)

for name, action, runs, parts in (
    ("both workflows, warm: build, compile, check", both_workflows(), 31, 1),
    ("a definition, mean of all, warm", check, 9, len(documents)),
):
    action()
    action()
    taken = []
    for _ in range(runs):
        before = time.process_time()
        action()
        taken.append((time.process_time() - before) * 1000 / parts)
    found[name] = min(taken)
print(json.dumps(found))
"""
_DEFINITIONS = "import json; from bench.compiling import examples; print(json.dumps(examples(), default=str))"


def _run(checkout: Path, code: str, byte_code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": byte_code}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{checkout} cannot be measured:\n{done.stderr}")
    return done.stdout


def main(arguments: list[str]) -> int:
    """Measure both checkouts in turns."""
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=5, help="how many processes of each (5)")
    chosen = parser.parse_args(arguments)
    other: Path = chosen.checkout.resolve()
    taken: dict[str, tuple[list[float], list[float]]] = {}
    with TemporaryDirectory() as folder:
        documents = Path(folder, "definitions.json")
        documents.write_text(_run(other, _DEFINITIONS, folder), encoding="utf-8")
        for _ in range(chosen.rounds + 1):
            for side, checkout in enumerate((other, HERE)):
                found: dict[str, float] = json.loads(_run(checkout, _MEASURING, folder, str(documents)))
                for name, value in found.items():
                    taken.setdefault(name, ([], []))[side].append(value)
    for name, (theirs, ours) in taken.items():
        before, now = statistics.median(theirs[1:]), statistics.median(ours[1:])
        print(f"{name:45} {before:8.3g} ms before, {now:8.3g} ms now: {now / before:.2f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

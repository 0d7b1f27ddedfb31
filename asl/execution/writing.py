"""The results of a map run: written by the engine's writer, or transformed and handed on.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.execution.faults import RESULT_WRITER_FAILED, StateFault
from asl.execution.files import WriteRequest
from asl.execution.records import SUCCEEDED
from asl.execution.values import dump

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.execution.program import MapRequest
    from asl.execution.records import Execution, Visit


def write(visit: Visit, writer: MapRequest, run: str, children: Sequence[Execution]) -> Any:
    """Return what a Map state with a ResultWriter results in. Raises StateFault if nothing can be written."""
    kind = writer.config.get("Transformation", "NONE")
    done = [child for child in children if child.status == SUCCEEDED]
    results = [child.described() if kind == "NONE" else child.output for child in done]
    if kind == "FLATTEN":
        results = [part for result in results for part in (result if isinstance(result, list) else [result])]
    if writer.resource is None:
        return results if kind != "NONE" else [child.described() for child in children]
    sight = visit.sight(visit.data)
    place = {} if writer.arguments is None else writer.arguments(sight)
    bucket, prefix = str(place.get("Bucket", "")), str(place.get("Prefix", "")).strip("/")
    store = visit.engine.writer
    if store is None:
        raise StateFault(
            RESULT_WRITER_FAILED, f"the engine was given nothing that writes to {bucket}: give it writer="
        )
    folder = "/".join(filter(None, [prefix, run.rpartition(":")[2]]))
    lines = writer.config.get("OutputType") == "JSONL"
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    kept = {
        "SUCCEEDED": results,
        "FAILED": [child.described() for child in children if child.status != SUCCEEDED],
    }
    try:
        for name, content in kept.items():
            if content:
                text = "\n".join(map(dump, content)) if lines else dump(content)
                key = f"{folder}/{name}_0.{'jsonl' if lines else 'json'}"
                store(WriteRequest(bucket, key, text))
                files[name].append({"Key": key, "Size": len(text.encode())})
        key = f"{folder}/manifest.json"
        manifest = {"DestinationBucket": bucket, "MapRunArn": run, "ResultFiles": files}
        store(WriteRequest(bucket, key, dump(manifest)))
    except (OSError, LookupError, ValueError) as error:
        raise StateFault(RESULT_WRITER_FAILED, str(error)) from None
    return {"MapRunArn": run, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}

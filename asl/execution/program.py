"""A definition made ready to run: each state prepared when it is first entered, and kept.

What a definition may hold is the checker's business; here a definition is taken as one that AWS accepts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from asl.execution.limits import Limit
from asl.execution.paths import compile_path
from asl.execution.retrying import Catcher, Retrier
from asl.execution.templates import constant, dynamic, selected, template, written
from asl.expressions import JSON_PATH, JSONATA
from asl.services.resources import Resource, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.execution.comparisons import Test
    from asl.execution.templates import Filler


def resource_of(arn: str) -> Resource:
    """Return what a task calls; a function, where the text is none of AWS's ARNs."""
    return parse(arn) or Resource("function", arn=arn)


class PreparedRule(NamedTuple):
    """A rule of a Choice state."""

    test: Test
    next: str
    assign: Filler | None
    output: Filler | None


class PreparedState:
    """A state, prepared. What it has not is None."""

    __slots__ = (
        "arguments", "assign", "catchers", "cause", "credentials", "default", "end", "error", "heartbeat",
        "input_path", "language", "limits", "map", "name", "next", "output", "output_path", "raw", "resource",
        "result", "result_path", "result_selector", "retriers", "rules", "scopes", "timeout", "type", "until",
    )  # fmt: skip

    def __init__(self, name: str, raw: Mapping[str, Any], language: str) -> None:
        self.name = name
        scope_language = language  # that of the machine; a state's own choice does not reach its inner states
        self.raw = raw
        self.type: str = raw["Type"]
        self.language: str = raw.get("QueryLanguage", language)
        self.next: str | None = raw.get("Next")
        self.end = bool(raw.get("End")) or self.type in ("Succeed", "Fail")
        self.arguments: Filler | None = None
        self.input_path: Filler | None = None
        self.output_path: Filler | None = None
        self.output: Filler | None = None
        self.result_selector: Filler | None = None
        self.result_path: tuple[str | int, ...] | None = ()
        """Where the result goes; None if it is thrown away."""
        self.result: Filler | None = None
        self.assign = self._assign(raw, "Assign")
        if self.language == JSONATA:
            self._prepare_queries(raw)
        else:
            self._prepare_paths(raw)
        self.retriers = [Retrier(i, entry) for i, entry in enumerate(raw.get("Retry") or ())]
        self.catchers = [self._catcher(i, entry) for i, entry in enumerate(raw.get("Catch") or ())]
        self.resource: Resource
        """Of a Task state only."""
        self.map: MapSpec
        """Of a Map state only."""
        self.scopes: list[Program] = []
        self.rules: list[PreparedRule] = []
        self.default: str | None = raw.get("Default")
        self.timeout = self._limit("TimeoutSeconds")
        self.heartbeat = self._limit("HeartbeatSeconds")
        self.credentials = written(self.language, raw, "Credentials")
        self.until: Filler | None = None
        self.error: Filler | None = None
        self.cause: Filler | None = None
        self._prepare_type(raw, scope_language)

    # --- What all types have ---

    def _prepare_paths(self, raw: Mapping[str, Any]) -> None:
        if raw.get("InputPath", "$") != "$":
            self.input_path = selected(raw["InputPath"])
        if raw.get("OutputPath", "$") != "$":
            self.output_path = selected(raw["OutputPath"])
        if self.type != "Map":
            self.arguments = written(JSON_PATH, raw, "Parameters")
        self.result_selector = written(JSON_PATH, raw, "ResultSelector")
        path = raw.get("ResultPath", "$")
        self.result_path = None if path is None else compile_path(path).reference

    def _prepare_queries(self, raw: Mapping[str, Any]) -> None:
        self.arguments = written(JSONATA, raw, "Arguments")
        self.output = written(JSONATA, raw, "Output")

    def _assign(self, entry: Mapping[str, Any], location: str) -> Filler | None:
        return template(self.language, entry["Assign"], location) if entry.get("Assign") else None

    def _catcher(self, index: int, entry: Mapping[str, Any]) -> Catcher:
        path = entry.get("ResultPath", "$")
        return Catcher(
            index,
            frozenset(entry["ErrorEquals"]),
            entry["Next"],
            None if path is None else compile_path(path).reference,
            written(JSONATA, entry, "Output", within=f"Catch[{index}]"),
            self._assign(entry, f"Catch[{index}]/Assign"),
        )

    def _limit(self, field: str) -> Limit | None:
        return Limit.of(self.raw, field, self.language)

    # --- What one type has ---

    def _prepare_type(self, raw: Mapping[str, Any], scope_language: str) -> None:
        match self.type:
            case "Pass" if "Result" in raw:
                self.result = constant(raw["Result"])
            case "Task":
                self.resource = resource_of(raw["Resource"])
            case "Choice":
                self.rules = [self._rule(i, entry) for i, entry in enumerate(raw["Choices"])]
            case "Wait":
                self.timeout = self._limit("Seconds")
                self.until = self._text("Timestamp")
            case "Fail":
                self.error, self.cause = self._text("Error"), self._text("Cause")
            case "Parallel":
                self.scopes = [Program(branch, scope_language) for branch in raw["Branches"]]
            case "Map":
                self.scopes = [Program(raw.get("ItemProcessor") or raw["Iterator"], scope_language)]
                self.map = MapSpec(self, raw)

    def _rule(self, index: int, entry: Mapping[str, Any]) -> PreparedRule:
        from asl.execution.comparisons import compile_condition, compile_rule

        place = f"Choices[{index}]"
        if self.language == JSONATA:
            test = compile_condition(entry.get("Condition"), f"{place}/Condition")
        else:
            test = compile_rule(entry)
        output = written(JSONATA, entry, "Output", within=place)
        return PreparedRule(test, entry["Next"], self._assign(entry, f"{place}/Assign"), output)

    def _text(self, field: str) -> Filler | None:
        """Return a text: at a path, made by an expression, or as it is written."""
        if f"{field}Path" in self.raw:
            return dynamic(self.raw[f"{field}Path"], f"{field}Path")
        if self.language == JSONATA:
            return written(JSONATA, self.raw, field)
        return constant(self.raw[field]) if field in self.raw else None


class MapSpec:
    """What a Map state has beside what all have."""

    def __init__(self, state: PreparedState, raw: Mapping[str, Any]) -> None:
        config = (raw.get("ItemProcessor") or raw["Iterator"]).get("ProcessorConfig") or {}
        self.distributed: bool = config.get("Mode") == "DISTRIBUTED"
        self.execution_type: str = config.get("ExecutionType", "STANDARD")
        self.label: str | None = raw.get("Label")
        language = state.language
        self.items = written(language, raw, "Items") if language == JSONATA else None
        if language == JSON_PATH and "ItemsPath" in raw:
            self.items = selected(raw["ItemsPath"])
        self.selector = written(language, raw, "ItemSelector")
        if self.selector is None and language == JSON_PATH:
            self.selector = written(language, raw, "Parameters")
        self.max_concurrency = Limit.of(raw, "MaxConcurrency", language)
        self.tolerated_count = Limit.of(raw, "ToleratedFailureCount", language)
        self.tolerated_percentage = Limit.of(raw, "ToleratedFailurePercentage", language, whole=False)
        self.reader = MapRequest.of(raw.get("ItemReader"), "ItemReader", language)
        self.writer = MapRequest.of(raw.get("ResultWriter"), "ResultWriter", language)
        batcher = raw.get("ItemBatcher")
        self.batch: BatchSpec | None = None if batcher is None else BatchSpec(batcher, language)


class BatchSpec:
    """An ItemBatcher."""

    def __init__(self, raw: Mapping[str, Any], language: str) -> None:
        self.most_items = Limit.of(raw, "MaxItemsPerBatch", language, within="ItemBatcher")
        self.most_bytes = Limit.of(raw, "MaxInputBytesPerBatch", language, within="ItemBatcher")
        self.input = written(language, raw, "BatchInput", within="ItemBatcher")


class MapRequest:
    """An ItemReader or a ResultWriter."""

    def __init__(self, raw: Mapping[str, Any], field: str, language: str) -> None:
        self.resource: str | None = raw.get("Resource")
        self.config: Mapping[str, Any] = raw.get("ReaderConfig") or raw.get("WriterConfig") or {}
        self.max_items = Limit.of(self.config, "MaxItems", language, within=f"{field}/ReaderConfig")
        arguments = "Arguments" if language == JSONATA else "Parameters"
        self.arguments = written(language, raw, arguments, within=field)

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None, field: str, language: str) -> MapRequest | None:
        """Return the request, None where there is none."""
        return None if raw is None else cls(raw, field, language)


class Program:
    """The states of a machine, a branch or a processor."""

    __slots__ = ("_raw", "_states", "language", "start_at")

    def __init__(self, scope: Mapping[str, Any], language: str = JSON_PATH) -> None:
        self.language: str = scope.get("QueryLanguage", language)
        self.start_at: str = scope["StartAt"]
        self._raw: Mapping[str, Any] = scope["States"]
        self._states: dict[str, PreparedState] = {}

    def state(self, name: str) -> PreparedState:
        """Return a state, prepared when it is first asked for."""
        found = self._states.get(name)
        if found is None:
            found = self._states[name] = PreparedState(name, self._raw[name], self.language)
        return found

    def names(self) -> list[str]:
        """Return the names of its states, as they are written."""
        return list(self._raw)


@dataclass(frozen=True, slots=True)
class MachineRevision:
    """One revision of a state machine."""

    arn: str
    name: str
    definition: Mapping[str, Any]
    kind: str = "STANDARD"
    """STANDARD or EXPRESS."""
    role_arn: str = "arn:aws:iam::123456789012:role/StepFunctionsRole"
    text: str = ""
    """The definition as it was given; empty if it was given as an object."""
    revision: str = "INITIAL"
    created_at: float = 0.0
    program: Program = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", Program(self.definition))

    @property
    def timeout(self) -> float | None:
        """The machine's own TimeoutSeconds."""
        seconds = self.definition.get("TimeoutSeconds")
        return None if seconds is None else float(seconds)

    def execution_arn(self, name: str) -> str:
        """Return the ARN of an execution of this name; one of an EXPRESS machine has an id of its own behind it."""
        kind = "express" if self.kind == "EXPRESS" else "execution"
        return f"{self.arn.replace(':stateMachine:', f':{kind}:')}:{name}"

    def of_map(self, label: str) -> MachineRevision:
        """Return the machine under whose name a map run's executions go; they have no time-out of their own."""
        definition = {key: value for key, value in self.definition.items() if key != "TimeoutSeconds"}
        return replace(self, arn=f"{self.arn}/{label}", name=f"{self.name}/{label}", definition=definition)

"""A definition made ready to run: each state prepared when it is first entered, and kept.

What a definition may hold is the checker's business; here a definition is taken as one that AWS accepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asl.execution.limits import Limit
from asl.execution.paths import compile_path
from asl.execution.retrying import Catcher, Retrier
from asl.execution.templates import path_template, query_template, selected, single
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
        "arguments",
        "assign",
        "catchers",
        "cause",
        "credentials",
        "default",
        "end",
        "error",
        "heartbeat",
        "input_path",
        "language",
        "limits",
        "map",
        "name",
        "next",
        "output",
        "output_path",
        "raw",
        "resource",
        "result",
        "result_path",
        "result_selector",
        "retriers",
        "rules",
        "scopes",
        "timeout",
        "type",
        "until",
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
        self.credentials = self._template(raw["Credentials"], "Credentials") if "Credentials" in raw else None
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
        if "Parameters" in raw and self.type != "Map":
            self.arguments = path_template(raw["Parameters"])
        if "ResultSelector" in raw:
            self.result_selector = path_template(raw["ResultSelector"])
        path = raw.get("ResultPath", "$")
        self.result_path = None if path is None else compile_path(path).reference

    def _prepare_queries(self, raw: Mapping[str, Any]) -> None:
        if "Arguments" in raw:
            self.arguments = query_template(raw["Arguments"], "Arguments")
        if "Output" in raw:
            self.output = query_template(raw["Output"], "Output")

    def _template(self, template: Any, location: str) -> Filler:
        return query_template(template, location) if self.language == JSONATA else path_template(template)

    def _assign(self, entry: Mapping[str, Any], location: str) -> Filler | None:
        return self._template(entry["Assign"], location) if entry.get("Assign") else None

    def _catcher(self, index: int, entry: Mapping[str, Any]) -> Catcher:
        path = entry.get("ResultPath", "$")
        return Catcher(
            index,
            frozenset(entry["ErrorEquals"]),
            entry["Next"],
            None if path is None else compile_path(path).reference,
            query_template(entry["Output"], f"Catch[{index}]/Output") if "Output" in entry else None,
            self._assign(entry, f"Catch[{index}]/Assign"),
        )

    def _limit(self, field: str) -> Limit | None:
        return Limit.of(self.raw, field, self.language)

    # --- What one type has ---

    def _prepare_type(self, raw: Mapping[str, Any], scope_language: str) -> None:
        match self.type:
            case "Pass" if "Result" in raw:
                result = raw["Result"]
                self.result = lambda _: result
            case "Task":
                self.resource = resource_of(raw["Resource"])
            case "Choice":
                self.rules = [self._rule(i, entry) for i, entry in enumerate(raw["Choices"])]
            case "Wait":
                self.timeout = self._limit("Seconds")
                if "TimestampPath" in raw:
                    self.until = single(raw["TimestampPath"], "TimestampPath")
                elif "Timestamp" in raw:
                    self.until = self._query_or_constant(raw["Timestamp"], "Timestamp")
            case "Fail":
                self.error, self.cause = self._words(raw, "Error"), self._words(raw, "Cause")
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
        output = query_template(entry["Output"], f"{place}/Output") if "Output" in entry else None
        return PreparedRule(test, entry["Next"], self._assign(entry, f"{place}/Assign"), output)

    def _query_or_constant(self, value: Any, field: str) -> Filler:
        return query_template(value, field) if self.language == JSONATA else lambda _: value

    def _words(self, raw: Mapping[str, Any], field: str) -> Filler | None:
        if f"{field}Path" in raw:
            return single(raw[f"{field}Path"], f"{field}Path")
        return self._query_or_constant(raw[field], field) if field in raw else None


class MapSpec:
    """What a Map state has beside what all have."""

    def __init__(self, state: PreparedState, raw: Mapping[str, Any]) -> None:
        config = (raw.get("ItemProcessor") or raw["Iterator"]).get("ProcessorConfig") or {}
        self.distributed: bool = config.get("Mode") == "DISTRIBUTED"
        self.execution_type: str = config.get("ExecutionType", "STANDARD")
        self.label: str | None = raw.get("Label")
        queries = state.language == JSONATA
        self.items: Filler | None = None
        if queries and "Items" in raw:
            self.items = query_template(raw["Items"], "Items")
        elif not queries and "ItemsPath" in raw:
            self.items = selected(raw["ItemsPath"])
        selector = raw.get("ItemSelector", None if queries else raw.get("Parameters"))
        self.selector: Filler | None = None
        if selector is not None:
            self.selector = query_template(selector, "ItemSelector") if queries else path_template(selector)
        language = state.language
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
        self.input: Filler | None = None
        if "BatchInput" in raw:
            template = raw["BatchInput"]
            queries = language == JSONATA
            self.input = (
                query_template(template, "ItemBatcher/BatchInput") if queries else path_template(template)
            )


class MapRequest:
    """An ItemReader or a ResultWriter."""

    def __init__(self, raw: Mapping[str, Any], field: str, language: str) -> None:
        self.resource: str | None = raw.get("Resource")
        self.config: Mapping[str, Any] = raw.get("ReaderConfig") or raw.get("WriterConfig") or {}
        self.max_items = Limit.of(self.config, "MaxItems", language, within=f"{field}/ReaderConfig")
        self.arguments: Filler | None = None
        if language == JSONATA and "Arguments" in raw:
            self.arguments = query_template(raw["Arguments"], f"{field}/Arguments")
        elif language == JSON_PATH and "Parameters" in raw:
            self.arguments = path_template(raw["Parameters"])

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

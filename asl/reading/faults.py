"""The codes of what can be wrong with a file before its definition is looked at."""

from __future__ import annotations

from typing import Final, NamedTuple

from asl.diagnostics import Severity
from asl.limits import DEEPEST, MOST_VALUES, TOO_DEEP_CODE, TOO_LARGE_CODE


class FileCode(NamedTuple):
    """A code, how bad it is, and what the documentation says of it."""

    code: str
    severity: Severity
    summary: str
    aws: str
    """What AWS, or the tool that reads the file for it, does."""
    example: str
    remedy: str
    evidence: str = "inferred"
    """What that rests on: `recorded`, `documented` or `inferred`."""


INVALID_JSON: Final = FileCode(
    "INVALID_JSON_DESCRIPTION",
    Severity.ERROR,
    "The text is not JSON.",
    "AWS refuses the definition.",
    '{"StartAt": "Brew", "States": {"Brew": {"Type": "Succeed"},}}',
    "Mend the place that the message points at. An unquoted `${Name}` in place of a value is not a fault: "
    "a deployment puts the value there.",
    "documented",
)
MISSING: Final = FileCode(
    "MISSING_DESCRIPTION",
    Severity.ERROR,
    "The file is empty.",
    "AWS refuses the definition.",
    "",
    "Write a definition into it, or leave the file out.",
    "documented",
)
INVALID_YAML: Final = FileCode(
    "INVALID_YAML",
    Severity.ERROR,
    "The text is not YAML, or is YAML that has no JSON equivalent.",
    "No tool can make JSON of it, so there is nothing to send to AWS.",
    "StartAt: Brew\nStates: {Brew: {Type: Succeed}",
    "Mend the place that the message points at.",
)
TOO_DEEP: Final = FileCode(
    TOO_DEEP_CODE,
    Severity.ERROR,
    f"The definition is nested more than {DEEPEST} levels deep, and is not looked at any further.",
    "AWS documents no limit; what is nested like this was not meant.",
    "[[[[[[[[[[ and so on",
    "Move the inner states into a state machine of their own.",
)
ENCODING: Final = FileCode(
    "NOT_UTF_8",
    Severity.ERROR,
    "The file is not text in UTF-8.",
    "AWS takes text in UTF-8 only.",
    "a file that was saved as UTF-16 or Latin-1",
    "Save the file as UTF-8.",
)
TOO_LARGE: Final = FileCode(
    TOO_LARGE_CODE,
    Severity.ERROR,
    "A definition has at most 1 MiB (1,048,576 characters), including what a template inserts. A larger one "
    f"is not looked at any further, nor one of more than {MOST_VALUES:,} values; files are read up to 4 MiB.",
    "AWS refuses the definition.",
    "a definition of 12,000 states",
    "Move part of it into a state machine of its own, started with `states:startExecution.sync:2`.",
    "documented",
)
DUPLICATE_KEY: Final = FileCode(
    "DUPLICATE_KEY",
    Severity.WARNING,
    "A key is written twice in one object.",
    "The last one counts and the others are lost without a word.",
    '{"StartAt": "Brew", "States": {"Brew": {"Type": "Pass"}, "Brew": {"Type": "Succeed"}}}',
    "Give one of them another name, or take it away.",
)
UNKNOWN_SUBSTITUTION: Final = FileCode(
    "UNKNOWN_SUBSTITUTION",
    Severity.WARNING,
    "The definition of a template's state machine uses `${Name}`, which its `DefinitionSubstitutions` do not have.",
    "`${Name}` stays in the definition as it is.",
    "DefinitionSubstitutions:\n  TableName: !Ref Orders\nDefinition:\n  ...\n    TableName: ${Tablename}",
    "Add the name to `DefinitionSubstitutions`, or correct it.",
    "documented",
)
SUBSTITUTION: Final = FileCode(
    "INVALID_SUBSTITUTION",
    Severity.ERROR,
    "A value of `DefinitionSubstitutions` is a string, an integer or a boolean, and the definition stays valid JSON.",
    "AWS inserts the string into the text of the definition unchanged, and refuses invalid JSON; it takes no lists.",
    'DefinitionSubstitutions:\n  Note: say "hi"\nDefinition:\n  Comment: ${Note}\n  ...',
    'Write a `"` in it as `\\"`, join a list with `Fn::Join`, or put the value elsewhere.',
    "documented",
)
YAML_ALIAS: Final = FileCode(
    "ALIAS_NOT_FOLLOWED",
    Severity.WARNING,
    "A YAML file that `DefinitionUri` names uses an alias.",
    'AWS reads the file with a parser that makes a text of it: `*again` becomes `"again"`, and `<<` is a key.',
    "Retry: &again\n  - ErrorEquals: [States.ALL]\n...\nRetry: *again",
    "Write out what the alias stands for. In a definition that stands in the template, aliases are followed.",
    "documented",
)
NO_FILE: Final = FileCode(
    "DEFINITION_NOT_FOUND",
    Severity.ERROR,
    "The file that `DefinitionUri` names cannot be read.",
    "The template cannot be packaged or deployed.",
    "DefinitionUri: statemachine/no-such-file.asl.json",
    "Correct the path; it is relative to the template.",
)

CODES: Final = (
    INVALID_JSON,
    MISSING,
    INVALID_YAML,
    TOO_DEEP,
    ENCODING,
    TOO_LARGE,
    DUPLICATE_KEY,
    UNKNOWN_SUBSTITUTION,
    SUBSTITUTION,
    YAML_ALIAS,
    NO_FILE,
)

"""YAML with the place of every key and value, composed from the parser's events.

PyYAML's own composer is recursive and lets a few aliases stand for billions of values; a loop over its events does
neither. What cannot be said in JSON is read as the tools read it that make JSON of it: keys are text, dates stay
text, and CloudFormation's short tags become the objects that they stand for (`!Ref A` is `{"Ref": "A"}`).

What a word without quotes is depends on who reads it, so each kind of file has its `Dialect`.
"""

from __future__ import annotations

import math
import re
from array import array
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final, cast

import yaml

from asl.limits import DEEPEST, MOST_VALUES, TOO_DEEP_MESSAGE
from asl.reading.building import BrokenError, Builder
from asl.reading.faults import INVALID_YAML, TOO_DEEP, YAML_ALIAS
from asl.reading.intrinsics import FUNCTIONS
from asl.reading.sources import FileFault
from asl.reading.texts import Text, token
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.reading.building import Container, OpenContainer
    from asl.reading.faults import FileCode
    from asl.reading.sources import Tree

MOST_DOCUMENTS: Final = 100
_LONGEST_TIME: Final = 100
"""Characters of a number that is written in sixties, as YAML 1.1 allows: `12:30:45`."""

_STANDARD = "tag:yaml.org,2002:"

_CORE: Final[dict[str, object]] = {
    "": None,
    "~": None,
    ".inf": math.inf,
    "-.inf": -math.inf,
    ".nan": math.nan,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
"""The words of YAML 1.2's core schema."""
_SWITCHES: Final = {"yes": True, "on": True, "no": False, "off": False}
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0([ox])([0-9a-fA-F]+)")
_DISPUTED = re.compile(
    r"(?i:yes|no|on|off)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[-+]?0[0-9a-zA-Z_]+|"
    r"[-+]?[0-9_.]+[eE][-+]?[0-9]+"
)
"""What is not the same in every dialect."""


class Dialect(Enum):
    """Who reads a file, and so what its words without quotes are."""

    DEFINITION = "definition"
    """A definition by itself, which js-yaml (Serverless, AWS's toolkits) or Terraform's `yamldecode` reads as YAML
    1.2: `Yes` and `12:30:45` are texts."""
    TEMPLATE = "template"
    """A SAM or CloudFormation template, which is YAML 1.1: `Yes` is true, and `12:30:45` a number of base 60."""
    HANDLER = "handler"
    """A file that a template names. AWS's handler (aws-cloudformation-resource-providers-stepfunctions,
    DefinitionProcessor.java) reads it with Jackson, for which an alias is a text, `<<` a key like any other and a
    tag of CloudFormation's a mere remark; `Yes` is true, `12:30:45` a text."""


def parse_yaml(file: str, dialect: Dialect = Dialect.DEFINITION) -> list[Tree]:
    """Parse every document of a YAML text. What does not parse is one broken tree."""
    try:
        return _Composer(file, dialect).documents()
    except BrokenError as broken:
        return [_broken(file, broken.kind, broken.message, broken.offset)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark is not None else 0
        earlier = _fault_before(file, offset)
        return [earlier or _broken(file, INVALID_YAML, _words(error, file), offset)]
    except yaml.reader.ReaderError as error:
        found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]", file)
        offset = found.start() if found is not None else min(error.position, len(file))
        return [_broken(file, INVALID_YAML, "YAML takes no control characters.", offset)]
    except yaml.YAMLError as error:
        return [_broken(file, INVALID_YAML, f"This is not YAML: {error}.", 0)]


def _broken(file: str, kind: FileCode, message: str, offset: int) -> Tree:
    return Builder(Text(file), file, string_origins(file)).broken(kind, message, offset)


def _fault_before(file: str, offset: int) -> Tree | None:
    """Return what is wrong with a text before the place where the parser gave up.

    The parser reads up to 1,024 characters ahead of its events, and has limits of its own there: of a thousand brackets
    in a row it complains before it has reported the first.
    """
    try:
        _Composer(file[:offset]).documents()
    except BrokenError as broken:
        return _broken(file, broken.kind, broken.message, broken.offset)
    except yaml.YAMLError:
        pass
    return None


def _words(error: yaml.MarkedYAMLError, file: str) -> str:
    mark = error.problem_mark
    problem = error.problem or "it cannot be read"
    if mark is not None and file[mark.index : mark.index + 1] == "\t":
        return "YAML takes no tabs for indentation; write spaces."
    where = ""
    if error.context and error.context_mark is not None:
        where = f" {error.context} that begins in line {error.context_mark.line + 1},"
    return f"This is not YAML:{where} {problem}."


_BLOCK = re.compile(r"[|>][^\n]*\n")
# Not possessive as a whole: before 3.11.5, Python keeps what the repetition that did not match has taken.
_PROPERTIES = re.compile(r"(?:[!&]\S*+\s++)*")


class _Opened:
    """What YAML says of a mapping or sequence that is not closed yet."""

    __slots__ = ("anchor", "levels", "merged", "merges", "size", "tag")

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.tag: str | None = event.tag
        self.anchor: str | None = event.anchor
        self.merged: list[object] = []
        self.merges = False
        """Whether its last key is the merge key of YAML 1.1, `<<` without quotes."""
        self.size = 1
        self.levels = 1


class _Composer:
    def __init__(self, file: str, dialect: Dialect = Dialect.DEFINITION) -> None:
        self._file = file
        self._dialect = dialect
        self._resolver = yaml.resolver.Resolver()
        self._start_document()

    def _start_document(self) -> None:
        self._builder = Builder(Text(self._file), self._file, string_origins(self._file))
        self._opened: list[_Opened] = []
        self._anchors: dict[str, tuple[object, int, int] | None] = {}
        """What each anchor stands for, and how many values and levels that is; None while it is still open."""
        self._total = 0
        self._is_tagged = False
        self._is_disputed = False

    def documents(self) -> list[Tree]:
        trees: list[Tree] = []
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for event in yaml.parse(self._file, Loader=loader):
            start = event.start_mark.index if event.start_mark is not None else 0
            if isinstance(event, yaml.ScalarEvent):
                if not self._expects_key():
                    self._add(self._scalar(event, start), start, 1, 0, event.anchor)
                    continue
                self._add(event.value, start, 1, 0, event.anchor)
                if event.value == "<<" and event.implicit[0]:
                    self._opened[-1].merges = True
            elif isinstance(event, yaml.CollectionStartEvent):
                self._open([] if isinstance(event, yaml.SequenceStartEvent) else {}, event, start)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event.anchor or "", start)
            elif isinstance(event, yaml.DocumentStartEvent):
                if len(trees) == MOST_DOCUMENTS:
                    message = f"This is the start of more than {MOST_DOCUMENTS} documents in one file."
                    return [*trees, self._builder.broken(INVALID_YAML, message, start)]
                self._start_document()
            elif isinstance(event, yaml.DocumentEndEvent):
                tree = self._builder.tree()
                tree.tagged, tree.disputed = self._is_tagged, self._is_disputed
                trees.append(tree)
        return trees

    def _expects_key(self) -> bool:
        opened = self._builder.open
        return bool(opened) and opened[-1].expects_key

    def _open(self, value: Container, event: yaml.CollectionStartEvent, start: int) -> None:
        if self._expects_key():
            raise BrokenError(INVALID_YAML, "A key has to be a text, not a list or an object.", start)
        self._builder.begin(value, start)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._opened.append(_Opened(event))

    def _close(self) -> None:
        frame, opened = self._builder.end(), self._opened.pop()
        for other in opened.merged:
            self._merge(frame, other)
        value: object = frame.value
        if opened.tag:
            value = self._tagged(opened.tag, value, frame.start)
        self._add(value, frame.start, opened.size, opened.levels, opened.anchor)

    def _add(self, value: object, start: int, size: int, levels: int, anchor: str | None) -> None:
        """Put a value where it belongs: it is the document, an item, a key or the value of a key."""
        if len(self._opened) + levels > DEEPEST:  # an alias may stand for what is deep itself
            raise BrokenError(TOO_DEEP, TOO_DEEP_MESSAGE, start)
        if anchor:
            self._anchors[anchor] = (value, size, levels)
        if not self._opened:
            self._builder.add(value, start)
            return
        around, frame = self._opened[-1], self._builder.open[-1]
        around.size += size
        if around.levels <= levels:
            around.levels = levels + 1
        if frame.expects_key:
            self._builder.key(self._key(value, start), start)
            around.merges = False
        elif around.merges and isinstance(value, dict | list) and self._dialect is not Dialect.HANDLER:
            frame.key = None
            around.merged.extend(value if isinstance(value, list) else [value])
        else:
            self._builder.add(value, start)

    def _key(self, value: object, start: int) -> str:
        """Return a key as the text that it is written as; `On:` names a state On, whatever YAML makes of the word."""
        if isinstance(value, dict):
            raise BrokenError(INVALID_YAML, "A key has to be a text, not a list or an object.", start)
        if isinstance(value, str):
            return value
        return self._file[start : token(self._file, start).end].strip() or "null"

    def _alias(self, anchor: str, start: int) -> None:
        if anchor not in self._anchors:
            message = f"There is no anchor &{shorten(anchor)} before this alias."
            raise BrokenError(INVALID_YAML, message, start)
        target = self._anchors[anchor]
        if target is None:
            message = f"The alias *{shorten(anchor)} stands for something that contains it."
            raise BrokenError(INVALID_YAML, message, start)
        if self._dialect is Dialect.HANDLER:
            self._tell_alias(anchor, start)
            self._add(anchor, start, 1, 0, None)
            return
        value, size, levels = target
        self._total += size
        if self._total > MOST_VALUES:
            message = f"The aliases of this document stand for more than {MOST_VALUES:,} values."
            raise BrokenError(INVALID_YAML, message, start)
        self._add(value, start, size, levels, None)

    def _tell_alias(self, anchor: str, start: int) -> None:
        message = (
            f"AWS follows no alias in a file that a template names: *{shorten(anchor)} becomes the text "
            f'"{shorten(anchor)}". Write out what it stands for.'
        )
        self._builder.tell(FileFault(YAML_ALIAS, message, token(self._file, start)))

    def _merge(self, frame: OpenContainer, other: object) -> None:
        if not isinstance(other, dict) or frame.fields is None:
            return
        written = self._builder.places.objects.get(id(other), {})
        for key, value in other.items():
            if key not in frame.fields:
                frame.fields[key] = value
                frame.key_places[key] = written.get(key, (frame.start, frame.start))

    def _scalar(self, event: yaml.ScalarEvent, start: int) -> object:
        text, tag = event.value, event.tag
        if tag is None or tag == "!":
            if not event.implicit[0] or tag == "!":
                return text
            return self._plain(text)
        if tag.startswith(_STANDARD):
            return _value(text, tag.removeprefix(_STANDARD))
        return self._tagged(tag, text, start)

    def _plain(self, text: str) -> object:
        """Return what a word without quotes is, in this kind of file."""
        if self._dialect is Dialect.TEMPLATE:
            if ":" in text and len(text) > _LONGEST_TIME:
                return text
            tag = self._resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
            return _value(text, str(tag).removeprefix(_STANDARD))
        if _DISPUTED.fullmatch(text):
            self._is_disputed = True
        if text in _CORE:
            return _CORE[text]
        if self._dialect is Dialect.HANDLER and text.casefold() in _SWITCHES:
            return _SWITCHES[text.casefold()]
        if _INTEGER.fullmatch(text):
            return _number(text, int, 10)
        if _FLOAT.fullmatch(text):
            return _number(text, float)
        based = _BASED.fullmatch(text)
        if based is not None and self._dialect is Dialect.DEFINITION:
            return _number(based[2], int, 8 if based[1] == "o" else 16)
        return text

    def _tagged(self, tag: str | None, value: object, start: int) -> object:
        """Return what a short tag of CloudFormation stands for. Any other tag is taken for a remark."""
        if self._dialect is Dialect.HANDLER:
            return value
        word = (tag or "").removeprefix("!")
        name = word if word in ("Ref", "Condition") else f"Fn::{word}"
        if not tag or name not in FUNCTIONS or (name == word and not isinstance(value, str)):
            return value
        self._is_tagged = True
        wrapper: dict[str, object] = {name: value}
        self._builder.places.objects[id(wrapper)] = {name: (start, self._content(start))}
        return wrapper

    def _content(self, start: int) -> int:
        """Return where the value behind a tag begins."""
        found = _PROPERTIES.match(self._file, start)
        return found.end() if found is not None else start


@cache
def _constructor() -> yaml.constructor.SafeConstructor:
    return yaml.constructor.SafeConstructor()


def _value(text: str, kind: str) -> object:
    node = yaml.ScalarNode(_STANDARD + kind, text)
    constructor = _constructor()
    try:
        if kind == "int":
            return cast("object", constructor.construct_yaml_int(node))
        if kind == "float":
            return cast("object", constructor.construct_yaml_float(node))
        if kind == "bool":
            return cast("object", constructor.construct_yaml_bool(node))
    except (ValueError, KeyError, IndexError, OverflowError):
        return text
    return None if kind == "null" else text


def _number(text: str, kind: Callable[..., float], *base: int) -> object:
    try:
        return kind(text.replace("_", ""), *base)
    except ValueError:  # more digits than Python takes, or none of the base
        return text


def string_origins(file: str) -> Callable[[str, int], array[int]]:
    """Make the function that tells where the characters of a YAML scalar are written.

    Exact for block literals (`|`) and for whatever stands in one line as it is; elsewhere the start of the scalar.
    """

    def origins(value: str, start: int) -> array[int]:
        header = _BLOCK.match(file, start)
        if header is not None:
            return _block(value, header.end())
        inner = start + 1 if file[start : start + 1] in ("'", '"') else start
        if file.startswith(value, inner):
            return array("q", range(inner, inner + len(value)))
        return array("q", [start]) * len(value)

    def _block(value: str, offset: int) -> array[int]:
        found = array("q")
        for line in value.splitlines(keepends=True):
            end = file.find("\n", offset)
            end = len(file) if end < 0 else end
            content = line.rstrip("\n")
            column = file.find(content, offset, end) if content else end
            column = offset if column < 0 else column
            found.extend(range(column, column + len(line)))
            offset = end + 1
        return found

    return origins

"""From the bytes of a file to the definitions in it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.reading.faults import ENCODING, MISSING, NO_FILE, TOO_LARGE
from asl.reading.json_text import parse_json
from asl.reading.places import MOST_CHARACTERS, Allowance, SpentError
from asl.reading.sources import FileFault, FoundDefinition, Source
from asl.reading.substitutions import Substitutions
from asl.reading.templates import is_template, machines
from asl.reading.texts import Lines, Span, Text
from asl.words import shorten

if TYPE_CHECKING:
    from asl.reading.sources import Tree
    from asl.reading.templates import Linked

MOST_BYTES: Final = 4 * 1024 * 1024
"""Larger files are not read. AWS takes definitions, and templates, of up to 1 MiB."""
_JSON_ENDINGS = (".json", ".asl")
_YAML_ENDINGS = (".yaml", ".yml")


def read(name: str, data: bytes, *, path: Path | None = None, root: Path | None = None) -> list[Source]:
    """Find the definitions of a file. Never raises, whatever `data` is.

    `name` is what the file is called in the answer; its ending tells JSON from YAML, and where it has none, the first
    character does. `path` is where it lies: files that a template names are looked for beside it, and each is
    another source behind the first. They are read only if they lie in the folder `root`, or in that of `path` if no
    other is given: a template from elsewhere must not choose what is read, and quoted, on this machine.
    """
    source, trees = _trees(name, data, path)
    sources = [source]
    for tree in trees:
        if is_template(tree.value):
            _take_template(source, tree, sources, root)
        else:
            source.faults += tree.faults
            if not tree.broken:
                _take_definition(source, tree)
    return sources


def read_bytes(path: Path, *, is_stream: bool = False) -> bytes:
    """Read a file, or as much of it as shows that it is too large. It may be a stream if that is said.

    Raises:
        OSError: it cannot be read, or is a device or a FIFO, which may never end.
        ValueError: that is not a path.
    """
    if not is_stream and path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is a device or a FIFO, not a file")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _trees(name: str, data: bytes, path: Path | None, *, linked: bool = False) -> tuple[Source, list[Tree]]:
    text, faults = _decode(data)
    source = Source(name, text, Lines(text), faults=faults, path=path)
    if faults:
        return source, []
    if not text.strip():
        source.faults.append(FileFault(MISSING, "There is nothing in this file.", Span(0, 0)))
        return source, []
    trees = _parse(name.lower(), text, linked=linked)
    if not trees:
        source.faults.append(FileFault(MISSING, "There is nothing but comments in this file.", Span(0, 0)))
    return source, trees


def _decode(data: bytes) -> tuple[str, list[FileFault]]:
    if len(data) > MOST_BYTES:
        message = f"The file has more than {MOST_BYTES // 2**20} MiB; AWS takes definitions of up to 1 MiB."
        return "", [FileFault(TOO_LARGE, message, Span(0, 0))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = len(error.object[: error.start].decode("utf-8"))
        words = f"Byte {error.start + 1} (0x{error.object[error.start]:02x}) is not text in UTF-8."
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            words = "This is UTF-16, not UTF-8."
        return data.decode("utf-8-sig", errors="replace"), [
            FileFault(ENCODING, f"{words} Save the file as UTF-8.", Span(start, start + 1))
        ]
    nothing = text.find("\0")
    if nothing >= 0:
        message = "This is not text: it has a character with the number 0 in it."
        return text, [FileFault(ENCODING, message, Span(nothing, nothing + 1))]
    return text, []


def _parse(name: str, text: str, *, linked: bool) -> list[Tree]:
    looks_like_json = text.lstrip()[:1] in ("{", "[")
    if name.endswith(_JSON_ENDINGS) or looks_like_json:
        tree = parse_json(Text(text), text)
        if not tree.broken or name.endswith(_JSON_ENDINGS):
            return [tree]
        # What begins like JSON may still be YAML, but if it is neither, it was probably meant to be JSON.
        trees = _parse_yaml(text, linked=linked)
        broken = any(other.broken for other in trees)
        return [tree] if broken and not name.endswith(_YAML_ENDINGS) else trees
    return _parse_yaml(text, linked=linked)


def _parse_yaml(text: str, *, linked: bool) -> list[Tree]:
    """YAML as whoever reads such a file reads it; a template is known when it has been read once."""
    from asl.reading.yaml_text import Dialect, parse_yaml

    if linked:
        return parse_yaml(text, Dialect.HANDLER)
    trees = parse_yaml(text)
    if any(tree.disputed and is_template(tree.value) for tree in trees):
        return parse_yaml(text, Dialect.TEMPLATE)
    return trees


def _take_definition(
    source: Source,
    tree: Tree,
    substitutions: Substitutions | None = None,
    execution_type: str | None = None,
) -> None:
    if tree.value is None and source.definitions:
        return  # an empty document at the end of a YAML stream
    document = tree.value
    unquoted = None if substitutions is None else frozenset(tree.places.unquoted)
    if tree.tagged and substitutions is None:
        substitutions = Substitutions({}, complete=False)
    if substitutions is not None:
        document, faults = substitutions.put_into(document, tree.places, functions=tree.tagged)
        tree.places.root = document
        source.faults += faults
    source.definitions.append(
        FoundDefinition(document, tree.places, execution_type=execution_type, unquoted=unquoted)
    )
    source.recognised = (
        source.recognised and isinstance(document, dict) and {"StartAt", "States"} <= set(document)
    )


def _take_template(source: Source, tree: Tree, sources: list[Source], root: Path | None) -> None:
    found = machines(tree)
    source.definitions += found.definitions
    source.faults += found.faults
    source.notes += found.notes
    if not found.definitions and not found.linked and not found.notes:
        source.notes.append("There is no state machine in this template.")
        source.recognised = False
    allowance = Allowance()
    for linked in found.linked:
        try:
            _follow(source, linked, sources, root, allowance)
        except SpentError:
            message = (
                f"The files that this template names have more than {MOST_CHARACTERS // 2**20} MiB together; "
                f"{shorten(linked.path)} and those after it are not checked."
            )
            source.faults.append(FileFault(TOO_LARGE, message, linked.span, linked.location))
            break


def _follow(
    source: Source, linked: Linked, sources: list[Source], root: Path | None, allowance: Allowance
) -> None:
    """Read the file that a template names."""
    if source.path is None:
        source.notes.append(f"{linked.path} is not checked: it is not known where the template lies.")
        return
    path = source.path.parent / linked.path
    folder = source.path.parent if root is None else root
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            message = (
                f"The file {linked.path} is not read: it lies outside of the folder {folder}. "
                "`validate --root` names another folder to stay in."
            )
            source.faults.append(FileFault(NO_FILE, message, linked.span, linked.location))
            return
        data = read_bytes(path)
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # before Python 3.13 a loop of links is a RuntimeError
        reason = error.strerror if isinstance(error, OSError) else "that is not a path"
        message = f"The file {linked.path} cannot be read: {reason}."
        source.faults.append(FileFault(NO_FILE, message, linked.span, linked.location))
        return
    name = str(Path(source.name).parent / linked.path)
    allowance.take(len(data))
    other, trees = _trees(name, data, path, linked=True)
    for tree in trees:
        tree.places.allowance = allowance
        other.faults += tree.faults
        if not tree.broken:
            _take_definition(other, tree, linked.substitutions, linked.execution_type)
    sources.append(other)

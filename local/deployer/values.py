"""Property values: Pulumi's protobuf encoding on one side, plain Python on the other.

On the wire the properties of a resource are a protobuf Struct. What JSON cannot say is a map with the
signature key: secrets, assets, archives, references to other resources. Numbers are floats. `decode` gives
plain values and says apart which properties were secret; `encode` is its inverse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

Asset: TypeAlias = pulumi.FileAsset | pulumi.StringAsset | pulumi.RemoteAsset
Archive: TypeAlias = pulumi.AssetArchive | pulumi.FileArchive | pulumi.RemoteArchive


@dataclass(frozen=True, slots=True)
class ResourceReference:
    """Another resource, passed as a value."""

    urn: str
    id: str | None


class UnknownValue:
    """A value that will only be known after a deployment; there is one, `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = UnknownValue()

Value: TypeAlias = (
    bool
    | int
    | float
    | str
    | Asset
    | Archive
    | ResourceReference
    | UnknownValue
    | Sequence["Value"]
    | Mapping[str, "Value"]
    | None
)
Properties: TypeAlias = dict[str, Value]

MASK: Final = "[secret]"

_SIGNATURE = rpc._special_sig_key
_SECRET = rpc._special_secret_sig
_ASSET = rpc._special_asset_sig
_ARCHIVE = rpc._special_archive_sig
_RESOURCE = rpc._special_resource_sig
_OUTPUT = rpc._special_output_value_sig

# Past this, a float no longer holds every integer, so its value says nothing of what was written.
_EXACT_INTEGERS = 2**53


def decode(struct: struct_pb2.Struct) -> tuple[Properties, frozenset[str]]:
    """Read properties: the plain values, and the names of those that are or contain a secret.

    A property without a value is left out, as Pulumi does. A float without a fraction becomes an int.
    """
    properties: Properties = {}
    secrets = set()
    for name, wire in struct.fields.items():
        decoder = _Decoder()
        value = decoder.value(wire)
        if value is None:
            continue
        properties[name] = value
        if decoder.secret:
            secrets.add(name)
    return properties, frozenset(secrets)


def encode(properties: Mapping[str, Value], secrets: frozenset[str] = frozenset()) -> struct_pb2.Struct:
    """Write properties; those named in `secrets` are marked, so that the program keeps them masked."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        wire = _encode(value)
        if name in secrets:
            wire = _signed(_SECRET, {"value": wire})
        struct.fields[name].CopyFrom(wire)
    return struct


def masked(properties: Mapping[str, Value], secrets: frozenset[str]) -> Properties:
    """Return the properties as they may be shown or stored: a secret one is replaced whole."""
    return {name: MASK if name in secrets else value for name, value in properties.items()}


def redacted(text: str, properties: Mapping[str, Value], secrets: frozenset[str]) -> str:
    """Return a message without the secrets that it may repeat, as AWS's and botocore's error messages do."""
    # Longest first: one secret may contain another.
    for secret in sorted(secret_strings(properties, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def secret_strings(properties: Mapping[str, Value], secrets: frozenset[str]) -> set[str]:
    """Return every string in the properties named in `secrets`."""
    found: set[str] = set()
    for name in secrets & properties.keys():
        _collect_strings(properties[name], found)
    return found


def repeating(properties: Mapping[str, Value], strings: set[str]) -> frozenset[str]:
    """Return the names of the properties in which one of the strings occurs."""
    repeated = set()
    for name, value in properties.items():
        found: set[str] = set()
        _collect_strings(value, found)
        if any(secret in text for text in found for secret in strings):
            repeated.add(name)
    return frozenset(repeated)


def _collect_strings(value: Value, found: set[str]) -> None:
    match value:
        case str() if value:
            found.add(value)
        case Mapping():
            for item in value.values():
                _collect_strings(item, found)
        case Sequence() if not isinstance(value, str):
            for item in value:
                _collect_strings(item, found)


class _Decoder:
    """Decodes one top-level property and remembers whether a secret was met."""

    def __init__(self) -> None:
        self.secret = False

    def value(self, wire: struct_pb2.Value) -> Value:
        match wire.WhichOneof("kind"):
            case "bool_value":
                return bool(wire.bool_value)
            case "number_value":
                return _number(wire.number_value)
            case "string_value":
                return UNKNOWN if wire.string_value == rpc.UNKNOWN else str(wire.string_value)
            case "list_value":
                return [self.value(item) for item in wire.list_value.values]
            case "struct_value":
                return self._struct(wire.struct_value)
            case _:
                return None

    def _struct(self, struct: struct_pb2.Struct) -> Value:
        fields = struct.fields
        if _SIGNATURE not in fields:
            pairs = ((name, self.value(wire)) for name, wire in fields.items())
            return {name: value for name, value in pairs if value is not None}
        match fields[_SIGNATURE].string_value:
            case signature if signature == _SECRET:
                self.secret = True
                return self.value(fields["value"])
            case signature if signature == _OUTPUT:
                self.secret = self.secret or fields["secret"].bool_value
                return self.value(fields["value"]) if "value" in fields else UNKNOWN
            case signature if signature == _RESOURCE:
                reference = fields["id"].string_value if "id" in fields else ""
                return ResourceReference(fields["urn"].string_value, reference or None)
            case signature if signature == _ASSET:
                return self._asset(fields)
            case signature if signature == _ARCHIVE:
                return self._archive(fields)
            case signature:
                raise ValueError(f"a property value has the unknown signature {signature}")

    def _asset(self, fields: Mapping[str, struct_pb2.Value]) -> Asset:
        if "path" in fields:
            return pulumi.FileAsset(fields["path"].string_value)
        if "text" in fields:
            return pulumi.StringAsset(fields["text"].string_value)
        if "uri" in fields:
            return pulumi.RemoteAsset(fields["uri"].string_value)
        raise ValueError("an asset has neither path, text nor uri")

    def _archive(self, fields: Mapping[str, struct_pb2.Value]) -> Archive:
        if "assets" in fields:
            members = fields["assets"].struct_value.fields
            assets: dict[str, pulumi.Asset | pulumi.Archive] = {}
            for name, wire in members.items():
                member = self.value(wire)
                if not isinstance(member, pulumi.Asset | pulumi.Archive):
                    raise TypeError(f"the archive's member {name!r} is neither an asset nor an archive")
                assets[name] = member
            return pulumi.AssetArchive(assets)
        if "path" in fields:
            return pulumi.FileArchive(fields["path"].string_value)
        if "uri" in fields:
            return pulumi.RemoteArchive(fields["uri"].string_value)
        raise ValueError("an archive has neither assets, path nor uri")


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) <= _EXACT_INTEGERS else number


def _encode(value: Value) -> struct_pb2.Value:
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case UnknownValue():
            return struct_pb2.Value(string_value=rpc.UNKNOWN)
        case ResourceReference():
            fields = {"urn": _encode(value.urn)} | ({"id": _encode(value.id)} if value.id else {})
            return _signed(_RESOURCE, fields)
        case pulumi.FileAsset():
            return _signed(_ASSET, {"path": _encode(value.path)})
        case pulumi.StringAsset():
            return _signed(_ASSET, {"text": _encode(value.text)})
        case pulumi.RemoteAsset():
            return _signed(_ASSET, {"uri": _encode(value.uri)})
        case pulumi.AssetArchive():
            return _signed(_ARCHIVE, {"assets": _encode(value.assets)})  # type: ignore[arg-type]
        case pulumi.FileArchive():
            return _signed(_ARCHIVE, {"path": _encode(value.path)})
        case pulumi.RemoteArchive():
            return _signed(_ARCHIVE, {"uri": _encode(value.uri)})
        case Mapping():
            return _struct_value({name: _encode(item) for name, item in value.items()})
        case Sequence():
            items = [_encode(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
        case _:
            raise TypeError(f"a property cannot hold a {type(value).__name__}")


def _signed(signature: str, fields: Mapping[str, struct_pb2.Value]) -> struct_pb2.Value:
    return _struct_value({_SIGNATURE: _encode(signature), **fields})


def _struct_value(fields: Mapping[str, struct_pb2.Value]) -> struct_pb2.Value:
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))

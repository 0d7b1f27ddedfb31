"""Property values: what Pulumi puts on the wire comes back as plain Python, and the other way round."""

from __future__ import annotations

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.deployer.values import UNKNOWN, ResourceReference, Value, decode, encode, masked, redacted
from tests.texts import CHARACTERS

scalars = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(CHARACTERS), values))
def test_encoding_and_decoding_gives_the_same_values(properties: dict[str, Value]) -> None:
    assert decode(encode(properties)) == (properties, frozenset())


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(CHARACTERS), values), st.data())
def test_secrets_come_back_named_and_plain(properties: dict[str, Value], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(properties)) if properties else st.nothing()
    secrets = frozenset(data.draw(st.sets(names)))
    assert decode(encode(properties, secrets)) == (properties, secrets)


def test_a_secret_deep_inside_makes_its_property_secret() -> None:
    inner = encode({"word": "sesame"}, frozenset({"word"}))
    struct = encode({"open": 1, "list": []})
    struct.fields["list"].list_value.values.add().struct_value.CopyFrom(inner)
    assert decode(struct) == ({"open": 1, "list": [{"word": "sesame"}]}, frozenset({"list"}))


def test_absent_values_are_left_out() -> None:
    assert decode(encode({"gone": None, "there": {"gone": None, "x": 1}})) == (
        {"there": {"x": 1}},
        frozenset(),
    )


def test_references_and_unknowns_survive() -> None:
    properties: dict[str, Value] = {"resource": ResourceReference("urn:x", "id"), "later": UNKNOWN}
    assert decode(encode(properties))[0] == properties


def test_assets_and_archives_survive() -> None:
    archive = pulumi.AssetArchive(
        {
            "a": pulumi.FileAsset("a.py"),
            "b": pulumi.StringAsset("b"),
            "c": pulumi.RemoteAsset("https://example.com/c"),
            "d": pulumi.AssetArchive({"e": pulumi.FileArchive("e")}),
            "f": pulumi.RemoteArchive("https://example.com/f.zip"),
        }
    )
    decoded = decode(encode({"code": archive}))[0]["code"]
    assert encode({"code": decoded}) == encode({"code": archive})


def test_a_foreign_signature_is_an_error() -> None:
    struct = encode({"x": {"4dabf18193072939515e22adb298388d": "of tomorrow"}})
    with pytest.raises(ValueError, match="unknown signature of tomorrow"):
        decode(struct)


def test_masking_replaces_the_whole_property() -> None:
    assert masked({"a": {"deep": "secret"}, "b": 1}, frozenset({"a"})) == {"a": "[secret]", "b": 1}


def test_redacting_removes_every_string_of_a_secret_property() -> None:
    properties: dict[str, Value] = {"a": ["one", {"k": "one-two"}], "b": "three"}
    text = redacted("one-two and one, not three", properties, frozenset({"a"}))
    assert text == "[secret] and [secret], not three"

"""State machines inside SAM and CloudFormation templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from asl.checking import validate
from asl.reading import Source, read

if TYPE_CHECKING:
    from pathlib import Path

SIMPLE = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def machine(
    properties: dict[str, object], kind: str = "AWS::StepFunctions::StateMachine"
) -> dict[str, object]:
    return {"Resources": {"Order": {"Type": kind, "Properties": properties}}}


def sam(properties: dict[str, object]) -> dict[str, object]:
    return machine(properties, "AWS::Serverless::StateMachine")


def source(template: object) -> Source:
    [only] = read("template.json", json.dumps(template).encode())
    return only


def document(template: object) -> object:
    found = source(template)
    assert found.faults == []
    [definition] = found.definitions
    return definition.document


def faults(found: Source) -> list[tuple[str, str, str | None, str]]:
    return [
        (str(found.lines.position(f.span.start)), f.kind.code, f.location, f.message) for f in found.faults
    ]


class TestWhereDefinitionsAre:
    @pytest.mark.parametrize(
        "template",
        [
            sam({"Definition": SIMPLE}),
            machine({"Definition": SIMPLE}),
            machine({"DefinitionString": json.dumps(SIMPLE)}),
            machine({"DefinitionString": {"Fn::Sub": json.dumps(SIMPLE)}}),
            machine({"DefinitionString": {"Fn::Sub": [json.dumps(SIMPLE), {"x": "y"}]}}),
            machine(
                {
                    "DefinitionString": {
                        "Fn::Join": ["", ['{"StartAt": "A", ', '"States":{"A":{"Type":"Succeed"}}}']]
                    }
                }
            ),
            machine({"DefinitionString": {"Fn::ToJsonString": SIMPLE}}),
            machine({"Definition": {"Fn::If": ["Big", SIMPLE, {"Ref": "AWS::NoValue"}]}}),
            machine({"Definition": {"Fn::If": ["Big", {"Ref": "AWS::NoValue"}, SIMPLE]}}),
        ],
        ids=["sam", "object", "text", "sub", "sub with names", "join", "to json", "if", "if not"],
    )
    def test_a_definition_is_found(self, template: dict[str, object]) -> None:
        assert document(template) == SIMPLE

    def test_each_of_several_machines_has_its_name_and_place(self) -> None:
        one = machine({"Definition": SIMPLE})["Resources"]
        assert isinstance(one, dict)
        found = source({"Resources": {"First": one["Order"], "Second": one["Order"], "Table": {"Type": "x"}}})
        assert [(d.name, d.prefix) for d in found.definitions] == [
            ("First", "/Resources/First/Properties/Definition"),
            ("Second", "/Resources/Second/Properties/Definition"),
        ]

    @pytest.mark.parametrize(
        ("properties", "note"),
        [
            ({"DefinitionString": {"Ref": "Text"}}, "what its definition is, only the deployment knows"),
            ({"Definition": {"Fn::Sub": "${Text}"}}, "what its definition is, only the deployment knows"),
            ({"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}, "its definition lies in S3"),
            ({"DefinitionS3Location": "s3://b/k"}, "its definition lies elsewhere"),
            ({}, "it has no definition"),
            (
                {"Definition": {"StartAt": "A", "States": {"Fn::Transform": {"Name": "AWS::Include"}}}},
                "a macro (Fn::Transform) writes part of its definition",
            ),
        ],
    )
    def test_what_cannot_be_known_is_passed_over_and_said(
        self, properties: dict[str, object], note: str
    ) -> None:
        found = source(machine(properties))
        assert (found.definitions, found.faults) == ([], [])
        assert found.notes == [f"Order is not checked: {note}."]

    @pytest.mark.parametrize("broken", [5, None, [], {"Type": []}, {"Type": "AWS::Serverless::StateMachine"}])
    def test_a_resource_that_is_none_is_no_trouble(self, broken: object) -> None:
        assert source({"Resources": {"A": broken}}).definitions == []


class TestValues:
    def test_functions_in_place_of_values_become_placeholders(self) -> None:
        given = {
            "Resource": {"Fn::GetAtt": ["Brew", "Arn"]},
            "a": {"Ref": "Table"},
            "b": {"Fn::GetAtt": "Queue.Arn"},
            "c": {"Fn::Sub": "arn:${AWS::Partition}:states:::${!Kept}/${Name}"},
            "d": {"Fn::Join": ["-", ["x", {"Ref": "Y"}, 5, True]]},
            "e": {"Fn::ImportValue": "other"},
            "f": [{"Fn::If": ["p", {"g": {"Ref": "H"}}, 2]}],
            "gone": {"Ref": "AWS::NoValue"},
        }
        assert document(sam({"Definition": given})) == {
            "Resource": "${Brew.Arn}",
            "a": "${Table}",
            "b": "${Queue.Arn}",
            "c": "arn:aws:states:::${Kept}/${Name}",
            "d": "x-${Y}-5-true",
            "e": "${Fn::ImportValue}",
            "f": [{"g": "${H}"}],
        }

    def test_known_substitutions_are_put_in_so_that_what_they_name_can_be_checked(self) -> None:
        template = sam(
            {
                "Definition": {"Resource": "${Put}", "Table": "${Table}/x", "Limit": "${Limit}"},
                "DefinitionSubstitutions": {
                    "Put": {"Fn::Sub": "arn:${AWS::Partition}:states:::dynamodb:putItem"},
                    "Table": {"Ref": "Orders"},
                    "Limit": 5,
                },
            }
        )
        assert document(template) == {
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Table": "${Orders}/x",
            "Limit": "5",
        }

    def test_a_name_without_substitution_is_reported_once_with_a_near_one(self) -> None:
        text = """\
Resources:
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {TableName: !Ref Orders}
      Definition:
        Comment: ${Tablename} and ${Tablename}
        Other: ${Quite_Different}
        Known: !Sub ${NotASubstitution}
"""
        [found] = read("template.yaml", text.encode())
        assert faults(found) == [
            (
                "7:9",
                "UNKNOWN_SUBSTITUTION",
                "/Resources/Order/Properties/Definition/Comment",
                'DefinitionSubstitutions have no value for ${Tablename}; did you mean "${TableName}"?',
            ),
            (
                "8:9",
                "UNKNOWN_SUBSTITUTION",
                "/Resources/Order/Properties/Definition/Other",
                "DefinitionSubstitutions have no value for ${Quite_Different}, so it stays in the definition as it is.",
            ),
        ]

    def test_names_are_not_judged_if_the_substitutions_are_not_all_known(self) -> None:
        template = sam(
            {"Definition": {"a": "${B}"}, "DefinitionSubstitutions": {"Fn::Transform": {"Name": "M"}}}
        )
        assert document(template) == {"a": "${B}"}


class TestPlaces:
    def place(self, text: str, name: str = "template.yaml") -> list[tuple[str, str, str | None]]:
        [found] = read(name, text.encode())
        places = []
        for definition in found.definitions:
            for diagnostic in validate(definition.document):
                span, _ = definition.places.find(diagnostic.location)
                stretch = found.text[span.start : span.end]
                place = definition.location(diagnostic.location)
                places.append((str(found.lines.position(span.start)), stretch, place))
        return places

    def test_in_a_block_of_a_template_they_are_those_of_the_template(self) -> None:
        text = """\
Resources:
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {
          "StartAt": "A",
          "States": {
            "A": {"Type": "Pass", "Comment": "${AWS::Partition}${!x}", "Next": "Q"},
            "B": {"Type": "Succeed"}, "C": {"Type": "Fail"}}}
"""
        prefix = "/Resources/Order/Properties/DefinitionString"
        assert self.place(text) == [
            ("9:72", '"Next": "Q"', f"{prefix}/States/A/Next"),
            ("10:13", '"B"', f"{prefix}/States/B"),
            ("10:39", '"C"', f"{prefix}/States/C"),
        ]

    def test_in_joined_strings_with_escapes_they_are_those_of_the_template(self) -> None:
        first = '{"StartAt":"A","States":{"A":{"Comment":"Ö\\"\\n'
        second = '","Type":"Pass","Next":"Q"}, "B":{"Type":"Succeed"},"C":{"Type":"Fail"}}}'
        text = json.dumps(machine({"DefinitionString": {"Fn::Join": ["", [first, {"Ref": "X"}, second]]}}))
        [(place, stretch, _), (_, other, _), _] = self.place(text, "template.json")
        assert stretch == '\\"Next\\":\\"Q\\"'
        assert other == '\\"B\\"'
        assert place == f"1:{text.index(stretch) + 1}"

    def test_a_string_that_is_no_json_is_reported_inside_of_it(self) -> None:
        text = json.dumps(machine({"DefinitionString": '{"StartAt": "A",}'}))
        [found] = read("template.json", text.encode())
        [(place, code, location, _)] = faults(found)
        assert (place, code) == (f"1:{text.index(',}') + 2}", "INVALID_JSON_DESCRIPTION")
        assert location == "/Resources/Order/Properties/DefinitionString"

    def test_duplicate_keys_are_reported_inside_of_definitions_only(self) -> None:
        text = (
            '{"Resources": {"Order": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Name": 1, "Name": 2,'
            ' "Definition": {"a": 1, "a": 2}}}}}'
        )
        [found] = read("template.json", text.encode())
        assert [(code, location) for _, code, location, _ in faults(found)] == [
            ("DUPLICATE_KEY", "/Resources/Order/Properties/Definition/a")
        ]


class TestLinkedFiles:
    def template(self, folder: Path, uri: str, **properties: object) -> list[Source]:
        path = folder / "template.json"
        path.write_text(json.dumps(sam({"DefinitionUri": uri, **properties})))
        return read(str(path), path.read_bytes(), path=path)

    def test_the_file_beside_the_template_is_read_with_its_substitutions(self, tmp_path: Path) -> None:
        (tmp_path / "flows").mkdir()
        (tmp_path / "flows" / "order.asl.json").write_text('{"a": "${A}", "b": ${B}, "c": "${C}"}')
        template, linked = self.template(
            tmp_path, "flows/order.asl.json", DefinitionSubstitutions={"A": "arn", "B": 5}
        )
        assert (template.faults, template.definitions) == ([], [])
        assert linked.name == str(tmp_path / "flows" / "order.asl.json")
        assert linked.definitions[0].document == {"a": "arn", "b": 5, "c": "${C}"}
        assert [(code, location) for _, code, location, _ in faults(linked)] == [
            ("UNKNOWN_SUBSTITUTION", "/c")
        ]

    def test_a_file_that_is_not_there_is_reported_in_the_template(self, tmp_path: Path) -> None:
        [template] = self.template(tmp_path, "nope.json")
        [(_, code, location, message)] = faults(template)
        assert (code, location) == ("DEFINITION_NOT_FOUND", "/Resources/Order/Properties/DefinitionUri")
        assert message == "The file nope.json cannot be read: No such file or directory."

    def test_a_path_that_is_none_is_reported(self, tmp_path: Path) -> None:
        [template] = self.template(tmp_path, "a\0b")
        assert [code for _, code, _, _ in faults(template)] == ["DEFINITION_NOT_FOUND"]

    def test_without_knowing_where_the_template_lies_nothing_is_looked_for(self) -> None:
        assert source(sam({"DefinitionUri": "a.json"})).notes == [
            "a.json is not checked: it is not known where the template lies."
        ]


def check(found: Source) -> list[tuple[str, str | None]]:
    """Return the code and the place of every error: of reading the file, and of its definitions."""
    return [(fault.kind.code, fault.location) for fault in found.faults if fault.kind.severity == "ERROR"] + [
        (diagnostic.code, definition.location(diagnostic.location))
        for definition in found.definitions
        for diagnostic in validate(definition.document, unquoted=definition.unquoted)
        if diagnostic.severity == "ERROR"
    ]


def waiting(seconds: object, **more: object) -> dict[str, object]:
    return {
        "StartAt": "Rest",
        "States": {"Rest": {"Type": "Wait", "Seconds": seconds, "End": True, **more}},
    }


class TestSubstitutionsAreTexts:
    """AWS puts texts into the text of the definition."""

    SECONDS: Final = (
        "SCHEMA_VALIDATION_FAILED",
        "/Resources/Order/Properties/Definition/States/Rest/Seconds",
    )

    @pytest.mark.parametrize(
        ("value", "refused"),
        [
            ("${Pause}", True),
            ("${Unknown}", True),
            ("${Pause}0", True),
            ({"Ref": "Pause"}, True),
            ({"Fn::GetAtt": ["Shop", "Pause"]}, True),
            ({"Fn::If": ["Busy", 30, 60]}, True),
            ({"Fn::ImportValue": "pause"}, True),
            (30, False),
        ],
    )
    def test_a_number_in_quotes_stays_a_text(self, value: object, refused: bool) -> None:
        template = sam(
            {
                "Definition": waiting(value),
                "DefinitionSubstitutions": {"Pause": 30, "Unknown": {"Ref": "Pause"}},
            }
        )
        assert check(source(template)) == ([self.SECONDS] if refused else [])

    def test_cloudformation_itself_keeps_the_number_that_a_condition_chooses(self) -> None:
        assert check(source(machine({"Definition": waiting({"Fn::If": ["Busy", 30, 60]})}))) == []

    @pytest.mark.parametrize(
        ("seconds", "values", "refused"),
        [
            ("${Pause}", {"Pause": 30}, False),
            ("${Pause}", {"Pause": "30"}, False),
            ("${Pause}", {"Pause": {"Ref": "Pause"}}, False),
            ("${Pause}", {"Pause": 1.5}, True),
            ("${Pause}", {"Pause": "[30]"}, True),
            ("${Pause}", {"Pause": "soon"}, True),
            ('"${Pause}"', {"Pause": 30}, True),
            ('"${Pause}"', {"Pause": {"Ref": "Pause"}}, True),
        ],
    )
    def test_without_quotes_it_is_what_is_put_in(
        self, seconds: str, values: dict[str, object], refused: bool, tmp_path: Path
    ) -> None:
        text = json.dumps(waiting("SECONDS")).replace('"SECONDS"', seconds)
        (tmp_path / "rest.asl.json").write_text(text)
        path = tmp_path / "template.json"
        path.write_text(
            json.dumps(sam({"DefinitionUri": "rest.asl.json", "DefinitionSubstitutions": values}))
        )
        _, linked = read(str(path), path.read_bytes(), path=path)
        assert bool(check(linked)) is refused

    def test_a_whole_list_of_retriers_may_be_put_in_without_quotes(self) -> None:
        text = (
            '{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Retry": ${Retriers}, "End": true, "Branches": ['
            '{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]}}}'
        )
        retriers = '[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]'
        properties: dict[str, object] = {
            "DefinitionString": text,
            "DefinitionSubstitutions": {"Retriers": retriers},
        }
        assert check(source(machine(properties))) == []

    @pytest.mark.parametrize(
        ("note", "words"),
        [
            ('say "hi"', 'has a " in it'),
            ("C:\\dir", "has a \\ in it"),
            ("two\nlines", "has a line break"),
        ],
    )
    def test_a_text_that_ends_the_text_is_told(self, note: str, words: str) -> None:
        document: dict[str, object] = {**SIMPLE, "Comment": "${Note}"}
        found = source(sam({"Definition": document, "DefinitionSubstitutions": {"Note": note}}))
        [(_, code, location, message)] = faults(found)
        assert (code, location) == ("INVALID_SUBSTITUTION", "/Resources/Order/Properties/Definition/Comment")
        assert words in message

    @pytest.mark.parametrize("note", ['say \\"hi\\"', "a\\n", "plain", "it's", "{}"])
    def test_a_text_that_is_escaped_is_put_in(self, note: str) -> None:
        found = source(
            sam({"Definition": {**SIMPLE, "Comment": "${Note}"}, "DefinitionSubstitutions": {"Note": note}})
        )
        assert found.faults == []
        [definition] = found.definitions
        assert isinstance(definition.document, dict)
        assert definition.document["Comment"] == json.loads(f'"{note}"')

    @pytest.mark.parametrize(
        "value", [["a", "b"], {"a": 1}, {"Ref": "Subnets"}], ids=["list", "object", "list parameter"]
    )
    def test_lists_are_no_substitutions(self, value: object) -> None:
        template = sam({"Definition": SIMPLE, "DefinitionSubstitutions": {"Names": value}})
        template["Parameters"] = {"Subnets": {"Type": "CommaDelimitedList"}}
        assert check(source(template)) == [
            ("INVALID_SUBSTITUTION", "/Resources/Order/Properties/DefinitionSubstitutions/Names")
        ]

    def test_keys_are_replaced_too(self) -> None:
        document = {"StartAt": "Go", "States": {"${First}": {"Type": "Pass", "End": True}}}
        template = sam({"Definition": document, "DefinitionSubstitutions": {"First": "Go"}})
        assert check(source(template)) == []

    def test_outside_of_templates_it_is_not_known_how_a_name_is_replaced(self) -> None:
        [found] = read("rest.asl.json", json.dumps(waiting("${Pause}")).encode())
        assert check(found) == []


class TestWhatTheHandlerReads:
    """A YAML file that a template names is read by AWS's handler, with Jackson."""

    def linked(self, folder: Path, text: str) -> Source:
        (folder / "flow.asl.yaml").write_text(text)
        path = folder / "template.yaml"
        path.write_text(
            "Resources:\n  Order:\n    Type: AWS::Serverless::StateMachine\n"
            "    Properties: {DefinitionUri: flow.asl.yaml, DefinitionSubstitutions: {Pause: 30}}\n"
        )
        _, found = read(str(path), path.read_bytes(), path=path)
        return found

    def test_an_alias_is_a_text(self, tmp_path: Path) -> None:
        text = "StartAt: A\nStates:\n  A: &a {Type: Succeed}\n  B: *a\n"
        found = self.linked(tmp_path, text)
        [definition] = found.definitions
        assert definition.document == {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": "a"}}
        [(place, code, _, message)] = faults(found)
        assert (place, code) == ("4:6", "ALIAS_NOT_FOLLOWED")
        assert message.endswith('*a becomes the text "a". Write out what it stands for.')

    def test_a_merge_key_is_a_key_and_a_tag_a_remark(self, tmp_path: Path) -> None:
        text = "StartAt: A\nStates:\n  A: {<<: {Type: Pass}, Resource: !GetAtt Brew.Arn}\n"
        [definition] = self.linked(tmp_path, text).definitions
        assert isinstance(definition.document, dict)
        assert definition.document["States"] == {"A": {"<<": {"Type": "Pass"}, "Resource": "Brew.Arn"}}

    def test_a_placeholder_is_a_text_with_or_without_quotes(self, tmp_path: Path) -> None:
        text = "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: '${Pause}', End: true}\n"
        assert check(self.linked(tmp_path, text)) == [("SCHEMA_VALIDATION_FAILED", "/States/A/Seconds")]

"""JSONata expressions: delimiters, syntax, and what they may refer to."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.checking import Diagnostic, Severity, validate
from asl.expressions.jsonata import FunctionCall, read_expression
from tests.asl.checking.machines import LAMBDA, machine
from tests.texts import CHARACTERS

ERROR, WARNING = Severity.ERROR, Severity.WARNING
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
PLACE = "/States/Here/Output"


def output(value: object) -> list[Diagnostic]:
    return validate(machine({"Type": "Pass", "Output": value, "End": True}, "JSONata"))


def task(**fields: object) -> list[Diagnostic]:
    state = {"Type": "Task", "Resource": LAMBDA, "Next": "Done", **fields}
    return validate(machine(state, "JSONata"))


class TestDelimiters:
    def test_a_text_without_them_is_a_text(self) -> None:
        assert output("100 % {sure}") == []

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("{% $states.input }", "is missing"),
            ("{% $states.input", "is missing"),
            ("{% $states.input %} ", "is followed by blanks"),
            ("{%}", "is missing"),
        ],
    )
    def test_a_text_that_opens_them_closes_them_at_its_end(self, text: str, what: str) -> None:
        assert output({"a": [text]}) == [
            Diagnostic(
                ERROR,
                "SCHEMA_VALIDATION_FAILED",
                f"JSONata string must start with {{% and end with %}}: in {text} the end {what}.",
                f"{PLACE}/a[0]",
            )
        ]

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            (" {% $states.input %}", "take the blanks away."),
            (
                "Hello {% $states.input %}!",
                "put the whole text inside: {% 'Hello ' & $name %}.",
            ),
        ],
    )
    def test_an_expression_within_a_text_is_a_warning(self, text: str, advice: str) -> None:
        assert output(text) == [
            Diagnostic(
                WARNING,
                "JSONATA_NOT_EVALUATED",
                f"Only a text that starts with {{% is evaluated, and this one does not: {advice}",
                PLACE,
            )
        ]

    def test_a_placeholder_inside_may_be_anything(self) -> None:
        assert output("{% ${Expression} %}") == []


class TestSyntax:
    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("$a[1,2)", 'Expected "]", got ","'),
            ('"unterminated', "String literal must be terminated by a matching quote"),
            ("1 +", "Unexpected end of expression"),
            ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
            ('$match("a", /abc', "No terminating / in regular expression"),
            ("", "Unexpected end of expression"),
            ("/* c", "Unexpected end of expression"),
        ],
    )
    def test_what_does_not_parse_is_an_error_in_the_words_of_the_parser(
        self, expression: str, message: str
    ) -> None:
        assert output(f"{{%{expression}%}}") == [
            Diagnostic(ERROR, "INVALID_JSONATA_EXPRESSION", message, PLACE)
        ]

    @pytest.mark.parametrize(
        "expression",
        ["(" * 2_000, "-" * 3_000 + "1", "1" + "+1" * 3_000, "$a" + ".b" * 5_000, "$a:=" * 1_500],
    )
    def test_what_is_too_large_is_a_warning_and_answered_soon(self, expression: str) -> None:
        started = time.process_time()
        [only] = output(f"{{% {expression} %}}")
        assert (only.severity, only.code, only.message) == (
            WARNING,
            "EXPRESSION_NOT_CHECKED",
            "This expression is too long or too deeply nested to be checked.",
        )
        assert time.process_time() - started < 5

    @pytest.mark.parametrize(
        ("before", "link", "after"), [("1", "+1", ""), ("", "-", "1"), ("$a", "[0]", ""), ("", "$a:=", "1")]
    )
    def test_how_deep_is_too_deep_does_not_hang_on_the_interpreters_limit(
        self, before: str, link: str, after: str
    ) -> None:
        def skipped() -> list[bool]:
            read_expression.cache_clear()
            return [read_expression(before + link * many + after).skipped for many in (1, 190, 210, 900)]

        as_usual = skipped()
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(10_000)  # as jsonata-python sets it wherever it is imported
        try:
            assert skipped() == as_usual == [False, False, True, True]
        finally:
            sys.setrecursionlimit(limit)

    @given(
        st.text(alphabet="$abs.[](){}'\"`:=,?+-*/%~>@#^|& 019;\\", max_size=40)
        | st.text(CHARACTERS, max_size=20)
    )
    def test_any_text_gets_an_answer(self, expression: str) -> None:
        for diagnostic in output("{%" + expression + "%}"):
            assert diagnostic.message

    @pytest.mark.parametrize(
        ("field", "value", "place"),
        [
            ("Arguments", {"a": [{"b": "{% ( %}"}]}, "Arguments/a[0]/b"),
            ("Output", "{% ( %}", "Output"),
            ("Assign", {"x": "{% ( %}"}, "Assign/x"),
            ("TimeoutSeconds", "{% ( %}", "TimeoutSeconds"),
            ("Credentials", {"RoleArn": "{% ( %}"}, "Credentials/RoleArn"),
            (
                "Catch",
                [{"ErrorEquals": ["E"], "Next": "Done", "Assign": {"x": "{% ( %}"}}],
                "Catch[0]/Assign/x",
            ),
        ],
    )
    def test_every_field_that_is_evaluated_is_looked_at(self, field: str, value: object, place: str) -> None:
        found = [d for d in task(**{field: value}) if d.code == "INVALID_JSONATA_EXPRESSION"]
        assert [d.location for d in found] == [f"/States/Here/{place}"]

    def test_comments_and_column_names_are_not(self) -> None:
        assert output({"a": 1}) == []
        state = {
            "Type": "Map",
            "Comment": "{% ( %}",
            "Items": [],
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "Arguments": {"Bucket": "b", "Key": "k"},
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["{% ( %}"]},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Inner",
                "States": {"Inner": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
        assert validate(machine(state, "JSONata")) == []


class TestTopLevelNames:
    @pytest.mark.parametrize(
        "expression",
        [
            "cup",
            "cup[0].size",
            "-cup",
            "cup ? 1 : 2",
            "cup & 'x'",
            "$sum(cup)",
            "cup(1)",
            "cup ~> $string()",
            "[1..cup]",
            "(cup).x",
            "[cup].x",
            "{'a': cup}",
            "($x := cup; $x)",
            "$map($states.input, function($y){ cup })",
            "$count(cup[inner])",
        ],
    )
    def test_are_refused_as_there_is_no_context_item(self, expression: str) -> None:
        assert output(f"{{% {expression} %}}") == [
            Diagnostic(
                ERROR,
                UNSUPPORTED,
                "Reference to 'cup' at the top level is not supported. "
                "Write $states.input.cup, or $cup for a variable.",
                PLACE,
            )
        ]

    @pytest.mark.parametrize(
        "expression",
        [
            "$states.input.cup[size > 3]",
            "$states.input.a^(cup)",
            "$states.input.a{'k': cup}",
            "$states.input.a.(cup)",
            "$states.input ~> |cup|{'b': 1}|",
            "{'k': 1}.cup",
            "$states.input.a[$ > 1]",
            "$map($states.input.a, function($x){ $x.cup })",
            "$states.input.a@$b.c[$b = 1]",
            "$states.input.a#$i.{'i': $i}",
            "'cup'",
            "($f := function($n){ $n < 2 ? 1 : $f($n - 1) }; $f(5))",
            "$filter($states.input, $boolean)",
        ],
    )
    def test_within_a_path_or_a_function_are_fine(self, expression: str) -> None:
        assert output(f"{{% {expression} %}}") == []

    def test_the_context_item_and_the_root_have_their_own_words(self) -> None:
        assert [d.message for d in output("{% $.cup %}")] == [
            "Reference to '$' at the top level is not supported. Write $states.input."
        ]
        assert [d.message for d in output("{% $$.cup %}")] == [
            "Reference to '$$' is not supported. Write $states.input."
        ]

    def test_each_name_is_told_once(self) -> None:
        assert [d.message.split("'")[1] for d in output("{% a + b + a %}")] == ["a", "b"]


class TestStates:
    def test_the_error_output_is_there_in_catchers_alone(self) -> None:
        catcher = {"ErrorEquals": ["E"], "Next": "Done"}
        expression = "{% $states.errorOutput.Cause %}"
        assert task(Catch=[catcher | {"Output": expression, "Assign": {"x": expression}}]) == []
        assert output(expression) == [
            Diagnostic(
                ERROR,
                UNSUPPORTED,
                "Field '$states.errorOutput' does not exist. Only the Output and Assign of a catcher have it.",
                PLACE,
            )
        ]

    def test_the_result_is_there_in_the_output_of_what_has_one(self) -> None:
        expression = "{% $states.result %}"
        error = Diagnostic(
            ERROR,
            UNSUPPORTED,
            "Field '$states.result' does not exist. Only the Output and Assign of a Task, Parallel or Map state "
            "have it.",
            PLACE,
        )
        assert task(Output=expression, Assign={"x": expression}) == []
        assert output(expression) == [error]
        [only] = task(Arguments={"a": expression})
        assert (only.code, only.location) == (UNSUPPORTED, "/States/Here/Arguments/a")

    def test_it_has_four_fields(self) -> None:
        assert output("{% $states %}") == []
        assert output("{% $states.Input.a %}") == [
            Diagnostic(
                ERROR,
                UNSUPPORTED,
                "Field '$states.Input' does not exist; did you mean $states.input?",
                PLACE,
            )
        ]


class TestNothingStays:
    """What was read before has no say."""

    @pytest.mark.parametrize(
        "before",
        [
            "$states.input.a.b.{'p': %.c}",
            "$states.input.a.%.b",
            "$states.input.a.%",
            "%.a",
            "$states.input.a.b.{'p': %.%.c}",
            "(",
            "$states.input ?? 1",
        ],
    )
    def test_the_parent_is_found_whatever_was_read_before(self, before: str) -> None:
        for expression in (
            "$states.input.a.b.{'p': %.c, 'q': %.d}",
            "$states.input.a.b.{'p': %.c}",
            "$states.input.a.b.%.c",
        ):
            read_expression(before + " ")
            assert read_expression.__wrapped__(expression).fault is None

    @pytest.mark.parametrize("operator", ["??", "?:"])
    def test_the_operators_of_jsonata_2_1_are_refused(self, operator: str) -> None:
        [only] = output(f"{{% $states.input.a {operator} 1 %}}")
        assert (only.severity, only.code) == (ERROR, "INVALID_JSONATA_EXPRESSION")
        assert f"{operator} came after JSONata 2.0.6" in only.message

    @pytest.mark.parametrize("expression", ["'a ?? b'", "$states.input.`a?:b`", "$states.input.a ? 1 : 2"])
    def test_their_signs_may_stand_elsewhere(self, expression: str) -> None:
        assert output(f"{{% {expression} %}}") == []


class TestFunctions:
    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("$upperCase('a')", "There is no function $upperCase; did you mean $uppercase?"),
            ("$xyzzy()", "There is no function $xyzzy, so calling it fails."),
            (
                "$eval('1')",
                "Step Functions does not have $eval, so this fails when it runs; $parse reads JSON from a text.",
            ),
        ],
    )
    def test_one_that_does_not_exist_is_a_warning(self, expression: str, message: str) -> None:
        assert output(f"{{% {expression} %}}") == [
            Diagnostic(WARNING, "UNKNOWN_JSONATA_FUNCTION", message, PLACE)
        ]

    @pytest.mark.parametrize(
        "expression",
        [
            "$partition([1], 2)",
            "$range(0, 9, 2)",
            "$random(7)",
            "$uuid()",
            "$parse('{}')",
            "$hash('a', 'SHA-512')",
            "$sum([1]) ~> $round(2)",
        ],
    )
    def test_those_of_jsonata_and_of_step_functions_exist(self, expression: str) -> None:
        assert output(f"{{% {expression} %}}") == []

    def test_hash_knows_five_algorithms(self) -> None:
        assert output("{% $hash('a', 'SHA256') %}") == [
            Diagnostic(
                WARNING,
                "JSONATA_ARGUMENT",
                "$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not 'SHA256'.",
                PLACE,
            )
        ]


class TestPathsInJsonata:
    @pytest.mark.parametrize(
        ("value", "message", "place"),
        [
            (
                {"a": "$.order.id"},
                "The state is written in JSONata, so $.order.id is handed on as a text: "
                "write {% $states.input.order.id %}.",
                f"{PLACE}/a",
            ),
            (
                "$$.Execution.Id",
                "The state is written in JSONata, so $$.Execution.Id is handed on as a text: "
                "write {% $states.context.Execution.Id %}.",
                PLACE,
            ),
            (
                ["States.UUID()"],
                "The state is written in JSONata, so States.UUID() is handed on as a text: "
                "JSONata has functions of its own for it.",
                f"{PLACE}[0]",
            ),
            (
                {"a.$": "$.order"},
                "The state is written in JSONata, where the key 'a.$' keeps its ending: write 'a' with an expression "
                "in {% %}.",
                PLACE,
            ),
        ],
    )
    def test_are_a_warning(self, value: object, message: str, place: str) -> None:
        assert output(value) == [Diagnostic(WARNING, "JSONPATH_IN_JSONATA", message, place)]


class TestCalls:
    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("$uuid(1)", "$uuid takes no arguments, not 1."),
            ("$parse()", "$parse takes one argument, not none."),
            ("$range(1, 2)", "$range takes 3 arguments, not 2."),
            ("$partition([1])", "$partition takes 2 arguments, not 1."),
            ("$hash('a')", "$hash takes 2 arguments, not 1."),
            ("$random(1, 2)", "$random takes 0 to 1 arguments, not 2."),
            ("$substring('abc')", "$substring takes 2 to 3 arguments, not 1."),
            ("$zip()", "$zip takes 1 or more arguments, not none."),
            ("[1] ~> $append([2], [3])", "$append takes 2 arguments, not 3."),
        ],
    )
    def test_a_function_gets_as_many_arguments_as_it_takes(self, expression: str, message: str) -> None:
        assert output(f"{{% {expression} %}}") == [
            Diagnostic(WARNING, "JSONATA_ARGUMENT_COUNT", message, "/States/Here/Output")
        ]

    @pytest.mark.parametrize(
        "expression",
        [
            "$random()",
            "$random(7)",
            "$states.input.names.$uppercase()",
            "$states.input.names.$split(',')",
            "$states.input.name ~> $split(',')",
            "$states.input.name ~> $uppercase ~> $trim()",
            "$substring(?, 1)",
            "$map($states.input.names, $uppercase)",
            "($twice := function($x) { $x * 2 }; $twice(1))",
            "$zip([1], [2], [3])",
        ],
    )
    def test_a_first_argument_may_come_from_the_path_or_from_before(self, expression: str) -> None:
        assert output(f"{{% {expression} %}}") == []

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            (
                "'one ' + $states.input.x",
                "+ works on numbers, and a text beside it fails: join texts with &.",
            ),
            (
                "$states.input.x - '1'",
                "- works on numbers, and a text beside it fails: make a number of it with $number.",
            ),
        ],
    )
    def test_texts_are_not_calculated_with(self, expression: str, message: str) -> None:
        assert output(f"{{% {expression} %}}") == [
            Diagnostic(WARNING, "JSONATA_ARGUMENT", message, "/States/Here/Output")
        ]

    def test_texts_are_joined_and_compared(self) -> None:
        assert output("{% 'one ' & $states.input.x & 1 + 2 %}") == []
        assert output("{% $states.input.x = 'one' %}") == []


class TestWithoutDelimiters:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("$states.input", "{% $states.input %}"),
            ("$states.input.drinks[0].name", "{% $states.input.drinks[0].name %}"),
            ("{ $states.input.drink }", "{% $states.input.drink %}"),
        ],
    )
    def test_what_can_only_be_meant_as_an_expression_is_told(self, text: str, meant: str) -> None:
        message = f"Only a text that starts with {{% is evaluated, and this one does not: write {meant}."
        assert output(text) == [Diagnostic(WARNING, "JSONATA_NOT_EVALUATED", message, "/States/Here/Output")]

    def test_the_name_of_a_variable_is_told_where_there_is_one(self) -> None:
        def using(name: str) -> list[Diagnostic]:
            states = {
                "Set": {"Type": "Pass", "Assign": {"drink": "latte"}, "Next": "Use"},
                "Use": {"Type": "Pass", "Output": {"drink": name}, "End": True},
            }
            return validate({"QueryLanguage": "JSONata", "StartAt": "Set", "States": states})

        assert using("{% $drink %}") == using("$price") == using("costs $drink") == []
        assert using("$drink") == [
            Diagnostic(
                WARNING,
                "JSONATA_NOT_EVALUATED",
                "Only a text that starts with {% is evaluated, and this one is the name of a variable: "
                "write {% $drink %}.",
                "/States/Use/Output/drink",
            )
        ]


class TestReading:
    def test_what_an_expression_refers_to_is_found(self) -> None:
        found = read_expression("$hash($states.context.State.Name & $salt, 'MD5')")
        assert found.states == [("context", "State", "Name")]
        assert found.variables == ["hash", "salt"]
        assert found.calls == [FunctionCall("hash", (None, "MD5"), 2)]

    def test_the_parser_is_loaded_when_it_is_needed_and_leaves_the_process_as_it_was(self) -> None:
        program = (
            "import sys; limit = sys.getrecursionlimit()\n"
            "from asl.checking import validate\n"
            "state = {'Type': 'Pass', 'End': True}\n"
            "validate({'StartAt': 'A', 'States': {'A': state}})\n"
            "assert 'jsonata' not in sys.modules\n"
            "state['Output'] = '{% 1 %}'\n"
            "validate({'QueryLanguage': 'JSONata', 'StartAt': 'A', 'States': {'A': state}})\n"
            "assert 'jsonata' in sys.modules and sys.getrecursionlimit() == limit\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=180)

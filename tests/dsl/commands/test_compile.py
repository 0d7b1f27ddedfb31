"""`python -m dsl compile`, `graph` and `mocks`: what they print, and how they tell what is wrong."""

from __future__ import annotations

import importlib
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsl.commands.line import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., tuple[int, str, str]]

FLOW = """
from dsl import Placeholder, StateMachine, end, pass_, wait
rest = wait("Rest", seconds=Placeholder("Rest"))
rest >> end
hello = StateMachine("Hello", start=rest)
number = 5
"""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in a directory with a workflow, and forget the modules that are imported from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    Path("coffee_flow.py").write_text(FLOW)
    importlib.invalidate_caches()
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("coffee"):
            del sys.modules[name]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command; answer with the exit status, the output, and what was said besides."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run_it


class TestCompile:
    def test_it_prints_the_definition_with_its_placeholders(self, run: Run) -> None:
        status, output, _ = run("compile", "coffee_flow:hello")
        assert status == 0
        assert json.loads(output)["States"]["Rest"]["Seconds"] == "${Rest}"

    @pytest.mark.parametrize(
        ("written", "value"),
        [("30", 30), ("-1", -1), ("007", "007"), ('"30"', "30"), ("a=b", "a=b"), ("", ""), ("5.5", "5.5")],
    )
    def test_a_value_that_is_bound_is_a_number_if_it_looks_like_one(
        self, run: Run, written: str, value: object
    ) -> None:
        _, output, _ = run("compile", "coffee_flow:hello", "--bind", f"Rest={written}")
        assert json.loads(output)["States"]["Rest"]["Seconds"] == value

    def test_the_policy_is_printed_instead_if_asked(self, run: Run) -> None:
        status, output, _ = run("compile", "workflows:order_manager", "--policy")
        assert status == 0
        assert json.loads(output)["Version"] == "2012-10-17"

    def test_a_state_of_which_nobody_knows_what_it_needs_is_told(self, run: Run) -> None:
        Path("coffee_jsonata.py").write_text(
            "from dsl import StateMachine, end, jsonata\n"
            "called = {'FunctionName': '{% $states.input.f %}'}\n"
            "ask = jsonata.task('Ask', 'arn:aws:states:::lambda:invoke', called)\n"
            "hello = StateMachine('Hello', ask >> end, query_language='JSONata')\n"
        )
        importlib.invalidate_caches()
        assert run("compile", "coffee_jsonata:hello")[0] == 0
        status, output, said = run("compile", "coffee_jsonata:hello", "--policy")
        assert (status, output) == (1, "")
        assert said.startswith("state 'Ask': what lambda:invoke needs cannot be told")

    def test_it_can_be_written_to_a_file(self, run: Run) -> None:
        assert run("compile", "coffee_flow:hello", "--output", "out.json") == (0, "", "")
        assert json.loads(Path("out.json").read_text())["StartAt"] == "Rest"

    def test_a_module_alone_will_do_if_it_has_one_workflow(self, run: Run) -> None:
        assert run("compile", "coffee_flow")[0] == 0

    @pytest.mark.parametrize(
        ("arguments", "status", "message"),
        [
            (["coffee_flow:helo"], 2, "There is no helo in coffee_flow; did you mean coffee_flow:hello?"),
            (["coffee_flow:number"], 2, "coffee_flow:number is an int, not a StateMachine."),
            (["coffee_tea:x"], 2, "There is no module coffee_tea here (looked from {here})."),
            (
                ["coffee flow"],
                2,
                "'coffee flow' names no workflow: write module:object, such as workflows:order_manager.",
            ),
            (
                ["workflows"],
                2,
                "workflows has 2 workflows; name one: workflows:order_manager or workflows:order_processor.",
            ),
            (["coffee_flow:hello", "--bind", "Rest"], 2, "--bind takes NAME=VALUE, not 'Rest'."),
            (
                ["coffee_flow:hello", "--bind", "rest=1"],
                2,
                "The workflow has no placeholder rest; did you mean Rest?",
            ),
            (
                ["workflows:order_manager", "--bind", "OrderTableName=x"],
                1,
                "no value was bound for ${ConfigTableName}, ${EventBusName}, ${SanitizeOrderFunctionArn}\n"
                "  add --bind ConfigTableName=... --bind EventBusName=... --bind SanitizeOrderFunctionArn=...",
            ),
            (["coffee_flow:hello", "-o", "no/such/place"], 2, "no/such/place: No such file or directory"),
        ],
    )
    def test_what_is_wrong_is_said_in_a_line(
        self, run: Run, arguments: list[str], status: int, message: str
    ) -> None:
        assert run("compile", *arguments) == (status, "", message.replace("{here}", str(Path.cwd())) + "\n")

    def test_a_mistake_in_a_workflow_is_told_as_the_language_tells_it(self, run: Run) -> None:
        Path("coffee_wrong.py").write_text('from dsl import *\nm = StateMachine("", start=succeed(""))\n')
        status, _, errors = run("compile", "coffee_wrong:m")
        assert status == 1
        assert "Traceback" not in errors
        assert str(Path("coffee_wrong.py").absolute()) in errors

    @pytest.mark.parametrize("fault", ["import coffee_tea", "1 / 0", "def"])
    def test_any_other_error_of_the_module_is_told_with_its_lines_alone(self, run: Run, fault: str) -> None:
        Path("coffee_wrong.py").write_text(f"x = 1\n{fault}\n")
        status, _, errors = run("compile", "coffee_wrong:m")
        assert status == 1
        assert errors.startswith("coffee_wrong cannot be imported.\n")
        assert 'coffee_wrong.py", line 2' in errors
        assert "importlib" not in errors
        assert "loading.py" not in errors


class TestGraph:
    DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'

    def test_a_workflow_is_drawn(self, run: Run) -> None:
        assert run("graph", "coffee_flow:hello")[1].startswith("flowchart TD")

    def test_a_definition_in_a_file_is_drawn_in_the_form_that_the_output_s_name_asks_for(
        self, run: Run
    ) -> None:
        Path("a.asl.json").write_text(self.DEFINITION)
        assert run("graph", "a.asl.json")[1].startswith("flowchart TD")
        assert run("graph", "a.asl.json", "--output", "a.svg") == (0, "", "")
        assert ET.fromstring(Path("a.svg").read_text()).attrib["aria-label"] == "a"
        assert run("graph", "a.asl.json", "--format", "svg")[1].startswith("<svg")

    def test_one_machine_of_a_template_is_chosen_by_its_name(self, run: Run) -> None:
        machine = {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": json.loads(self.DEFINITION)},
        }
        Path("t.json").write_text(json.dumps({"Resources": {"One": machine, "Two": machine}}))
        assert run("graph", "t.json") == (
            2,
            "",
            "t.json has several state machines; choose one with --machine: One, Two.\n",
        )
        assert run("graph", "t.json", "--machine", "Two")[0] == 0
        assert (
            run("graph", "t.json", "--machine", "Three")[2]
            == "There is no state machine called Three in t.json.\n"
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "a.json:1:1: INVALID_JSON_DESCRIPTION The text ends too early: "),
            ("[]", "a.json holds no definition, which would be an object."),
            ('{"Resources": {}}', "There is no state machine in a.json."),
        ],
    )
    def test_a_file_that_cannot_be_drawn_is_told_so(self, run: Run, text: str, message: str) -> None:
        Path("a.json").write_text(text)
        status, _, errors = run("graph", "a.json")
        assert status == 1
        assert errors.startswith(message)

    def test_a_file_that_is_not_there_is_told_so(self, run: Run) -> None:
        assert run("graph", "nope.json") == (2, "", "nope.json: No such file or directory\n")


class TestMocks:
    def test_the_cases_of_one_workflow_or_of_several_become_a_configuration(self, run: Run) -> None:
        Path("coffee_cases.py").write_text(
            "from coffee_flow import hello\n"
            "from dsl.mocks import Case, CaseBook\n"
            "book = CaseBook(hello, [Case('Rested', {}, {})])\n"
            "books = (book,)\n"
        )
        status, config, errors = run("mocks", "coffee_cases:book")
        assert (status, errors) == (0, "")
        assert json.loads(config) == {
            "StateMachines": {"Hello": {"TestCases": {"Rested": {}}}},
            "MockedResponses": {},
        }
        assert run("mocks", "coffee_cases:books", "--output", "MockConfigFile.json") == (0, "", "")
        assert Path("MockConfigFile.json").read_text() == config

    def test_what_is_no_cases_is_told_so(self, run: Run) -> None:
        status, _, errors = run("mocks", "coffee_flow:number")
        assert (status, errors) == (
            2,
            "coffee_flow:number: 5 is neither a CaseBook nor a sequence of them.\n",
        )
        status, _, errors = run("mocks", "coffee_flow")
        assert (status, errors) == (2, "'coffee_flow' names no test cases: write module:object.\n")

    def test_a_mistake_in_the_cases_is_told_as_the_language_tells_it(self, run: Run) -> None:
        Path("coffee_cases.py").write_text(
            "from coffee_flow import hello\n"
            "from dsl.mocks import Case, CaseBook, returns\n"
            "book = CaseBook(hello, [Case('Rested', {}, {'Rust': returns({})})])\n"
        )
        status, _, errors = run("mocks", "coffee_cases:book")
        assert status == 1
        assert errors.startswith("case 'Rested': there is no state 'Rust' (did you mean 'Rest'?)")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["validate", "-h"], ["compile", "-h"], ["graph", "-h"], ["mocks", "-h"]]
)
def test_every_command_explains_itself_with_an_example(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "\n  python -m dsl " in capsys.readouterr().out


def test_a_file_names_its_module(run: Run) -> None:
    Path("coffee_inner").mkdir()
    Path("coffee_inner/flow.py").write_text(FLOW)
    for name in ("coffee_flow.py", "coffee_inner/flow.py", "./coffee_inner/flow.py:hello"):
        code, out, _ = run("compile", name)
        assert (code, '"StartAt": "Rest"' in out) == (0, True)
    assert run("graph", "coffee_flow.py")[0] == 0


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ("''.join([view(Cup).size])", "write format_string('{}, {}', one, other) in place of join()"),
        ("json.dumps({'cup': view(Cup)})", "hand on the object, or json_to_string(value) as text"),
    ],
)
def test_what_python_alone_tells_badly_gets_a_hint(run: Run, mistake: str, hint: str) -> None:
    head = "import json\nfrom dsl import Shape, Str, view\nclass Cup(Shape):\n    size: Str\n"
    Path("coffee_mistake.py").write_text(head + mistake)
    code, _, err = run("compile", "coffee_mistake")
    assert code == 1
    assert hint in err

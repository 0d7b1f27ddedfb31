"""States that were built and belong to no machine: who tells of them, and what runs hand on in place of results."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from dsl import (
    Array,
    DefinitionError,
    Shape,
    StateMachine,
    Str,
    end,
    fail,
    map_,
    parallel,
    pass_,
    sdk,
    succeed,
    view,
    wait,
)
from tests.dsl.samples import ask, call, definition, order, refused, states

if TYPE_CHECKING:
    from pathlib import Path

    from dsl import State, Target


class Line(Shape):
    drink: Str


class Tray(Shape):
    lines: Array[Line]


tray, line = view(Tray), view(Line)


def undo(name: str) -> State:
    return wait(name, seconds=1)


def test_a_chain_that_nothing_leads_to_is_told_with_the_lines_that_built_it() -> None:
    step = call("Step")
    forgotten = undo("Undo")
    forgotten >> fail("Failed", error="E", cause="C")
    told = StateMachine("Machine", step >> end).forgotten
    assert told == [
        "state 'Undo': it was built and belongs to no machine, so nothing would ever run it; lead to it "
        "(`>>`, a rule of a choice, to= of a catcher), or remove it\n"
        f"  built at {forgotten.source}"
    ]
    assert f"test_forgotten.py:{forgotten.source.line}, called at " in told[0]


def test_a_chain_that_a_catcher_leads_to_is_none() -> None:
    step = call("Step")
    step.catch("States.ALL", to=undo("Undo") >> fail("Failed", error="E", cause="C"))
    assert StateMachine("Machine", step >> end).forgotten == []


def test_states_of_other_machines_are_none() -> None:
    one, other = wait("One", seconds=1), wait("Other", seconds=1)
    machine = StateMachine("One", one >> end)
    StateMachine("Other", other >> end)
    assert machine.forgotten == []


def test_a_workflow_is_not_deployed_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from infra import Place, Workflow, WorkflowConfig

    undo("Undo") >> fail("Failed", error="E", cause="C")
    machine = StateMachine("Machine", call("Step") >> end)
    place: Any = SimpleNamespace(name=str, arn="{}:{}".format, pseudo_parameters={}, spec=Place)
    with pytest.raises(ValueError, match="state 'Undo': it was built and belongs to no machine"):
        Workflow("Machine", machine, WorkflowConfig(), place=place, bindings={})


def test_compiling_tells_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dsl.commands.line import main

    (tmp_path / "forgetful_flow.py").write_text(
        "from dsl import StateMachine, end, fail, wait\n"
        "wait('Undo', seconds=1) >> fail('Failed', error='E', cause='C')\n"
        "hello = StateMachine('Hello', wait('Rest', seconds=1) >> end)\n"
        "wait('Late', seconds=1) >> end\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["compile", "forgetful_flow:hello"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "state 'Undo': it was built" in said.err
    assert "forgetful_flow.py:2" in said.err
    assert "state 'Late': it was built" in said.err
    assert "Failed" not in said.err


pytest_plugins = ["pytester"]


def test_a_test_session_tells_of_them(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # Others' plugins take longer to load than all else here.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        a_flow="from dsl import StateMachine, end, wait\n"
        "wait('Undo', seconds=1) >> end\n"
        "hello = StateMachine('Hello', wait('Rest', seconds=1) >> end)\n",
        test_flow="import a_flow\nfrom dsl import wait\n\n\ndef test_it():\n    wait('Built by the test', seconds=1)\n",
    )
    plugins = ("-p", "stepfunctions_local_client.pytest_plugin", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*plugins)
    result.stdout.fnmatch_lines(["*states that belong to no machine*", "state 'Undo': it was built*"])
    result.stdout.no_fnmatch_line("*Built by the test*")


class TestResultsOfRuns:
    def test_runs_that_end_with_a_task_hand_on_what_it_made(self) -> None:
        price = ask("Price one", drink=line.drink)
        each = map_("Price each", price >> end, items=tray.lines)
        compiled = states(each >> pass_("Done", {"prices": each.result}) >> end)
        assert "ResultPath" not in compiled["Price each"]["ItemProcessor"]["States"]["Price one"]
        assert compiled["Done"]["Parameters"] == {"prices.$": "$.priceEach"}

    def test_a_branch_may_hand_on_a_part(self) -> None:
        price = ask("Price one", drink=order.orderId)
        both = parallel("Both", price >> end(price.Payload.text))
        compiled = states(both >> pass_("Done", {"first": both.result[0]}) >> end)
        assert compiled["Both"]["Branches"][0]["States"]["Price one"]["OutputPath"] == "$.Payload.text"

    def test_runs_whose_results_are_dropped_are_told_when_somebody_reads_them(self) -> None:
        each = map_("Price each", ask("Price one", drink=line.drink) >> succeed("Out"), items=tray.lines)
        with refused(
            "its results are read, but its runs hand on what they were given: 'Out' ends them, and what 'Price one' "
            "makes is dropped. End with that state (`>> end`), hand on a part of it (`>> end(...)`), or give 'Out' "
            "an output=",
            state="Price each",
        ):
            definition(each >> pass_("Done", {"prices": each.result}) >> end)

    def test_items_that_are_meant_to_be_handed_on_are(self) -> None:
        each = map_("Look at each", succeed("Out"), items=tray.lines)
        assert definition(each >> pass_("Done", {"items": each.result}) >> end)


class TestNobodyIsTold:
    """States that belong to no machine and are no mistake."""

    def told(self) -> list[str]:
        return StateMachine("Machine", wait("Rest", seconds=1) >> end).forgotten

    def test_of_what_another_test_built_and_let_go(self) -> None:
        def another() -> None:
            undo("Undo") >> fail("Failed", error="E", cause="C")

        another()
        assert self.told() == []

    def test_of_a_state_that_was_built_to_be_looked_at(self) -> None:
        assert call("Step").permissions
        assert StateMachine("Machine", wait("Rest", seconds=1) >> end).forgotten == []

    def test_of_a_state_that_was_refused(self) -> None:
        with pytest.raises(DefinitionError):
            sdk.call("Step", "sfn:stopExecution", {"ExecutionArn": "x"}, resource="arn", timeout=0)
        assert StateMachine("Machine", wait("Rest", seconds=1) >> end).forgotten == []

    def test_of_the_states_of_a_machine_that_was_refused(self) -> None:
        with pytest.raises(DefinitionError):
            StateMachine("Bad", undo("Same") >> parallel("Both", undo("Same") >> end) >> end)
        assert StateMachine("Machine", wait("Rest", seconds=1) >> end).forgotten == []

    def test_of_two_machines_whose_states_were_built_before_either(self) -> None:
        one, other = undo("One") >> end, undo("Other") >> end
        machines = [StateMachine("One", one), StateMachine("Other", other)]
        assert [machine.forgotten for machine in machines] == [[], []]

    def test_of_helpers_that_build_for_several(self) -> None:
        def chain(name: str) -> Target:
            return undo(name) >> end

        first, second = chain("First"), chain("Second")
        one = StateMachine("One", first)
        two = StateMachine("Two", second)
        assert one.forgotten == two.forgotten == []


def test_a_helper_s_forgotten_chain_is_told_to_the_machine_that_it_built_for() -> None:
    def chain() -> Target:
        undo("Undo") >> fail("Failed", error="E", cause="C")
        return wait("Rest", seconds=1) >> end

    (told,) = StateMachine("Machine", chain()).forgotten
    assert "state 'Undo'" in told


def test_a_state_that_nobody_wired_is_told_while_somebody_holds_it() -> None:
    lonely = call("Lonely")
    (told,) = StateMachine("Machine", wait("Rest", seconds=1) >> end).forgotten
    assert repr(lonely.name) in told

"""Pictures of definitions: what they show, that they are the same every time, and that nothing breaks them."""

from __future__ import annotations

import copy
import re
import time
import xml.etree.ElementTree as ET
from itertools import combinations
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings

from asl.drawing import Graph, excerpt, mermaid, svg
from asl.drawing.labels import catch_label, resource_label, rule_label, rule_labels
from asl.drawing.lettering import Area, area
from asl.drawing.mermaid import escape
from asl.drawing.parts import LABEL_SIZE
from asl.drawing.scene import lay_out
from asl.drawing.svg import DARK, LIGHT
from asl.drawing.text import text_width
from asl.errors import AslError, UnknownStateError
from asl.limits import DEEPEST
from tests.dice import Dice, thrown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syrupy.assertion import SnapshotAssertion

SVG = "{http://www.w3.org/2000/svg}"


def task(resource: str, **fields: object) -> dict[str, object]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **fields}


BAR: dict[str, object] = {
    "StartAt": "Grind",
    "States": {
        "Grind": task(
            "lambda:invoke", Next="Ready?", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Apologise"}]
        ),
        "Ready?": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.ready", "BooleanEquals": True, "Next": "Serve"},
                {"Variable": "$.tries", "NumericGreaterThan": 5, "Next": "Apologise"},
            ],
            "Default": "Wait a bit",
        },
        "Wait a bit": {"Type": "Wait", "Seconds": 5, "Next": "Grind"},
        "Serve": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Call out",
                    "States": {"Call out": task("sqs:sendMessage.waitForTaskToken", End=True)},
                },
                {"StartAt": "Bill", "States": {"Bill": task("dynamodb:putItem", End=True)}},
            ],
            "Next": "Done",
        },
        "Apologise": {"Type": "Fail"},
        "Done": {"Type": "Succeed"},
    },
}
"""A machine with everything that a picture treats in its own way."""

NASTY = [
    '1. a "q" [x] `c` <b>#é',
    "- dash",
    "end",
    "graph TD",
    "%% comment",
    "a|b",
    "x-->y",
    '"',
    "{}",
    "ünicode 🎉",
    "\u0007bell",
    "two\nlines",
    "$$x$$",
    "&amp; #quot;",
    " ",
    "]]>",
    "half \ud800",
    "</style><script>",
    "N" * 300,
]


def nasty() -> dict[str, object]:
    states: dict[str, object] = {
        name: {"Type": "Pass", "Next": NASTY[(i + 1) % len(NASTY)]} for i, name in enumerate(NASTY)
    }
    rules = [{"Variable": "$.x", "StringEquals": name, "Next": name} for name in NASTY]
    states[NASTY[3]] = {"Type": "Choice", "Choices": rules, "Default": NASTY[0]}
    catchers = [{"ErrorEquals": [name], "Next": name} for name in NASTY]
    states[NASTY[5]] = task("lambda:invoke", Catch=catchers, End=True)
    return {"StartAt": NASTY[0], "States": states}


@pytest.fixture(scope="module")
def drawn_nasty() -> str:
    return svg(nasty(), title=NASTY[0])


def test_a_machine_as_mermaid(snapshot: SnapshotAssertion) -> None:
    assert mermaid(BAR) == snapshot


def test_a_machine_as_svg(snapshot: SnapshotAssertion) -> None:
    assert svg(BAR, title="Bar", passed=["Grind", "Ready?", "Serve"]) == snapshot


def test_the_graph_has_every_state_with_its_scope_and_edges() -> None:
    graph = Graph.of(BAR)
    assert [(node.name, node.type, node.scope) for node in graph.nodes] == [
        ("Grind", "Task", 0),
        ("Ready?", "Choice", 0),
        ("Wait a bit", "Wait", 0),
        ("Serve", "Parallel", 0),
        ("Apologise", "Fail", 0),
        ("Done", "Succeed", 0),
        ("Call out", "Task", 1),
        ("Bill", "Task", 2),
    ]
    edges = [
        (graph.nodes[e.source].name, graph.nodes[e.target].name, e.kind, e.labels)
        for e in graph.scopes[0].edges
    ]
    assert edges == [
        ("Grind", "Ready?", "next", ()),
        ("Grind", "Apologise", "catch", ("any error",)),
        ("Ready?", "Serve", "choice", ("ready",)),
        ("Ready?", "Apologise", "choice", ("tries > 5",)),
        ("Ready?", "Wait a bit", "default", ("otherwise",)),
        ("Wait a bit", "Grind", "next", ()),
        ("Serve", "Done", "next", ()),
    ]
    assert [node.name for node in graph.nodes if node.waits] == ["Call out"]
    assert [(scope.kind, scope.owner, scope.start) for scope in graph.scopes] == [
        ("machine", None, 0),
        ("branch", 3, 6),
        ("branch", 3, 7),
    ]


class TestSvg:
    def test_it_is_xml_with_a_name_and_a_description(self) -> None:
        root = ET.fromstring(svg(BAR, title="Bar & grill"))
        assert root.get("role") == "img"
        assert root.get("aria-label") == "Bar & grill"
        assert root.findtext(f"{SVG}title") == "Bar & grill"
        described = root.findtext(f"{SVG}desc")
        assert described is not None
        assert described.startswith("A state machine of 8 states (3 Task, 1 Choice, 1 Wait, 1 Parallel, ")
        assert described.endswith("It waits for an answer at Call out.")

    def test_every_state_and_edge_can_be_found_by_name(self) -> None:
        root = ET.fromstring(svg(BAR))
        states = {g.get("data-state"): g.get("data-type") for g in root.iter(f"{SVG}g")}
        assert states["Ready?"] == "Choice"
        assert len(states) == 8
        ways = {(p.get("data-from"), p.get("data-to")) for p in root.iter(f"{SVG}path") if p.get("data-from")}
        assert ("Wait a bit", "Grind") in ways
        assert len(ways) == 7

    def test_passed_states_and_the_edges_between_them_are_emphasised(self) -> None:
        root = ET.fromstring(svg(BAR, passed=["Grind", "Ready?", "Apologise"]))
        states = {
            g.get("data-state") for g in root.iter(f"{SVG}g") if "passed" in str(g.get("class")).split()
        }
        edges = {
            (p.get("data-from"), p.get("data-to"))
            for p in root.iter(f"{SVG}path")
            if p.get("data-from") and "passed" in str(p.get("class")).split()
        }
        assert states == {"Grind", "Ready?", "Apologise"}
        assert edges == {("Grind", "Ready?"), ("Ready?", "Apologise")}

    def test_it_follows_light_and_dark_mode_and_takes_other_colours(self) -> None:
        drawn = svg(BAR, colours={"task": "#123456", "page": "red;} body{display:none", "unheard of": "x"})
        assert "@media(prefers-color-scheme:dark)" in drawn
        assert drawn.count("--task:#123456") == 2
        assert "body{" not in drawn
        assert "unheard" not in drawn
        assert LIGHT.keys() == DARK.keys()

    def test_the_styles_do_not_reach_beyond_the_picture(self) -> None:
        style = ET.fromstring(svg(BAR)).findtext(f"{SVG}style")
        assert style is not None
        rules = [line for line in style.splitlines() if line]
        assert all(
            rule.startswith((".workflow", "@media(prefers-color-scheme:dark){.workflow{")) for rule in rules
        )

    @pytest.mark.parametrize("document", [BAR, nasty()], ids=["bar", "nasty"])
    def test_no_two_states_of_a_scope_overlap(self, document: dict[str, object]) -> None:
        for panel in lay_out(Graph.of(document)):
            for a, b in combinations(panel.boxes, 2):
                apart = abs(a.x - b.x) >= (a.width + b.width) / 2
                below = a.y + a.height <= b.y or b.y + b.height <= a.y
                assert apart or below, (a.node.name, b.node.name)

    def test_no_line_runs_through_the_words_at_an_edge(self, drawn_nasty: str) -> None:
        assert list(struck(svg(BAR))) == []
        assert list(struck(drawn_nasty)) == []

    def test_edges_into_a_state_that_say_the_same_say_it_once(self) -> None:
        catch = [{"ErrorEquals": ["Oops"], "Next": "Sorry"}]
        states = {
            "A": task("lambda:invoke", Catch=catch, Next="B"),
            "B": task("lambda:invoke", Catch=catch, Next="C"),
            "C": task("lambda:invoke", Catch=catch, End=True),
            "Sorry": {"Type": "Fail"},
        }
        root = ET.fromstring(svg({"StartAt": "A", "States": states}, passed=["A", "B", "Sorry"]))
        (label,) = (text for text in root.iter(f"{SVG}text") if text.text == "Oops")
        assert (label.get("data-sources"), label.get("data-target")) == ("A\nB\nC", "Sorry")
        assert "passed" in str(label.get("class")).split()

    def test_the_happy_path_runs_straight_down(self) -> None:
        boxes = {box.node.name: box for box in lay_out(Graph.of(BAR))[0].boxes}
        path = [boxes[name] for name in ("Grind", "Ready?", "Serve", "Done")]
        assert len({box.x for box in path}) == 1
        assert [box.y for box in path] == sorted(box.y for box in path)


def _words(panels: ET.Element) -> list[tuple[str, Area]]:
    """Return the words at edges with what they cover: 11 px letters reach 9 px above their line, 2 below."""
    found = []
    for text in panels.iter(f"{SVG}text"):
        if "label" in str(text.get("class")).split() and text.text:
            x, y, half = (
                float(text.get("x", 0)),
                float(text.get("y", 0)),
                text_width(text.text, LABEL_SIZE) / 2,
            )
            found.append((text.text, Area(x - half, y - 9, x + half, y + 2)))
    return found


def _stretches(path: str) -> Iterator[tuple[float, float, float, float]]:
    """Return the straight stretches of a path, from where to where; a rounded corner is made of four."""
    x, y = 0.0, 0.0
    for kind, numbers in re.findall(r"([MLQVH])([^MLQVHhlz]*)", path):
        given = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        to_x, to_y = {"V": (x, given[-1]), "H": (given[-1], y)}.get(kind) or (given[-2], given[-1])
        points = [(to_x, to_y)]
        # A Bézier curve: https://www.w3.org/TR/SVG2/paths.html#PathDataQuadraticBezierCommands
        if kind == "Q":
            (away_x, away_y), begin_x, begin_y = given[:2], x, y
            points = [
                (
                    (1 - t) ** 2 * begin_x + 2 * t * (1 - t) * away_x + t**2 * to_x,
                    (1 - t) ** 2 * begin_y + 2 * t * (1 - t) * away_y + t**2 * to_y,
                )
                for t in (0.25, 0.5, 0.75, 1.0)
            ]
        for point in points:
            if kind != "M":
                yield x, y, *point
            x, y = point


def _runs_through(words: Area, stretch: tuple[float, float, float, float]) -> bool:
    """Whether a part of a stretch lies within an area, by the shares of it that lie within the area's bounds."""
    x, y, to_x, to_y = stretch
    first, last = 0.0, 1.0
    for start, end, low, high in ((x, to_x, words.left, words.right), (y, to_y, words.top, words.bottom)):
        if start == end:
            if not low < start < high:
                return False
        else:
            entering, leaving = sorted(((low - start) / (end - start), (high - start) / (end - start)))
            first, last = max(first, entering), min(last, leaving)
    return first < last


def struck(drawn: str) -> Iterator[str]:
    """Return the words at edges that a line, a box or other words run through, and what does."""
    root = ET.fromstring(drawn)
    words = _words(root)
    for (one, here), (other, there) in combinations(words, 2):
        if here.meets(there):
            yield f"{one!r} lies on {other!r}"
    for path in root.iter(f"{SVG}path"):
        if "edge" in str(path.get("class")).split():
            stretches = list(_stretches(path.get("d", "")))
            for text, here in words:
                if any(_runs_through(here, stretch) for stretch in stretches):
                    yield f"{text!r} is struck by {path.get('data-from')} → {path.get('data-to')}"


def machine(dice: Dice) -> dict[str, object]:
    """Return a machine of choices and tasks with catchers, with ways back."""
    names = [f"State {i}" for i in range(2 + dice.roll(8))]

    def rule() -> dict[str, object]:
        value = dice.one_of(["yes", "no", "NotOnTheMenu", "a rather long answer"])
        return {"Variable": "$.a", "StringEquals": value, "Next": dice.one_of(names)}

    def catcher() -> dict[str, object]:
        caught = dice.one_of(["States.ALL", "DynamoDB.ConditionalCheckFailedException", "Oops"])
        return {"ErrorEquals": [caught], "Next": dice.one_of(names)}

    def state() -> dict[str, object]:
        if dice.roll(2):
            return task("lambda:invoke", Catch=dice.some(catcher, 0, 4), Next=dice.one_of(names))
        return {"Type": "Choice", "Choices": dice.some(rule, 1, 5), "Default": dice.one_of(names)}

    return {"StartAt": names[0], "States": {name: state() for name in names}}


@settings(max_examples=25)
@given(thrown(machine))
def test_the_words_at_the_edges_of_any_machine_can_be_read(document: dict[str, object]) -> None:
    assert list(struck(svg(document))) == []
    for panel in lay_out(Graph.of(document)):
        for label in panel.labels:
            for box in panel.boxes:
                assert not area(label).meets(
                    Area(box.x - box.width / 2, box.y, box.x + box.width / 2, box.y + box.height)
                ), (label.text, box.node.name)


class TestAnyName:
    def test_survives_in_svg(self, drawn_nasty: str) -> None:
        root = ET.fromstring(drawn_nasty)
        names = {g.get("data-state") for g in root.iter(f"{SVG}g")}
        assert {'1. a "q" [x] `c` <b>#é', "</style><script>", "ünicode 🎉"} <= names

    def test_survives_in_mermaid(self) -> None:
        quoted = re.compile(r'"([^"]*)"')
        for line in mermaid(nasty()).splitlines():
            for text in quoted.findall(line):
                assert not set(text) & set("[]{}<>|`\\%$")
            assert quoted.sub("", line).count('"') == 0

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("Shop Open?", "Shop Open?"),
            ("Emit - order finished", "Emit - order finished"),
            ('say "x"', "say #34;x#34;"),
            ("1. first", "1#46; first"),
            ("- dash", "#45; dash"),
            ("café ☕", "café ☕"),
            ("a\nb", "a b"),
            ("", " "),
        ],
    )
    def test_is_escaped_only_where_mermaid_would_stumble(self, text: str, written: str) -> None:
        assert escape(text) == written


NULL: dict[str, object] = {"Variable": "$.a", "IsNull": True}
ONE: dict[str, object] = {"Variable": "$.b", "NumericEquals": 1}


class TestLabels:
    @pytest.mark.parametrize(
        ("rule", "label"),
        [
            ({"Variable": "$.shop.Item.storeOpen.BOOL", "BooleanEquals": True}, "storeOpen"),
            ({"Variable": "$.open", "BooleanEquals": False}, "not open"),
            ({"Not": {"Variable": "$.open", "BooleanEquals": True}}, "not open"),
            ({"Variable": "$.action", "StringEquals": "make"}, "action = make"),
            ({"Variable": "$.action", "StringEquals": ""}, "action is empty"),
            ({"Not": {"Variable": "$.action", "StringEquals": "make"}}, "action ≠ make"),
            ({"Variable": "$.n", "NumericGreaterThanEquals": 20}, "n ≥ 20"),
            ({"Not": {"Variable": "$.n", "NumericLessThan": 2.5}}, "n ≥ 2.5"),
            ({"Variable": "$.row.userId", "StringEqualsPath": "$.asked.userId"}, "row.userId = asked.userId"),
            ({"Variable": "$.n", "NumericLessThanPath": "$.max"}, "n < max"),
            ({"Variable": "$.name", "StringMatches": "a*"}, "name like a*"),
            ({"Variable": "$.token", "IsPresent": True}, "has token"),
            ({"Variable": "$.token", "IsPresent": False}, "no token"),
            ({"Variable": "$.token", "IsNull": False}, "token is not null"),
            ({"Variable": "$['odd name'][0]", "IsString": True}, "0 is a string"),
            (
                {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "StringEquals": "x"}]},
                "a = x",
            ),
            (
                {"Or": [{"Variable": "$.a", "StringEquals": "x"}, {"Variable": "$.a", "StringEquals": "y"}]},
                "a = x, y",
            ),
            ({"Or": [NULL, ONE]}, "a is null or b = 1"),
            ({"Not": {"And": [NULL, ONE]}}, "a is not null or b ≠ 1"),
            ({"Condition": "{% $states.input.open %}"}, "$states.input.open"),
            ({"Variable": "$.a", "StringEquals": "x" * 99}, "a = " + "x" * 39 + "…"),
            ({}, "?"),
        ],
    )
    def test_a_choice_rule_is_told_in_a_few_words(self, rule: dict[str, object], label: str) -> None:
        assert rule_label(rule) == label

    def test_a_catcher_names_its_errors_without_their_service(self) -> None:
        names = ["DynamoDB.ConditionalCheckFailedException", "States.Timeout"]
        assert catch_label({"ErrorEquals": names}) == "ConditionalCheckFailed, Timeout"
        assert catch_label({"ErrorEquals": ["States.ALL"]}) == "any error"

    @pytest.mark.parametrize(
        ("resource", "label"),
        [
            ("arn:aws:states:::dynamodb:putItem", "dynamodb putItem"),
            ("arn:aws:states:::events:putEvents.waitForTaskToken", "events putEvents"),
            ("arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", "sfn sendTaskSuccess"),
            ("arn:aws:states:::lambda:invoke", "lambda"),
            ("arn:aws:lambda:eu-west-1:1:function:brew", "lambda"),
            ("arn:aws:states:eu-west-1:1:activity:brew", "activity"),
            ("${Function}", ""),
        ],
    )
    def test_a_task_says_what_it_calls(self, resource: str, label: str) -> None:
        assert resource_label(resource) == label


FIELDS = ["StartAt", "States", "Type", "Next", "Choices", "Branches", "ItemProcessor", "Catch", "ErrorEquals", "And",
          "A", "B"]  # fmt: skip


def hardly_a_machine(dice: Dice) -> dict[str, object]:
    def leaf() -> object:
        return dice.scalar() if dice.roll(3) == 1 else dice.one_of(["A", "B", "Choice", "Map", "Pass"])

    def field() -> str:
        return dice.one_of(FIELDS)

    def value() -> object:
        return dice.nested(leaf, field)

    def state() -> dict[str, object]:
        return dice.fields(field, value, 0, 5)

    states = dice.fields(lambda: dice.one_of(["A", "B", "C"]), state, 0, 3)
    return {"StartAt": leaf(), "States": states if dice.roll(2) else value()}


@settings(max_examples=150)
@given(thrown(hardly_a_machine, 300))
def test_any_document_can_be_drawn(document: dict[str, object]) -> None:
    ET.fromstring(svg(document))
    assert mermaid(document).startswith("flowchart TD\n")


def test_a_picture_is_the_same_every_time(drawn_nasty: str) -> None:
    assert svg(nasty(), title=NASTY[0]) == drawn_nasty


def nested(scopes: int) -> dict[str, object]:
    document: dict[str, object] = {"StartAt": "Last", "States": {"Last": {"Type": "Succeed"}}}
    for i in range(scopes):
        document = {
            "StartAt": f"P{i}",
            "States": {f"P{i}": {"Type": "Parallel", "Branches": [document], "End": True}},
        }
    return document


@pytest.mark.parametrize("draw", [svg, mermaid], ids=["svg", "mermaid"])
class TestLargeMachines:
    def test_those_of_many_states_take_no_recursion(self, draw: Callable[[dict[str, object]], str]) -> None:
        row: dict[str, object] = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(1500)}
        started = time.process_time()
        assert "S1499" in draw({"StartAt": "S0", "States": row})
        assert time.process_time() - started < 60

    def test_those_nested_as_deep_as_is_checked_are_drawn(
        self, draw: Callable[[dict[str, object]], str]
    ) -> None:
        deepest = DEEPEST // 4 - 1
        assert f"P{deepest - 1}" in draw(nested(deepest))

    @pytest.mark.parametrize("scopes", [DEEPEST // 4, 1_100])
    def test_those_nested_deeper_are_refused(
        self, draw: Callable[[dict[str, object]], str], scopes: int
    ) -> None:
        with pytest.raises(AslError, match=f"nested more than {DEEPEST} levels deep"):
            draw(nested(scopes))


class TestAnExcerpt:
    def test_it_holds_what_its_first_state_leads_to(self) -> None:
        part = excerpt(BAR, start="Serve")
        assert part["StartAt"] == "Serve"
        assert list(cast("dict[str, object]", part["States"])) == ["Serve", "Done"]

    def test_without_catchers_it_holds_the_ordinary_course(self) -> None:
        part = cast("dict[str, dict[str, object]]", excerpt(BAR, catchers=False)["States"])
        assert "Catch" not in part["Grind"]
        assert "Apologise" in part  # a rule leads there, too

    def test_what_only_errors_lead_to_is_left_out_with_them(self) -> None:
        states = {
            "Brew": task("lambda:invoke", End=True, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]),
            "Sorry": {"Type": "Fail"},
        }
        assert list(
            cast(
                "dict[str, object]", excerpt({"StartAt": "Brew", "States": states}, catchers=False)["States"]
            )
        ) == ["Brew"]

    def test_the_definition_stays_as_it_is(self) -> None:
        before = copy.deepcopy(BAR)
        excerpt(BAR, start="Serve", catchers=False)
        assert before == BAR

    def test_a_state_that_is_not_there_is_named_with_the_nearest(self) -> None:
        with pytest.raises(UnknownStateError, match="no state 'Srve' \\(did you mean 'Serve'\\?\\)"):
            excerpt(BAR, start="Srve")


def test_two_rules_of_a_choice_that_would_read_alike_are_told_apart() -> None:
    def cancelled_by(who: str) -> dict[str, object]:
        action = {"Variable": "$.action", "StringEquals": "cancel"}
        return {"And": [action, {"Variable": f"$.{who}", "IsPresent": True}], "Next": "End"}

    made: dict[str, object] = {"Variable": "$.action", "StringEquals": "make", "Next": "End"}
    assert rule_labels([made, cancelled_by("userId"), cancelled_by("baristaUserId")]) == [
        "action = make",
        "action = cancel and has userId",
        "action = cancel and has baristaUserId",
    ]
    assert rule_labels([made, cancelled_by("userId")]) == ["action = make", "action = cancel"]

"""The workflows' pictures in the colours of what the flow tests passed."""

from __future__ import annotations

from xml.etree import ElementTree

from local.documentation.flow_coverage import GREEN, RED, coloured


def test_what_was_passed_is_green_and_what_was_not_is_red() -> None:
    name = 'Say "<1>"'
    end: dict[str, object] = {"Type": "Pass", "End": True}
    rule = {"Variable": "$.x", "IsPresent": True, "Next": name}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "No"}
    document: dict[str, object] = {"StartAt": "X?", "States": {"X?": choice, name: end, "No": end}}
    counts = {
        "states": [{"name": "X?", "passes": 1}, {"name": name, "passes": 1}, {"name": "No", "passes": 0}],
        "transitions": [
            {"from": "X?", "to": name, "kind": "rule", "passes": 1},
            {"from": "X?", "to": "No", "kind": "default", "passes": 0},
        ],
    }
    picture = ElementTree.fromstring(coloured(document, counts, title="T"))
    style = picture.findtext("{http://www.w3.org/2000/svg}style") or ""
    assert f'[data-state="Say \\"<1>\\""]>.shape{{stroke:{GREEN}!important' in style
    assert f'[data-state="No"]>.shape{{stroke:{RED}!important' in style
    assert f'[data-to="No"][data-kind="default"]{{stroke:{RED}!important' in style
    kinds = {(line.get("data-to"), line.get("data-kind")) for line in picture.iter() if line.get("data-to")}
    assert kinds == {(name, "choice"), ("No", "default")}

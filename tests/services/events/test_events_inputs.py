"""What targets are sent: the rules of Input, InputPath and InputTransformer."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.events import inputs
from lambent.services.events.event_records import read_json, write_json

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "e-1",
    "detail-type": "Order Placed",
    "source": "shop",
    "account": "000000000000",
    "time": "2025-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:one", "arn:two"],
    "detail": {
        "item-name": "tea",
        "count": 3,
        "gift": True,
        "note": 'say "hi"\n',
        "tags": ["a", "b"],
        "to": {"city": "Bonn"},
        "nothing": None,
    },
}
RULE = "arn:aws:events:us-east-1:000000000000:rule/bus/orders"
PATHS = {
    "item": "$.detail.item-name",
    "count": "$.detail.count",
    "gift": "$.detail.gift",
    "note": "$.detail.note",
    "tags": "$.detail.tags",
    "to": "$.detail.to",
    "nothing": "$.detail.nothing",
    "second": "$.resources[1]",
    "all": "$.detail.tags[*]",
    "missing": "$.detail.other",
    "nonsense": "detail..[",
}


def sent(**target: Any) -> str:
    text = orjson.dumps(EVENT).decode()
    return inputs.body_of(target, text, rule_arn=RULE, ingested=1_700_000_000.0)


def filled(template: str) -> str:
    return sent(InputTransformer={"InputPathsMap": PATHS, "InputTemplate": template})


def test_without_an_input_the_event_goes_as_it_is() -> None:
    assert sent() == orjson.dumps(EVENT).decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.detail.to", '{"city":"Bonn"}'),
        ("$.detail.item-name", '"tea"'),
        ("$.detail.tags[0]", '"a"'),
        ("$.detail['count']", "3"),
        ("$.other", "null"),
    ],
)
def test_a_path_takes_a_part_as_json(path: str, expected: str) -> None:
    assert sent(InputPath=path) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        # In a document a variable is its JSON, …
        ('{"i": <item>, "n": <count>, "g": <gift>}', '{"i":"tea","n":3,"g":true}'),
        (
            '{"t": <tags>, "to": <to>, "x": <nothing>}',
            '{"t":["a","b"],"to":{"city":"Bonn"},"x":null}',
        ),
        ('{"all": <all>, "second": <second>}', '{"all":["a","b"],"second":"arn:two"}'),
        ("[<count>, <item>]", '[3,"tea"]'),
        # … within a text a part of the text, …
        ('{"i": "got <count> of <item>"}', '{"i":"got 3 of tea"}'),
        ('{"i": "\\"<item>\\""}', '{"i":"\\"tea\\""}'),
        ('{"i": "<to>", "n": "<note>"}', '{"i":"{\\"city\\":\\"Bonn\\"}","n":"say \\"hi\\"\\n"}'),
        # … and nothing where there is nothing.
        ('{"a": <missing>, "b": "x<nonsense>y", "c": <unknown>}', '{"a":"","b":"xy","c":""}'),
        # Templates of text stay text, quotes and all.
        ('"<item> for <count>"', '"tea for 3"'),
        ('"to <to> with <tags>"', '"to {city:Bonn} with [a,b]"'),
        ('"<item>"\n"<count>"', '"tea"\n"3"'),
        ("<item>", '"tea"'),
        ("<to>", '{"city":"Bonn"}'),
        ('"a < b <item> > c"', '"a < b tea > c"'),
    ],
)
def test_a_template_is_filled_in(template: str, expected: str) -> None:
    assert filled(template) == expected


def test_a_template_knows_the_rule_and_the_event() -> None:
    template = (
        '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name>",'
        ' "at": <aws.events.event.ingestion-time>, "event": <aws.events.event>,'
        ' "json": <aws.events.event.json>}'
    )
    found = orjson.loads(filled(template))
    assert found["arn"] == RULE and found["name"] == "orders"
    assert found["at"] == "2023-11-14T22:13:20Z"
    assert found["json"] == EVENT
    assert found["event"] == {name: EVENT[name] for name in EVENT if name != "detail"}


def test_a_template_that_comes_to_no_json_says_so() -> None:
    with pytest.raises(inputs.InvalidJson, match="Replaced template is not valid json"):
        filled('{"a": <count> <count>}')


@pytest.mark.parametrize(
    "template", ['{"a": <x>}', '"x <y>"', '"a"\n"b <c>"', "<x>", '{"a": "<x>"}', "[<x>]", "true"]
)
def test_templates_of_json_and_of_lines_of_text_are_right(template: str) -> None:
    assert inputs.check_template({"InputTemplate": template}) is None


@pytest.mark.parametrize("template", ["hello", '{"a": <x>', '{"a": x}', "hello <x>", "", '"a" "b"'])
def test_any_other_template_is_wrong(template: str) -> None:
    assert inputs.check_template({"InputTemplate": template}) is not None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '{"timestamp": "2025-01-01T00:00:00Z", "message": "a line"}',
            (1_735_689_600.0, "a line"),
        ),
        ('{"timestamp": 1735689600000, "message": {"a": 1}}', (1_735_689_600.0, '{"a":1}')),
        ('{"timestamp": "soon", "message": "a line"}', (5.0, "a line")),
        ('{"timestamp": [], "message": "a line"}', (5.0, "a line")),
        ('{"message": "a line"}', (5.0, '{"message": "a line"}')),
        ('"a text"', (5.0, '"a text"')),
        ("no json", (5.0, "no json")),
    ],
)
def test_a_log_line_has_the_time_that_its_template_gives(
    body: str, expected: tuple[float, str]
) -> None:
    assert inputs.log_line(body, 5.0) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_whatever_the_value_a_document_stays_a_document(value: Any) -> None:
    """
    An unquoted variable comes back as itself, and a quoted text as itself.
    """
    event = {**EVENT, "detail": {"v": value}}
    transformer = {
        "InputPathsMap": {"v": "$.detail.v"},
        "InputTemplate": '{"plain": <v>, "quoted": "<v>"}',
    }
    text = inputs.body_of(
        {"InputTransformer": transformer}, write_json(event), rule_arn=RULE, ingested=0.0
    )
    found = read_json(text)
    assert found["plain"] == value
    assert found["quoted"] == (value if isinstance(value, str) else write_json(value))

"""Templates for the tests, in few words."""

from dataclasses import replace
from typing import Any

from lambent.languages.templates.conditions import conditions_of
from lambent.languages.templates.document import Template, parse_template
from lambent.languages.templates.parameters import resolve_parameters
from lambent.languages.templates.reading import read_template
from lambent.languages.templates.scope import Scope

PSEUDO = {
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:000000000000:stack/shop/1",
    "AWS::StackName": "shop",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NotificationARNs": [],
}


def template(text: str) -> Template:
    return parse_template(read_template(text))


def scope(text: str, extended: bool = False, exports: Any = (), **given: str) -> Scope:
    """The scope of a template, its resources unknown."""
    parsed = template(text)
    parameters = resolve_parameters(
        parsed.parameters,
        [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        {},
    )
    made = Scope(parsed, parameters.values, PSEUDO, exports=dict(exports), extended=extended)
    return replace(made, conditions=conditions_of(made))

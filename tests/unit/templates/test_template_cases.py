"""Templates as deployment tools write them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lambent.languages.templates.checks import check_rules, missing_capabilities
from lambent.languages.templates.differences import Standing, differences
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.functions import evaluate
from lambent.languages.templates.graph import check_references, dependencies, ordered
from tests.unit.templates.making import scope, template

CASES = Path(__file__).with_name("cases")


def case(name: str) -> str:
    return (CASES / f"{name}.json").read_text()


@pytest.mark.parametrize("name", ["serverless", "cdk"])
def test_a_real_template_is_ordered_and_does_not_differ_from_itself(name: str) -> None:
    here = scope(case(name))
    check_references(here.template)
    graph = dependencies(here)

    order = ordered(graph)
    assert all(order.index(need) < order.index(one) for one in graph for need in graph[one])

    standing: dict[str, Standing] = {}

    def resource(logical_id: str, attribute: str | None) -> Any:
        return f"{logical_id}.{attribute or 'id'}"

    seeing = replace(here, resource=resource)
    for logical_id in order:
        written = here.template.resources[logical_id]
        standing[logical_id] = Standing(
            logical_id,
            written.type,
            f"{logical_id}.id",
            evaluate(seeing, dict(written.properties)),
            {name: f"{logical_id}.{name}" for name in ("Arn", "Version")},
            written.metadata,
            written.deletion_policy or "Delete",
            written.update_replace_policy or "Delete",
        )
    found = differences(here, graph, standing, recreation=lambda *_: "Never")
    assert found == ()


def test_the_definition_of_a_serverless_workflow_gets_its_functions() -> None:
    parsed = scope(case("serverless"))
    machine = parsed.template.resources["HelloStepFunc"]

    graph = dependencies(parsed)

    assert "HelloProvConcLambdaAlias" in graph["HelloStepFunc"]
    assert "Fn::Sub" in machine.properties["DefinitionString"]


def test_capabilities_follow_from_the_types() -> None:
    assert missing_capabilities(template(case("serverless")), []) == ["CAPABILITY_NAMED_IAM"]
    assert missing_capabilities(template(case("cdk")), []) == ["CAPABILITY_IAM"]
    assert missing_capabilities(template(case("cdk")), ["CAPABILITY_NAMED_IAM"]) == []


def test_a_rule_that_fails_says_what_it_wanted() -> None:
    check_rules(scope(case("cdk")))
    with pytest.raises(TemplateInvalid, match="CDK bootstrap stack version 6 required"):
        check_rules(scope(case("cdk"), BootstrapVersion="3"))


def test_a_resource_whose_condition_does_not_hold_is_no_part_of_the_stack() -> None:
    assert "CDKMetadata" in dependencies(scope(case("cdk")))
    elsewhere = case("cdk").replace("eu-west-1", "eu-west-9")
    assert "CDKMetadata" not in dependencies(scope(elsewhere))

"""What a template must satisfy once its parameters are known: rules, capabilities."""

from collections.abc import Iterable, Mapping
from typing import Any

from lambent.languages.templates.conditions import verdict
from lambent.languages.templates.document import Template
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.scope import Scope

# The IAM types that need a capability, and the property that makes it the named one.
_IAM_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


def check_rules(scope: Scope) -> None:
    """Every assertion of every rule that applies."""
    for name, rule in scope.template.rules.items():
        applies = rule.get("RuleCondition")
        if applies is not None and not verdict(scope, applies):
            continue
        assertions = rule.get("Assertions", [])
        if not isinstance(assertions, list) or not all(
            isinstance(assertion, Mapping) and "Assert" in assertion for assertion in assertions
        ):
            raise TemplateInvalid(
                f"Template format error: [/Rules/{name}/Assertions] Every Assertions member must"
                " be a list of objects with an Assert"
            )
        for assertion in assertions:
            if not verdict(scope, assertion["Assert"]):
                described = assertion.get("AssertDescription", f"Assertion of rule {name} failed")
                raise TemplateInvalid(f"Template error: Rule {name} failed: {described}")


def required_capabilities(template: Template) -> tuple[list[str], list[str]]:
    """The IAM capability that the template's resources need, if any, and their types."""
    found: dict[str, None] = {}
    named = False
    for resource in template.resources.values():
        if resource.type in _IAM_NAMES:
            found[resource.type] = None
            named = named or _IAM_NAMES[resource.type] in resource.properties
    if not found:
        return [], []
    return ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"], list(found)


def missing_capabilities(template: Template, given: Iterable[Any]) -> list[str]:
    """The capabilities that are needed and were not given."""
    needed, _ = required_capabilities(template)
    held = set(given)
    if "CAPABILITY_NAMED_IAM" in held:
        held.add("CAPABILITY_IAM")
    return [capability for capability in needed if capability not in held]

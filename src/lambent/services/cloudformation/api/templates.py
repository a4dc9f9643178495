"""Templates: given back, summarized, validated."""

from typing import Any

from lambent.languages.templates import checks
from lambent.languages.templates.document import (
    Template,
    parameter_declarations,
    parse_template,
)
from lambent.languages.templates.graph import check_circles
from lambent.languages.templates.includes import transforms
from lambent.languages.templates.reading import read_template
from lambent.platform import Context, Params, Reply
from lambent.services.cloudformation import preparing, replies, rules, store
from lambent.services.cloudformation.api.stacks import get_any
from lambent.services.cloudformation.errors import ChangeSetNotFound, ValidationError
from lambent.services.cloudformation.records import Deployment
from lambent.services.cloudformation.types import find_type, unrecognized
from lambent.storage.database import Tx

_SERVERLESS = "AWS::Serverless::"


async def get_template(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html"""

    def read(tx: Tx) -> Deployment | None:
        if params.get("ChangeSetName"):
            return _of_change_set(tx, context, params)
        if not params.get("StackName"):
            raise ValidationError("StackName is required if ChangeSetName is not specified.")
        stack = get_any(tx, context, params["StackName"])
        return store.find_deployment(tx, stack.target or stack.deployment)

    deployment = await context.db.read(read)
    if deployment is None:
        return {"StagesAvailable": []}
    is_processed = params.get("TemplateStage") == "Processed"
    has_transforms = bool(transforms(read_template(deployment.original)))
    body = deployment.processed if is_processed and has_transforms else deployment.original
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _of_change_set(tx: Tx, context: Context, params: Params) -> Deployment | None:
    name = params["ChangeSetName"]
    if name.startswith("arn:"):
        return store.find_deployment(tx, store.get_change_set_by_id(tx, name).deployment)
    if not params.get("StackName"):
        raise ValidationError(
            "StackName must be specified if ChangeSetName is not specified as an ARN."
        )
    stack = get_any(tx, context, params["StackName"])
    found = store.find_change_set(tx, stack.id, name)
    if found is None:
        raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")
    return store.find_deployment(tx, found.deployment)


async def validate_template(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html"""
    rules.check_body(params)
    document = await preparing.read_document(await preparing.template_text(context, params))
    template = _checked(document)
    reply: dict[str, Any] = {
        "Parameters": [
            replies.declared_parameter(name, declared)
            for name, declared in template.parameters.items()
        ],
        **_needs(template, document),
    }
    if template.description:
        reply["Description"] = template.description
    return reply


def _checked(document: dict[str, Any]) -> Template:
    """The template as far as it can be judged before its transforms."""
    macros = transforms(document)
    # A macro's own section, and what it makes of the rest is not known here.
    sections = {name: value for name, value in document.items() if not macros or name != "Globals"}
    parameter_declarations(sections)
    if any(name.startswith("Fn::") for name in sections.get("Resources", {})):
        return parse_template({**sections, "Resources": _without_macros(sections["Resources"])})
    template = parse_template(sections)
    unknown = {
        resource.type: None
        for resource in template.resources.values()
        if find_type(resource.type) is None
        and not (macros and resource.type.startswith(_SERVERLESS))
    }
    if unknown:
        raise unrecognized(list(unknown))
    if not macros:
        preparing.check_template(template)
        check_circles(template)
    return template


def _without_macros(resources: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in resources.items() if not name.startswith("Fn::")}
    return kept or {"Placeholder": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}


def _needs(template: Template, document: dict[str, Any]) -> dict[str, Any]:
    """The capabilities that the template needs, with the reason, and its transforms."""
    capabilities, types = checks.required_capabilities(template)
    macros = transforms(document)
    reasons = []
    if types:
        reasons.append(f"The following resource(s) require capabilities: [{', '.join(types)}]")
    reply: dict[str, Any] = {"Capabilities": list(capabilities)}
    if macros:
        reply["DeclaredTransforms"] = list(macros)
        reply["Capabilities"].append("CAPABILITY_AUTO_EXPAND")
        reasons.append(f"The following transforms require capabilities: [{', '.join(macros)}]")
    if reasons:
        reply["CapabilitiesReason"] = " ".join(reasons)
    return reply


async def get_template_summary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html"""
    name = params.get("StackName")
    if name:

        def read(tx: Tx) -> Deployment | None:
            stack = get_any(tx, context, name)
            return store.find_deployment(tx, stack.target or stack.deployment)

        deployment = await context.db.read(read)
        text = deployment.original if deployment else ""
    else:
        rules.check_body(params)
        text = await preparing.template_text(context, params)
    document = await preparing.read_document(text)
    template = _checked(document)
    types = dict.fromkeys(resource.type for resource in template.resources.values())
    reply: dict[str, Any] = {
        "Parameters": [_summarized(key, one) for key, one in template.parameters.items()],
        "ResourceTypes": list(types),
        "ResourceIdentifierSummaries": [],
        "Version": document.get("AWSTemplateFormatVersion", "2010-09-09"),
        **_needs(template, document),
    }
    if template.description:
        reply["Description"] = template.description
    return reply


def _summarized(name: str, declared: Any) -> dict[str, Any]:
    shown = replies.declared_parameter(name, declared)
    shown["ParameterType"] = str(declared["Type"])
    shown["ParameterConstraints"] = {}
    if "AllowedValues" in declared:
        values = [str(value) for value in declared["AllowedValues"]]
        shown["ParameterConstraints"] = {"AllowedValues": values}
    return shown

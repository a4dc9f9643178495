"""From a request's template and parameters to a wanted state: read, transformed, checked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any

import orjson

from lambent.core.errors import AwsError, NotSupported
from lambent.core.ids import new_uuid
from lambent.languages.templates import checks, graph
from lambent.languages.templates.conditions import conditions_of
from lambent.languages.templates.document import (
    Template,
    parameter_declarations,
    parse_template,
)
from lambent.languages.templates.foreach import unrolled
from lambent.languages.templates.functions import evaluate
from lambent.languages.templates.includes import INCLUDE, declared_macros, transforms
from lambent.languages.templates.parameters import Parameters, resolve_parameters, with_lookups
from lambent.languages.templates.reading import read_template
from lambent.languages.templates.scope import Scope
from lambent.platform import Context
from lambent.services.cloudformation import includes, sam, store
from lambent.services.cloudformation.errors import InsufficientCapabilities, ValidationError
from lambent.services.cloudformation.objects import object_text
from lambent.services.cloudformation.records import Deployment, Stack
from lambent.services.cloudformation.types import check_attributes, check_types

_SAM = "AWS::Serverless-2016-10-31"
_LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_MAX_TEMPLATE = 1_000_000
# YAML of this length takes some ten milliseconds.
_LONG_TEMPLATE = 50_000


@lru_cache(maxsize=8)
def template_of(processed: str) -> Template:
    """The template of a processed text; parsed once, and nobody changes it."""
    return parse_template(orjson.loads(processed))


async def template_text(
    context: Context, params: Mapping[str, Any], previous: Deployment | None = None
) -> str:
    """The template that a request means: its text, the object it names, or the one before."""
    given = [name for name in ("TemplateBody", "TemplateURL") if params.get(name)]
    if params.get("UsePreviousTemplate") and previous is not None:
        given.append("UsePreviousTemplate")
    match given:
        case ["TemplateBody"]:
            return str(params["TemplateBody"])
        case ["TemplateURL"]:
            return await _fetched(context, params["TemplateURL"])
        case ["UsePreviousTemplate"] if previous is not None:
            return previous.original
        case []:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        case _:
            raise ValidationError("Specify only one of TemplateBody and TemplateURL.")


async def _fetched(context: Context, url: str) -> str:
    text = await object_text(context, url)
    if len(text.encode()) > _MAX_TEMPLATE:
        raise ValidationError(f"Template may not exceed {_MAX_TEMPLATE} bytes in size.")
    return text


async def read_document(text: str) -> dict[str, Any]:
    """The document of a template's text; a long one does not keep the others waiting."""
    if len(text) < _LONG_TEMPLATE:
        return read_template(text)
    return await asyncio.to_thread(read_template, text)


async def prepared(
    context: Context,
    params: Mapping[str, Any],
    stack: Stack,
    previous: Deployment | None,
    *,
    check_expansion: bool = True,
) -> Deployment:
    """The wanted state that a request describes; raises what CloudFormation would say of it."""
    original = await template_text(context, params, previous)
    document = await read_document(original)
    declared = parameter_declarations(document)
    parameters = resolve_parameters(
        declared, params.get("Parameters", ()), previous.texts if previous else {}
    )
    parameters = await _looked_up(context, declared, parameters)
    capabilities = tuple(params.get("Capabilities", ()))
    macros = transforms(document)
    if macros and check_expansion and "CAPABILITY_AUTO_EXPAND" not in capabilities:
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_AUTO_EXPAND]")
    processed = await _transformed(context, document, parameters)
    template = parse_template(processed)
    check_template(template)
    _check_asked(params, template)
    missing = checks.missing_capabilities(template, capabilities)
    if missing:
        raise InsufficientCapabilities(f"Requires capabilities : [{', '.join(missing)}]")
    deployment = Deployment(
        id=new_uuid(),
        stack_id=stack.id,
        original=original,
        processed=orjson.dumps(processed).decode(),
        texts=parameters.texts,
        resolved=parameters.resolved,
        hidden=tuple(sorted(parameters.hidden)),
        parameter_values=parameters.values,
        tags=_tags(params, previous),
        capabilities=capabilities,
        notification_arns=_notification_arns(params, previous),
        extended=_LANGUAGE_EXTENSIONS in macros,
    )
    exports = await context.db.read(partial(exports_of, account=stack.account, region=stack.region))
    scope = scope_of(stack, deployment, exports)
    checks.check_rules(scope)
    graph.dependencies(scope)
    return replace(deployment, imports=_imports(scope))


def check_template(template: Template) -> None:
    """What can be said of a template before its parameters are known."""
    check_types(template)
    graph.check_references(template)
    check_attributes(template)


def _notification_arns(params: Mapping[str, Any], previous: Deployment | None) -> tuple[str, ...]:
    if "NotificationARNs" not in params and previous is not None:
        return previous.notification_arns
    return tuple(params.get("NotificationARNs", ()))


def _check_asked(params: Mapping[str, Any], template: Template) -> None:
    """What a request limits its template to, and what Lambent would have to leave out."""
    if (params.get("RollbackConfiguration") or {}).get("RollbackTriggers"):
        raise NotSupported("Lambent does not support rollback triggers.")
    allowed = params.get("ResourceTypes")
    if not allowed:
        return
    for resource in template.resources.values():
        if not any(fnmatchcase(resource.type, pattern) for pattern in allowed):
            raise ValidationError(
                f"Resource type {resource.type} is not allowed by parameter ResourceTypes"
                f" [{', '.join(allowed)}]"
            )


def _tags(params: Mapping[str, Any], previous: Deployment | None) -> tuple[Mapping[str, str], ...]:
    # AWS: an update that does not mention tags leaves them as they are.
    if "Tags" not in params and previous is not None:
        return previous.tags
    tags: Sequence[Mapping[str, str]] = params.get("Tags", ())
    for tag in tags:
        if tag["Key"].lower().startswith("aws:"):
            raise ValidationError("The following tag key is reserved: " + tag["Key"])
    return tuple(tags)


async def _looked_up(
    context: Context, declared: Mapping[str, Mapping[str, Any]], parameters: Parameters
) -> Parameters:
    if not parameters.lookups:
        return parameters
    found: dict[str, str] = {}
    for name in set(parameters.lookups.values()):
        try:
            reply = await context.call("ssm", "GetParameter", {"Name": name})
        except AwsError as error:
            if not error.code.startswith("ParameterNotFound"):
                raise
            continue
        found[name] = reply["Parameter"]["Value"]
    return with_lookups(declared, parameters, found)


async def _transformed(
    context: Context,
    document: dict[str, Any],
    parameters: Parameters,
) -> dict[str, Any]:
    result = {name: value for name, value in document.items() if name != "Transform"}
    # AWS: parts are transformed before the whole.
    result = await includes.with_embedded(context, result, parameters.values)
    for macro, given in declared_macros(document):
        if macro == INCLUDE:
            result |= await includes.snippet(context, given, parameters.values)
        elif macro == _LANGUAGE_EXTENSIONS:
            result = unrolled(result, parameters.values)
        elif macro == _SAM:
            result = await sam.transformed(
                result, parameters.values, context.region, context.account
            )
        else:
            raise ValidationError(f"No transform named {macro} found.")
    return result


def exports_of(tx: Any, account: str, region: str) -> dict[str, str]:
    """Every export of the account and region."""
    return {
        output["ExportName"]: output["OutputValue"]
        for stack in store.list_live_stacks(tx, account, region)
        for output in stack.outputs
        if "ExportName" in output
    }


def scope_of(
    stack: Stack,
    deployment: Deployment,
    exports: Mapping[str, str],
    resource: Any = None,
) -> Scope:
    """What names mean in a wanted state of a stack."""
    scope = Scope(
        template_of(deployment.processed),
        deployment.parameter_values,
        {
            "AWS::AccountId": stack.account,
            "AWS::NotificationARNs": list(deployment.notification_arns),
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        },
        exports=exports,
        extended=deployment.extended,
    )
    if resource is not None:
        scope = replace(scope, resource=resource)
    return replace(scope, conditions=conditions_of(scope))


def _imports(scope: Scope) -> tuple[str, ...]:
    """The exports that the template uses, as far as they are known before anything is made."""
    found: dict[str, None] = {}
    waiting: list[Any] = [
        *(r.properties for r in scope.template.resources.values()),
        *scope.template.outputs.values(),
    ]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "Fn::ImportValue" in value:
                name = evaluate(scope, value["Fn::ImportValue"])
                if isinstance(name, str):
                    found[name] = None
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return tuple(found)

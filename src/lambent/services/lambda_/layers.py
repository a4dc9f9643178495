"""
Layers: how they are named, who may use them, and which a function may have. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.services.lambda_ import limits
from lambent.services.lambda_.configuration import code_sha256, last_modified
from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import LayerVersion

MOST_LAYERS = 5
GET = "lambda:GetLayerVersion"
_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d):(?P<account>\d{12}):layer:)?"
    r"(?P<name>[a-zA-Z0-9-_]{1,140})"
)
_VERSION_ARN = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d):(?P<account>\d{12})"
    r":layer:(?P<name>[a-zA-Z0-9-_]{1,140}):(?P<version>[0-9]{1,15})"
)


@dataclass(frozen=True, slots=True)
class LayerName:
    account: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:layer:{self.name}"

    def version_arn(self, version: int) -> str:
        return f"{self.arn}:{version}"


def parse_name(text: str, account: str, region: str) -> LayerName:
    """A LayerName param: the name, or the layer's ARN."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise _unreadable(text, "layerName", _NAME)
    return LayerName(match["account"] or account, match["region"] or region, match["name"])


def parse_version_arn(text: str) -> tuple[LayerName, int]:
    match = _VERSION_ARN.fullmatch(text)
    if match is None:
        raise _unreadable(text, "layers", _VERSION_ARN)
    return LayerName(match["account"], match["region"], match["name"]), int(match["version"])


def check_number(version: int) -> None:
    if version < 1:
        raise InvalidParameterValue("Layer Version Cannot be less than 1.")


def check_chosen(arns: Sequence[str], region: str) -> list[tuple[LayerName, int]]:
    """What a function asks for, as far as it can be judged without looking at the layers."""
    if len(arns) > MOST_LAYERS:
        raise InvalidParameterValue(f"Cannot reference more than {MOST_LAYERS} layers.")
    chosen = [parse_version_arn(arn) for arn in arns]
    seen: dict[LayerName, str] = {}
    for arn, (name, _) in zip(arns, chosen, strict=True):
        if name.region != region:
            raise InvalidParameterValue(
                "Layers are not in the same region as the function."
                f" Layers are expected to be in region {region}."
            )
        if name in seen:
            raise InvalidParameterValue(
                "Two different versions of the same layer are not allowed to be referenced in the"
                f" same function. {seen[name]} and {arn} are versions of the same layer."
            )
        seen[name] = arn
    return chosen


def check_sizes(layers: int, code: int) -> None:
    """The unzipped bytes of all the layers and of the function's own package."""
    if layers >= limits.CODE_SIZE_UNZIPPED:
        raise InvalidParameterValue(
            f"Layers consume more than the available size of {limits.CODE_SIZE_UNZIPPED} bytes"
        )
    if layers + code >= limits.CODE_SIZE_UNZIPPED:
        raise InvalidParameterValue(
            "Function code combined with layers exceeds the maximum allowed size of"
            f" {limits.CODE_SIZE_UNZIPPED} bytes. The actual size is {layers + code} bytes."
        )


def may_use(layer: LayerVersion, account: str) -> bool:
    """Whether an account may use a layer version: its own, or one that a statement lets it."""
    return account == layer.account or any(
        _is_of(statement["Principal"], account) and "Condition" not in statement
        for statement in layer.statements
    )


def matches(layer: LayerVersion, runtime: str | None, architecture: str | None) -> bool:
    """AWS: a layer that names no runtime or architecture is found by none."""
    return (runtime is None or runtime in layer.runtimes) and (
        architecture is None or architecture in layer.architectures
    )


def new_statement(params: Mapping[str, Any], resource: str) -> dict[str, Any]:
    principal = params["Principal"]
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": principal
        if principal == "*"
        else {"AWS": f"arn:aws:iam::{principal}:root" if principal.isdigit() else principal},
        "Action": params["Action"],
        "Resource": resource,
    }
    if params.get("OrganizationId"):
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": params["OrganizationId"]}}
    return statement


def version_reply(layer: LayerVersion) -> dict[str, Any]:
    """LayerVersionsListItem, the part that all replies have in common."""
    reply: dict[str, Any] = {
        "LayerVersionArn": layer.arn,
        "Version": layer.version,
        "Description": layer.description,
        "CreatedDate": last_modified(layer.created),
    }
    if layer.runtimes:
        reply["CompatibleRuntimes"] = layer.runtimes
    if layer.architectures:
        reply["CompatibleArchitectures"] = layer.architectures
    if layer.license:
        reply["LicenseInfo"] = layer.license
    return reply


def full_reply(layer: LayerVersion, location: str) -> dict[str, Any]:
    return {
        **version_reply(layer),
        "LayerArn": layer.layer_arn,
        "Content": {
            "Location": location,
            "CodeSha256": code_sha256(layer.code),
            "CodeSize": layer.code.size,
        },
    }


def _is_of(principal: str | dict[str, str], account: str) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    return Arn.parse(principal["AWS"]).account == account


def _unreadable(text: str, member: str, pattern: re.Pattern[str]) -> ValidationFailed:
    return ValidationFailed(
        f"1 validation error detected: Value '{text}' at '{member}' failed to satisfy constraint:"
        f" Member must satisfy regular expression pattern: {pattern.pattern}"
    )

"""Parameters: what the template declares and what was given → their values, or why not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambent.languages.regular_expressions import TooSlow, matcher
from lambent.languages.templates.errors import TemplateInvalid

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>\Z")
_LIST = re.compile(r"(?:List<.+>|CommaDelimitedList)\Z")
_AWS_TYPE = re.compile(
    r"AWS::(?:EC2::(?:AvailabilityZone::Name|Image::Id|Instance::Id|KeyPair::KeyName"
    r"|SecurityGroup::GroupName|SecurityGroup::Id|Subnet::Id|Volume::Id|VPC::Id)"
    r"|Route53::HostedZone::Id|SSM::Parameter::Name)\Z"
)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z")
_MAX_VALUE = 4096

Declarations = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    What each parameter was given (`texts`), what it stands for (`values`), and the names of
    SSM parameters that must be looked up before that is known (`lookups`, by parameter).
    """

    texts: Mapping[str, str]
    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()
    lookups: Mapping[str, str] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)


def resolve_parameters(
    declarations: Declarations, given: Sequence[Mapping[str, Any]], previous: Mapping[str, str]
) -> Parameters:
    """The parameters' values; `previous` are the texts of the stack as it stands."""
    texts = _texts(declarations, given, previous)
    for name, declared in declarations.items():
        _check_declaration(name, declared)
        _check_value(name, declared, texts[name])
    return Parameters(
        texts=texts,
        values={
            name: _value(str(declared["Type"]), texts[name])
            for name, declared in declarations.items()
        },
        hidden=frozenset(
            name
            for name, declared in declarations.items()
            if str(declared.get("NoEcho", "false")).lower() == "true"
        ),
        lookups={
            name: texts[name]
            for name, declared in declarations.items()
            if _SSM_VALUE.match(str(declared["Type"]))
        },
    )


def with_lookups(
    declarations: Declarations, parameters: Parameters, found: Mapping[str, str]
) -> Parameters:
    """The same parameters once the SSM parameters' values are known (by SSM name)."""
    missing = sorted({name for name in parameters.lookups.values() if name not in found})
    if missing:
        raise TemplateInvalid(
            f"Unable to fetch parameters [{','.join(missing)}] from parameter store for this"
            " account."
        )
    values = dict(parameters.values)
    for name, ssm_name in parameters.lookups.items():
        inner = _SSM_VALUE.match(str(declarations[name]["Type"]))
        values[name] = _value(inner[1] if inner else "String", found[ssm_name])
    return Parameters(
        texts=parameters.texts,
        values=values,
        hidden=parameters.hidden,
        lookups=parameters.lookups,
        resolved={name: found[ssm_name] for name, ssm_name in parameters.lookups.items()},
    )


def _texts(
    declarations: Declarations, given: Sequence[Mapping[str, Any]], previous: Mapping[str, str]
) -> dict[str, str]:
    texts: dict[str, str] = {}
    for item in given:
        name = item.get("ParameterKey", "")
        if item.get("UsePreviousValue"):
            if item.get("ParameterValue"):
                raise TemplateInvalid(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as"
                    " true and non empty value for a parameter"
                )
            if name in previous:
                texts[name] = previous[name]
        elif "ParameterValue" in item:
            texts[name] = item["ParameterValue"]
        else:
            raise TemplateInvalid(
                f"Invalid input for parameter key {name}. Need to specify either usePreviousValue"
                " as true or a value for the parameter"
            )
    unknown = [name for name in texts if name not in declarations]
    if unknown:
        raise TemplateInvalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, declared in declarations.items():
        if name not in texts and "Default" in declared:
            texts[name] = _default(name, declared["Default"])
    missing = [name for name in declarations if name not in texts]
    if missing:
        raise TemplateInvalid(f"Parameters: [{', '.join(missing)}] must have values")
    return texts


def _default(name: str, default: Any) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, str | int | float):
        return str(default)
    raise TemplateInvalid(
        "Template format error: Every Default member must be a string."
        f" [/Parameters/{name}/Default]"
    )


def _check_declaration(name: str, declared: Mapping[str, Any]) -> None:
    type_name = declared["Type"]
    known = isinstance(type_name, str) and _is_known(type_name)
    if not known:
        raise TemplateInvalid(f"Template format error: Unrecognized parameter type: {type_name}")
    for bound in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        if bound in declared and not _NUMBER.match(str(declared[bound])):
            raise TemplateInvalid(
                f"Template format error: Every {bound} member must be a number."
                f" [/Parameters/{name}/{bound}]"
            )
    allowed = declared.get("AllowedValues", [])
    if not isinstance(allowed, list):
        raise TemplateInvalid(
            "Template format error: Every AllowedValues member must be a list."
            f" [/Parameters/{name}/AllowedValues]"
        )


def _is_known(type_name: str) -> bool:
    if type_name in ("String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"):
        return True
    if ssm := _SSM_VALUE.match(type_name):
        return _is_known(ssm[1])
    listed = re.fullmatch(r"List<(AWS::.+)>", type_name)
    return bool(_AWS_TYPE.match(listed[1] if listed else type_name))


def _value(type_name: str, text: str) -> Any:
    if _LIST.match(type_name):
        return [item.strip() for item in text.split(",")] if text else []
    return text


def _check_value(name: str, declared: Mapping[str, Any], text: str) -> None:
    """One parameter's value against its declaration, each breach in CloudFormation's words."""
    if len(text.encode()) > _MAX_VALUE:
        raise TemplateInvalid(f"Parameter '{name}' must contain at most {_MAX_VALUE} bytes")
    items = _value(str(declared["Type"]), text)
    listed = items if isinstance(items, list) else [items]
    for item in listed:
        for holds, complaint in _constraints(name, declared, item):
            if not holds:
                raise TemplateInvalid(_complaint(name, declared, complaint))


def _complaint(name: str, declared: Mapping[str, Any], complaint: str) -> str:
    if "ConstraintDescription" in declared:
        return f"Parameter {name} failed to satisfy constraint: {declared['ConstraintDescription']}"
    return f"Parameter '{name}' {complaint}"


def _constraints(name: str, declared: Mapping[str, Any], text: str) -> list[tuple[bool, str]]:
    found: list[tuple[bool, str]] = []
    if declared["Type"] in ("Number", "List<Number>"):
        is_number = bool(_NUMBER.match(text))
        found.append((is_number, "must be a number"))
        if is_number and "MinValue" in declared:
            least = declared["MinValue"]
            found.append((float(text) >= float(least), f"must be a number not less than {least}"))
        if is_number and "MaxValue" in declared:
            most = declared["MaxValue"]
            found.append((float(text) <= float(most), f"must be a number not greater than {most}"))
    if "AllowedValues" in declared:
        allowed = [_default(name, value) for value in declared["AllowedValues"]]
        found.append((text in allowed, "must be one of AllowedValues"))
    if "MinLength" in declared:
        shortest = float(declared["MinLength"])
        found.append((len(text) >= shortest, f"must contain at least {shortest:.0f} characters"))
    if "MaxLength" in declared:
        longest = float(declared["MaxLength"])
        found.append((len(text) <= longest, f"must contain at most {longest:.0f} characters"))
    if "AllowedPattern" in declared:
        pattern = str(declared["AllowedPattern"])
        found.append((_matches(name, pattern, text), f"must match pattern {pattern}"))
    return found


def _matches(name: str, pattern: str, text: str) -> bool:
    try:
        return matcher(pattern, whole=True)(text)
    except TooSlow as error:
        raise TemplateInvalid(f"Template format error: parameter {name}: {error}") from None
    except re.error:
        raise TemplateInvalid(
            f"Template format error: AllowedPattern of parameter {name} is not a valid regular"
            " expression"
        ) from None

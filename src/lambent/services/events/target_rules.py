"""
What may be the target of a rule; pure.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed as MalformedArn
from lambent.services.events.errors import LimitExceeded, ValidationFailed, is_not_valid
from lambent.services.events.event_records import read_json
from lambent.services.events.inputs import check_template
from lambent.services.events.rules import MOST_TARGETS
from lambent.targets import can_be_target, is_universal

Target = Mapping[str, Any]

_INPUTS = ("Input", "InputPath", "InputTransformer")
_MOST_VARIABLES = 100
# Whom EventBridge can call only as a role.
_NEED_ROLE = frozenset(
    {"states", "kinesis", "firehose", "ecs", "codebuild", "codepipeline", "batch", "redshift"}
)


def check_targets(targets: Sequence[Target]) -> None:
    """Raise AWS's ValidationException for what could never be called."""
    for target in targets:
        _check(target)
    ids = [target["Id"] for target in targets]
    if len(set(ids)) != len(ids):
        raise is_not_valid("Targets", "Target ids must be unique.")


def check_count(known: Sequence[str], added: Sequence[str]) -> None:
    if len({*known, *added}) > MOST_TARGETS:
        raise LimitExceeded()


def kind_of(arn: Arn) -> str:
    """How a target is told, where it is not by the one table of targets."""
    if arn.service == "events":
        return arn.resource.split("/", 1)[0].split(":", 1)[0]
    return arn.service


def with_defaults(target: Target) -> dict[str, Any]:
    return {name: value for name, value in target.items() if value is not None}


def _check(target: Target) -> None:
    arn = _arn_of(target["Arn"])
    given = [name for name in _INPUTS if target.get(name) is not None]
    if len(given) > 1:
        raise ValidationFailed(
            "Only one of Input, InputPath, or InputTransformer must be provided for target"
            f" {target['Id']}."
        )
    if arn.service in _NEED_ROLE and not target.get("RoleArn"):
        raise ValidationFailed(f"RoleArn is required for target {arn}.")
    group = target.get("SqsParameters", {}).get("MessageGroupId")
    if arn.service == "sqs" and arn.resource.endswith(".fifo") and not group:
        raise ValidationFailed(
            f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
        )
    if "Input" in given:
        _check_input(target)
    if "InputTransformer" in given:
        _check_transformer(target)
    _check_dead_letters(target)


def _arn_of(text: str) -> Arn:
    try:
        arn = Arn.parse(text)
    except MalformedArn:
        arn = None
    if arn is None or is_universal(arn):
        raise is_not_valid("Arn", "Provided Arn is not in correct format.")
    if not can_be_target(arn) and kind_of(arn) != "api-destination":
        raise is_not_valid("Arn", f"{arn.service} is not a supported target.")
    return arn


def _check_input(target: Target) -> None:
    try:
        read_json(target["Input"])
    except ValueError as error:
        raise ValidationFailed(
            f"JSON syntax error in input for target {target['Id']} : {error}"
        ) from None


def _check_transformer(target: Target) -> None:
    transformer = target["InputTransformer"]
    if len(transformer.get("InputPathsMap", {})) > _MOST_VARIABLES:
        raise LimitExceeded()
    wrong = check_template(transformer)
    if wrong is not None:
        raise ValidationFailed(f"Invalid InputTemplate for target {target['Id']} : {wrong}")


def _check_dead_letters(target: Target) -> None:
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue is None:
        return
    try:
        arn = Arn.parse(queue)
    except MalformedArn:
        arn = None
    if arn is None or arn.service != "sqs" or arn.resource.endswith(".fifo"):
        raise is_not_valid(
            "DeadLetterConfig.Arn", "Dead letter queue must be a standard SQS queue."
        )

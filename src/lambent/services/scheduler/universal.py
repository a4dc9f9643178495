"""Universal targets: any operation, with the JSON of Input as its params."""

from dataclasses import replace

from lambent.core.arn import Arn
from lambent.services.scheduler.errors import ValidationFailed
from lambent.targets import ApiCall, sdk_operation
from lambent.wire.json_params import model_params
from lambent.wire.model import UnknownModel, service_model

# AWS: operations that only read cannot be targets.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
_READ_ONLY = (
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
)


def check_universal(arn: Arn) -> None:
    """Whether AWS has the operation, and it may be a target."""
    service, operation = sdk_operation(arn)
    action = arn.resource.rsplit(":", 1)[1]
    try:
        known = operation in service_model(service).operations
    except UnknownModel:
        known = False
    if not known or action.startswith(_READ_ONLY):
        raise ValidationFailed(
            f"Invalid RequestJson provided. Reason: {arn} is not a supported target."
        )


def with_model_names(call: ApiCall) -> ApiCall:
    """
    The call with its params spelt and typed as the operation's model has them.

    Input may name `StateMachineArn` where the model says `stateMachineArn`; JSON has no blobs
    and no times, so they are read from text.
    """
    shape = service_model(call.service).operations[call.operation].input_shape
    # As on the wire: what the operation does not know is as good as nothing.
    return replace(call, params=model_params(shape, call.params, strict=False))

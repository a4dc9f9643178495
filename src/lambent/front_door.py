"""
The front door: every call, from a client or from another service, passes through here.

It checks the params against the service's model, runs the operation, and lets no error out that
is not AWS's. Who calls is known already; `server/http` has read the signature.
"""

import logging

from lambent import registry
from lambent.core.errors import AwsError, NotSupported, ServerFault
from lambent.platform import Context, Params, Reply
from lambent.wire.model import service_model
from lambent.wire.validation import checker

_log = logging.getLogger(__name__)


async def call(context: Context, service: str, operation: str, params: Params) -> Reply:
    """
    Run `operation` (AWS's name, `SendMessage`) of `service` (boto3's name, `sqs`).

    Raises AwsError with the code and the words that the client sees.
    """
    if service not in registry.SERVICES:
        raise NotSupported(f"Lambent has no service '{service}'.")
    function = registry.operations(service).get(operation)
    if function is not None:
        checker(service, operation)(params)
    else:
        function = _inner(service, operation)
    try:
        return await function(context, params)
    except AwsError:
        raise
    except Exception as error:
        _log.exception("%s.%s failed (%s)", service, operation, context.request_id)
        raise ServerFault(
            f"An internal error occurred. Request id: {context.request_id}"
        ) from error


def _inner(service: str, operation: str) -> registry.Operation:
    """An operation that services have for each other; NotSupported where there is none."""
    function = None
    # What a client can name is never one of them.
    if operation not in service_model(service).operations:
        function = registry.inner_operations(service).get(operation)
    if function is None:
        raise NotSupported(
            f"Lambent does not support the operation {operation} of '{service}'."
            " docs/reference/coverage.md lists what it does."
        )
    return function

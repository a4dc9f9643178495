"""
The list of services; adding one is adding a line.

A service is imported when it is first called, so that a start costs nothing for what is not used.
Its operations are the functions of its `api` that are named as boto3 names its methods; the
kinds of work that it does later are the functions of its `work`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from lambent.core.errors import Impossible
from lambent.platform import Context, Params, Reply
from lambent.wire.model import service_model, snake_case
from lambent.work.queue import WorkItem

Operation = Callable[[Context, Params], Awaitable[Reply]]
Work = Callable[[Context, WorkItem], Awaitable[None]]

# boto3's name of the client → the folder, whose name must be an identifier.
SERVICES: Mapping[str, str] = {
    "apigateway": "apigateway",
    "apigatewayv2": "apigatewayv2",
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "dynamodb": "dynamodb",
    # Of the same tables: clients find the streams behind a service of their own.
    "dynamodbstreams": "dynamodb",
    "ecr": "ecr",
    "events": "events",
    "iam": "iam",
    "lambda": "lambda_",
    "logs": "logs",
    "s3": "s3",
    "scheduler": "scheduler",
    "sns": "sns",
    "sqs": "sqs",
    "stepfunctions": "stepfunctions",
    "sts": "sts",
    "xray": "xray",
}

# What stores rows without being a service of AWS.
_FURTHER_SCHEMAS = ("lambent.work", "lambent.storage", "lambent.services.mail")
# A part of a service that has a schema of its own.
_PARTS = ("lambent.services.lambda_.durable",)


@cache
def operations(service: str) -> Mapping[str, Operation]:
    """The operations that Lambent has of a service: AWS's name → the function."""
    api = import_module(f"lambent.services.{SERVICES[service]}.api")
    return {
        name: function
        for name in service_model(service).operations
        if (function := getattr(api, snake_case(name), None)) is not None
    }


@cache
def inner_operations(service: str) -> Mapping[str, Operation]:
    """
    What other services ask of a service in no published operation: AWS's name → the function.

    AWS names some of them in its permissions (`events:RetrieveConnectionCredentials`). No client
    gets there: a request is read by the model, which does not have them.
    """
    name = f"lambent.services.{SERVICES[service]}.inner"
    if find_spec(name) is None:
        return {}
    return import_module(name).OPERATIONS  # type: ignore[no-any-return]


@cache
def work(kind: str) -> Work:
    """The function that does `service.verb`."""
    service, _, verb = kind.partition(".")
    folder = SERVICES.get(service, service)
    function = getattr(import_module(f"lambent.services.{folder}.work"), verb, None)
    if function is None:
        raise Impossible(f"no service does {kind}")
    return function  # type: ignore[no-any-return]


def packages() -> list[str]:
    """Every package that may have a `schema.sql`."""
    services = [f"lambent.services.{folder}" for folder in dict.fromkeys(SERVICES.values())]
    return [*_FURTHER_SCHEMAS, *services, *_PARTS]

"""
Which API call delivers a payload to a target ARN.

The one table for it: EventBridge, Scheduler, Pipes, S3, SNS and Lambda destinations ask here and
then call the front door. Pure; whoever delivers knows the principal and what a failure means.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from lambent.core.arn import Arn
from lambent.core.errors import ValidationFailed
from lambent.wire.model import known_services

Parameters = Mapping[str, Any]

# Any host would do: of a queue URL only the account and the name at its end are read.
_QUEUE_URLS = "http://127.0.0.1:4566"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """boto3's name of the service and AWS's of the operation. `region` is empty: the caller's."""

    service: str
    operation: str
    params: Mapping[str, Any]
    region: str = ""


def delivery_call(
    target: Arn | str, payload: object, parameters: Parameters | None = None
) -> ApiCall:
    """
    Return the API call that hands `payload` to `target`.

    Text and bytes go as they are, anything else as JSON. `parameters` are those of the target, as
    EventBridge and Scheduler write them: `{"SqsParameters": {"MessageGroupId": …}}`.

    >>> delivery_call("arn:aws:sqs:us-east-1:000000000000:orders", {"id": 1})
    """
    arn = Arn.parse(target) if isinstance(target, str) else target
    if is_universal(arn):
        return _universal(arn, payload)
    build = _DELIVERY.get(_kind_of(arn))
    if build is None:
        raise ValidationFailed(f"{arn} cannot be a target")
    return build(arn, _text(payload), parameters or {})


def can_be_target(target: Arn) -> bool:
    """Whether a payload can be delivered to such a resource at all; it may still not exist."""
    return _kind_of(target) in _DELIVERY or is_universal(target)


def is_universal(target: Arn) -> bool:
    """Whether it is `arn:aws:scheduler:::aws-sdk:service:apiAction`: an operation, no resource."""
    return target.service == "scheduler" and target.resource.startswith("aws-sdk:")


def sdk_operation(target: Arn) -> tuple[str, str]:
    """
    The operation that `…:::aws-sdk:service:apiAction` names, in boto3's and AWS's spelling.

    >>> sdk_operation(Arn.parse("arn:aws:scheduler:::aws-sdk:sfn:startExecution"))
    ('stepfunctions', 'StartExecution')
    """
    words = target.resource.split(":")
    if len(words) != 3 or not all(words):
        raise ValidationFailed(f"{target} cannot be a target")
    _, service, action = words
    return sdk_service(service), action[0].upper() + action[1:]


@cache
def sdk_service(name: str) -> str:
    """
    boto3's name of the service that AWS's other SDKs call `name`.

    >>> sdk_service("sfn"), sdk_service("bedrockagent"), sdk_service("sqs")
    ('stepfunctions', 'bedrock-agent', 'sqs')
    """
    if name in SDK_SERVICES:
        return SDK_SERVICES[name]
    spelt = {service.replace("-", ""): service for service in known_services()}
    return spelt.get(name, name)


# Where the names differ in more than a dash. Scheduler and Step Functions say `aws-sdk:sfn:…`.
SDK_SERVICES: Mapping[str, str] = {
    "applicationdiscovery": "discovery",
    "applicationdiscoveryservice": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereport": "cur",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "databasemigrationservice": "dms",
    "directory": "ds",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntime": "lex-runtime",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlement": "marketplace-entitlement",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}


def _kind_of(arn: Arn) -> str:
    """The service, and the resource's type where a service has several."""
    if arn.service not in _SEVERAL_KINDS:
        return arn.service
    return f"{arn.service}:{arn.resource.replace('/', ':').split(':', 1)[0]}"


def _text(payload: object) -> str:
    match payload:
        case str():
            return payload
        case bytes():
            return payload.decode()
        case _:
            try:
                return orjson.dumps(payload).decode()
            except TypeError:
                # Integers beyond 64 bits, which documents may hold and orjson refuses.
                return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)


def _universal(arn: Arn, payload: object) -> ApiCall:
    service, operation = sdk_operation(arn)
    if isinstance(payload, str | bytes):
        try:
            payload = json.loads(payload or "{}")
        except (ValueError, RecursionError):
            raise ValidationFailed("The input must be a well-formed JSON.") from None
    if not isinstance(payload, Mapping):
        raise ValidationFailed("The input must be a JSON object.")
    return ApiCall(service, operation, payload)


def _invoke_function(arn: Arn, payload: str, _: Parameters) -> ApiCall:
    params = {
        "FunctionName": str(arn),
        "InvocationType": "Event",
        "Payload": payload.encode(),
    }
    return ApiCall("lambda", "Invoke", params, arn.region)


def _send_message(arn: Arn, payload: str, parameters: Parameters) -> ApiCall:
    params = {"QueueUrl": queue_url(arn), "MessageBody": payload}
    group = parameters.get("SqsParameters", {}).get("MessageGroupId")
    if group is not None:
        params["MessageGroupId"] = group
    return ApiCall("sqs", "SendMessage", params, arn.region)


def queue_url(arn: Arn) -> str:
    return f"{_QUEUE_URLS}/{arn.account}/{arn.resource}"


def _start_execution(arn: Arn, payload: str, _: Parameters) -> ApiCall:
    params = {"stateMachineArn": str(arn), "input": payload}
    return ApiCall("stepfunctions", "StartExecution", params, arn.region)


def _publish(arn: Arn, payload: str, _: Parameters) -> ApiCall:
    return ApiCall("sns", "Publish", {"TopicArn": str(arn), "Message": payload}, arn.region)


def _put_events(arn: Arn, payload: str, parameters: Parameters) -> ApiCall:
    described = parameters.get("EventBridgeParameters", {})
    entry = {
        "EventBusName": str(arn),
        "Source": described.get("Source", ""),
        "DetailType": described.get("DetailType", ""),
        "Detail": payload,
    }
    return ApiCall("events", "PutEvents", {"Entries": [entry]}, arn.region)


def _put_stream_record(arn: Arn, payload: str, parameters: Parameters) -> ApiCall:
    params = {
        "StreamARN": str(arn),
        "PartitionKey": parameters.get("KinesisParameters", {}).get("PartitionKey", ""),
        "Data": payload.encode(),
    }
    return ApiCall("kinesis", "PutRecord", params, arn.region)


def _put_delivery_record(arn: Arn, payload: str, _: Parameters) -> ApiCall:
    params = {
        "DeliveryStreamName": arn.resource.removeprefix("deliverystream/"),
        "Record": {"Data": payload.encode()},
    }
    return ApiCall("firehose", "PutRecord", params, arn.region)


def _put_log_event(arn: Arn, payload: str, parameters: Parameters) -> ApiCall:
    """The caller gives the stream, which must exist, and the time in milliseconds."""
    described = parameters.get("CloudWatchLogsParameters", {})
    event = {"timestamp": int(described.get("Timestamp", 0)), "message": payload}
    params = {
        "logGroupName": arn.resource.removeprefix("log-group:").removesuffix(":*"),
        "logStreamName": described.get("LogStreamName", ""),
        "logEvents": [event],
    }
    return ApiCall("logs", "PutLogEvents", params, arn.region)


def _start_build(arn: Arn, _payload: str, _: Parameters) -> ApiCall:
    params = {"projectName": arn.resource.removeprefix("project/")}
    return ApiCall("codebuild", "StartBuild", params, arn.region)


def _start_pipeline(arn: Arn, _payload: str, _: Parameters) -> ApiCall:
    return ApiCall("codepipeline", "StartPipelineExecution", {"name": arn.resource}, arn.region)


_RUN_TASK = {
    "TaskDefinitionArn": "taskDefinition",
    "TaskCount": "count",
    "LaunchType": "launchType",
    "NetworkConfiguration": "networkConfiguration",
    "PlatformVersion": "platformVersion",
    "Group": "group",
    "CapacityProviderStrategy": "capacityProviderStrategy",
    "EnableECSManagedTags": "enableECSManagedTags",
    "EnableExecuteCommand": "enableExecuteCommand",
    "PlacementConstraints": "placementConstraints",
    "PlacementStrategy": "placementStrategy",
    "PropagateTags": "propagateTags",
    "ReferenceId": "referenceId",
}


def _run_task(arn: Arn, payload: str, parameters: Parameters) -> ApiCall:
    described = parameters.get("EcsParameters", {})
    params = {_RUN_TASK[name]: value for name, value in described.items() if name in _RUN_TASK}
    # AWS: the input of an ECS target is the task's overrides.
    overrides = _object_in(payload)
    if overrides:
        params["overrides"] = overrides
    params["cluster"] = str(arn)
    return ApiCall("ecs", "RunTask", params, arn.region)


def _object_in(payload: str) -> Mapping[str, Any]:
    try:
        found = json.loads(payload or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_DELIVERY: dict[str, Callable[[Arn, str, Parameters], ApiCall]] = {
    "lambda:function": _invoke_function,
    "sqs": _send_message,
    "states:stateMachine": _start_execution,
    "sns": _publish,
    "events:event-bus": _put_events,
    "kinesis:stream": _put_stream_record,
    "firehose:deliverystream": _put_delivery_record,
    "logs:log-group": _put_log_event,
    "codebuild:project": _start_build,
    "codepipeline": _start_pipeline,
    "ecs:cluster": _run_task,
}
_SEVERAL_KINDS = frozenset(kind.split(":")[0] for kind in _DELIVERY if ":" in kind)

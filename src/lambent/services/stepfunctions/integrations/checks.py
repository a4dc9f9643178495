"""
What is wrong with the Task states of a definition, as far as the services' models tell; pure.

AWS refuses such a definition when it is created: a Resource that names no operation, an
integration without parameters, or without those that the operation requires.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.core.errors import AwsError
from lambent.languages.asl import Diagnostic
from lambent.languages.asl.resources import Resource, parse_resource
from lambent.services.stepfunctions.integrations.api_gateway_requests import findings
from lambent.services.stepfunctions.integrations.table import find_integration

Definition = Mapping[str, Any]

_PLAIN, _JOB, _CALLBACK = "request_response", "sync", "wait_for_task_token"

# AWS: the operations of the optimised integrations, and how each service's can be waited for.
# https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
_OPTIMIZED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    service: (frozenset(operations.split()), frozenset({_PLAIN, *patterns}))
    for service, operations, patterns in (
        ("apigateway", "invoke", (_CALLBACK,)),
        (
            "athena",
            "startQueryExecution stopQueryExecution getQueryExecution getQueryResults",
            (_JOB,),
        ),
        ("batch", "submitJob", (_JOB,)),
        ("bedrock", "invokeModel createModelCustomizationJob", (_JOB,)),
        ("bedrock-agentcore", "invokeAgentRuntime invokeHarness", ()),
        ("bedrockagentcore", "invokeAgentRuntime invokeHarness", ()),
        (
            "codebuild",
            "startBuild stopBuild batchDeleteBuilds batchGetReports startBuildBatch"
            " stopBuildBatch retryBuildBatch deleteBuildBatch",
            (_JOB,),
        ),
        ("databrew", "startJobRun", (_JOB,)),
        ("dynamodb", "getItem putItem deleteItem updateItem", ()),
        ("ecs", "runTask", (_JOB, _CALLBACK)),
        (
            "eks",
            "createCluster deleteCluster createFargateProfile deleteFargateProfile"
            " createNodegroup deleteNodegroup runJob call",
            (_JOB, _CALLBACK),
        ),
        (
            "elasticmapreduce",
            "createCluster setClusterTerminationProtection terminateCluster addStep cancelStep"
            " modifyInstanceFleetByName modifyInstanceGroupByName",
            (_JOB,),
        ),
        ("emr-containers", "createVirtualCluster deleteVirtualCluster startJobRun", (_JOB,)),
        (
            "emr-serverless",
            "createApplication startApplication stopApplication deleteApplication startJobRun"
            " cancelJobRun",
            (_JOB,),
        ),
        ("events", "putEvents", (_CALLBACK,)),
        ("glue", "startJobRun", (_JOB,)),
        ("http", "invoke", ()),
        ("lambda", "invoke", (_CALLBACK,)),
        ("mediaconvert", "createJob", (_JOB,)),
        (
            "sagemaker",
            "createEndpoint createEndpointConfig createHyperParameterTuningJob createLabelingJob"
            " createModel createProcessingJob createTrainingJob createTransformJob updateEndpoint",
            (_JOB,),
        ),
        ("sns", "publish", (_CALLBACK,)),
        ("sqs", "sendMessage", (_CALLBACK,)),
        ("states", "startExecution", (_JOB, "sync2", _CALLBACK)),
    )
}


@dataclass(frozen=True, slots=True)
class _Task:
    state: Definition
    path: str
    jsonata: bool


def integration_findings(definition: Any) -> list[Diagnostic]:
    """Of a definition as JSON, of any quality."""
    if not isinstance(definition, dict):
        return []
    jsonata = definition.get("QueryLanguage") == "JSONata"
    return [found for task in _tasks(definition, "", jsonata) for found in _check(task)]


def _tasks(region: Any, path: str, jsonata: bool) -> Iterator[_Task]:
    """The Task states, at whatever depth."""
    states = region.get("States") if isinstance(region, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        at = f"{path}/States/{name}"
        if state.get("Type") == "Task":
            language = state.get("QueryLanguage")
            yield _Task(state, at, jsonata if language is None else language == "JSONata")
        for field in ("ItemProcessor", "Iterator"):
            yield from _tasks(state.get(field), f"{at}/{field}", jsonata)
        branches = state.get("Branches")
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _tasks(branch, f"{at}/Branches[{index}]", jsonata)


def _check(task: _Task) -> Iterator[Diagnostic]:
    arn = task.state.get("Resource")
    resource = parse_resource(arn) if isinstance(arn, str) else None
    if resource is None or resource.kind != "integration":
        return
    if not _is_known(str(arn), resource):
        yield _finding(
            f"The resource provided {arn} is not recognized. The value is not a valid resource"
            " ARN, or the resource is not available in this region.",
            f"{task.path}/Resource",
        )
        return
    field = "Arguments" if task.jsonata else "Parameters"
    if field not in task.state:
        yield _finding(f"{field} field is required for resource ARN: {arn}", task.path)
        return
    given = task.state[field]
    if isinstance(given, dict):
        names = {str(name).removesuffix(".$").lower() for name in given}
        if resource.type == "apigateway":
            for words in findings(given):
                yield _finding(words, f"{task.path}/{field}")
        for name in _required(str(arn)):
            if name.lower() not in names:
                yield _finding(
                    f"The field '{name}' is required but was missing", f"{task.path}/{field}"
                )


def _is_known(arn: str, resource: Resource) -> bool:
    operation = resource.name.split(".", 1)[0]
    if resource.type in _OPTIMIZED:
        operations, patterns = _OPTIMIZED[resource.type]
        return operation in operations and resource.pattern in patterns
    if not resource.type.startswith("aws-sdk:") or resource.pattern in ("sync", "sync2"):
        return False
    # AWS: an operation begins with a small letter, however the API spells it.
    return operation[:1].islower() and _find(arn) is not None


def _find(arn: str) -> Any:
    try:
        return find_integration(arn)
    except AwsError:
        return None


def _required(arn: str) -> list[str]:
    integration = _find(arn)
    shape = None if integration is None else integration.model.input_shape
    if shape is None:
        return []
    return [integration.spelt(name) for name in shape.required_members]


def _finding(message: str, location: str) -> Diagnostic:
    return Diagnostic("ERROR", "SCHEMA_VALIDATION_FAILED", message, location)

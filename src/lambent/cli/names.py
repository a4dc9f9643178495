"""What a person types for a resource → its ARN: an ARN, a name, or `stack/LogicalId`."""

import click
from botocore.exceptions import ClientError

from lambent.cli.client import Server


def physical_name(server: Server, text: str) -> str:
    """`stack/LogicalId` → the physical id; anything else as it is."""
    stack, slash, logical_id = text.partition("/")
    if not slash or text.startswith("arn:"):
        return text
    resource = server.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId=logical_id
    )
    found: str = resource["StackResourceDetail"]["PhysicalResourceId"]
    return found


def state_machine_arn(server: Server, text: str) -> str:
    """The ARN of a state machine by ARN, name or `stack/LogicalId`."""
    name = physical_name(server, text)
    if name.startswith("arn:"):
        return name
    pages = server.client("stepfunctions").get_paginator("list_state_machines").paginate()
    for page in pages:
        for machine in page["stateMachines"]:
            if machine["name"] == name:
                found: str = machine["stateMachineArn"]
                return found
    raise click.ClickException(
        f"There is no state machine {text}. `lambent status` lists those that there are."
    )


def is_execution(text: str) -> bool:
    return text.startswith("arn:") and ":execution:" in text


def execution_arn(server: Server, text: str) -> str:
    """The ARN of an execution: as it is, or the latest of a state machine."""
    return text if is_execution(text) else latest_execution(server, text)


def latest_execution(server: Server, machine: str) -> str:
    arn = state_machine_arn(server, machine)
    client = server.client("stepfunctions")
    executions = client.list_executions(stateMachineArn=arn, maxResults=1)["executions"]
    if not executions:
        raise click.ClickException(
            f"{machine} has not run yet. Start it with `lambent run {machine}`."
        )
    found: str = executions[0]["executionArn"]
    return found


def log_group(server: Server, text: str) -> str:
    """A log group by its name, or a function's."""
    name = physical_name(server, text)
    if name.startswith("/"):
        return name
    try:
        configuration = server.client("lambda").get_function_configuration(FunctionName=name)
    except ClientError:
        return name
    group: str = configuration.get("LoggingConfig", {}).get(
        "LogGroup", f"/aws/lambda/{configuration['FunctionName']}"
    )
    return group

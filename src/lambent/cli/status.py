"""`lambent status`: what runs on a server, and what is not healthy."""

from typing import Any

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options


@click.command()
@server_options
def status(server: Server) -> None:
    """
    Show the server's health, its functions, its running executions and its schedules.

    \b
      lambent status
      lambent status --json | jq '.functions[] | select(.State != "Active")'
    """
    shown = {
        "server": server.get("health"),
        "functions": _functions(server),
        "stateMachines": _state_machines(server),
        "schedules": _all(server, "scheduler", "list_schedules", "Schedules"),
        "queues": _all(server, "sqs", "list_queues", "QueueUrls"),
        "stacks": _all(server, "cloudformation", "describe_stacks", "Stacks"),
    }
    if server.json:
        output.print_json(shown)
        return
    health = shown["server"]
    click.echo(f"Lambent {health['version']} on {server.endpoint_url}: {health['status']}\n")
    _print_functions(shown["functions"])
    _print_counts(shown)


def _all(server: Server, service: str, operation: str, member: str) -> list[Any]:
    # AWS: SQS has no second page for those who do not ask for pages.
    size = {"PageSize": 1_000} if service == "sqs" else {}
    pages = server.client(service).get_paginator(operation).paginate(PaginationConfig=size)
    return [each for page in pages for each in page.get(member, ())]


def _functions(server: Server) -> list[dict[str, Any]]:
    """Every function with its state, which ListFunctions does not tell."""
    client = server.client("lambda")
    names = [each["FunctionName"] for each in _all(server, "lambda", "list_functions", "Functions")]
    return [client.get_function_configuration(FunctionName=name) for name in names]


def _state_machines(server: Server) -> list[dict[str, Any]]:
    client = server.client("stepfunctions")
    machines = _all(server, "stepfunctions", "list_state_machines", "stateMachines")
    for machine in machines:
        if machine["type"] == "STANDARD":
            running = client.list_executions(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING", maxResults=1000
            )
            machine["running"] = len(running["executions"])
            machine["moreRunning"] = "nextToken" in running
    return machines


def _print_functions(functions: list[dict[str, Any]]) -> None:
    if functions:
        rows = [
            (
                each["FunctionName"],
                each.get("Runtime", ""),
                each["State"],
                each["LastUpdateStatus"],
                each.get("StateReason") or each.get("LastUpdateStatusReason") or "",
            )
            for each in functions
        ]
        output.print_table(("FUNCTION", "RUNTIME", "STATE", "LAST UPDATE", "REASON"), rows)
        click.echo()


def _print_counts(shown: dict[str, Any]) -> None:
    rows = [
        (machine["name"], machine["type"], _running(machine)) for machine in shown["stateMachines"]
    ]
    if rows:
        output.print_table(("STATE MACHINE", "TYPE", "RUNNING"), rows)
        click.echo()
    stacks = [(stack["StackName"], stack["StackStatus"]) for stack in shown["stacks"]]
    if stacks:
        output.print_table(("STACK", "STATUS"), stacks)
        click.echo()
    schedules = _counted(len(shown["schedules"]), "schedule")
    click.echo(f"{schedules}, {_counted(len(shown['queues']), 'queue')}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _running(machine: dict[str, Any]) -> str:
    """How many executions run; of many, no more are counted than one page has."""
    more = " or more" if machine.get("moreRunning") else ""
    return f"{machine.get('running', '')}{more}"

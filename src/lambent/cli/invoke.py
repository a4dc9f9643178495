"""`lambent invoke`: one call of a function, with its log."""

import base64
import sys

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import physical_name


@click.command()
@click.argument("function")
@click.argument("payload", default="{}")
@click.option("--qualifier", help="A version or an alias.")
@click.option("--asynchronous", is_flag=True, help="Queue the event and do not wait.")
@click.option("--name", help="The name of a durable execution, which is started but once.")
@server_options
def invoke(
    server: Server,
    function: str,
    payload: str,
    qualifier: str | None,
    asynchronous: bool,
    name: str | None,
) -> None:
    """
    Invoke FUNCTION (a name, an ARN or STACK/LOGICAL-ID) with a JSON PAYLOAD; `-` reads it from
    standard input.

    The answer goes to standard output and the log to standard error; for a durable function that is
    not waited for, the answer is the ARN of the execution. Exit status 1 says that the function
    failed.

    \b
      lambent invoke greet '{"name": "Ada"}'
      lambent invoke greeting/Greet - < event.json
    """
    body = sys.stdin.read() if payload == "-" else payload
    reply = server.client("lambda").invoke(
        FunctionName=physical_name(server, function),
        Payload=body.encode(),
        InvocationType="Event" if asynchronous else "RequestResponse",
        **({} if asynchronous else {"LogType": "Tail"}),
        **({"Qualifier": qualifier} if qualifier else {}),
        **({"DurableExecutionName": name} if name else {}),
    )
    execution = reply.get("DurableExecutionArn")
    answer = reply["Payload"].read().decode()
    log = base64.b64decode(reply.get("LogResult", "")).decode(errors="replace")
    failed = reply.get("FunctionError")
    if server.json:
        output.print_json(
            {
                "StatusCode": reply["StatusCode"],
                "FunctionError": failed,
                "ExecutedVersion": reply.get("ExecutedVersion"),
                "Payload": answer,
                **({"DurableExecutionArn": execution} if execution else {}),
                "Log": log,
            }
        )
    else:
        click.secho(log, err=True, dim=True, nl=False)
        if answer:
            click.secho(answer, fg="red" if failed else None)
        elif execution:
            click.echo(execution)
    if failed:
        raise SystemExit(1)

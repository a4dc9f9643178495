"""`lambent link`: a function's code becomes a folder of this machine, seen as it is edited."""

from pathlib import Path

import click

from lambent.cli import output
from lambent.cli.client import Server, server_options
from lambent.cli.names import physical_name
from lambent.cli.packaging import linked


@click.command()
@click.argument("function")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@server_options
def link(server: Server, function: str, folder: Path) -> None:
    """
    Run FUNCTION (a name, an ARN or STACK/LOGICAL-ID) from the code in FOLDER.

    What is edited there is what the next invoke runs, without another deployment. The server must
    have been started with --hot-reload and a folder that FOLDER is in. Deploying a package ends it.

    \b
      lambent serve --hot-reload .
      lambent link greeting/Greet src/greet
    """
    client = server.client("lambda")
    name = physical_name(server, function)
    bucket, key = linked(folder)
    reply = client.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key=key)
    client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    if server.json:
        output.print_json({"FunctionArn": reply["FunctionArn"], "Folder": key})
    else:
        click.echo(f"{reply['FunctionName']} runs what is in {key}.")

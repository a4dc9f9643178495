"""`lambent deploy`: a template and its local files → a stack, through a change set."""

import re
import time
from pathlib import Path
from typing import Any

import click
import orjson

from lambent.cli import output, packaging, stacks
from lambent.cli.client import Server, server_options
from lambent.languages.templates.errors import TemplateInvalid
from lambent.languages.templates.reading import read_template

_TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json")
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_NOT_IN_STACK_NAMES = re.compile(r"[^a-zA-Z0-9]+")
# A longer one goes through the bucket.
_LONGEST_BODY = 51_200
# What clients take for "there is nothing to do".
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--stack-name", help="Name of the stack; the folder's name unless given.")
@click.option(
    "--hot-reload", is_flag=True, help="Run functions from their folders, as they are edited."
)
@server_options
def deploy(
    server: Server,
    path: Path,
    parameters: tuple[str, ...],
    stack_name: str | None,
    hot_reload: bool,
) -> None:
    """
    Deploy the template at PATH (a file, or a folder with a template.yaml) as a stack.

    Local code and definitions are uploaded first. Deploying the same again changes nothing.

    \b
      lambent deploy examples/function-health Email=you@example.com
      lambent deploy template.yaml --stack-name greeting --json
    """
    file = _template_file(path)
    name = stack_name or _NOT_IN_STACK_NAMES.sub("-", file.resolve().parent.name)
    given = dict(_name_and_value(text) for text in parameters)
    try:
        document = read_template(file.read_text(encoding="utf-8"))
    except (TemplateInvalid, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    bucket = _Bucket(server)
    packaged = packaging.package(document, file.parent, bucket.upload, hot_reload=hot_reload)
    stack = _deploy(server, name, packaged, given, bucket)
    if server.json:
        output.print_json(stack)
    elif stack.get("Outputs"):
        rows = [(each["OutputKey"], each["OutputValue"]) for each in stack["Outputs"]]
        output.print_table(("OUTPUT", "VALUE"), rows)


class _Bucket:
    """Where artefacts go: a bucket of our own, made when it is first needed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: Any = None
        self._name = ""

    def upload(self, body: bytes, suffix: str) -> tuple[str, str]:
        if self._client is None:
            self._client = self._server.client("s3")
            account = self._server.client("sts").get_caller_identity()["Account"]
            self._name = f"lambent-deployments-{account}-{self._server.region}"
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._server.region}}
            self._client.create_bucket(
                Bucket=self._name, **({} if self._server.region == "us-east-1" else place)
            )
        key = packaging.key_of(body, suffix)
        self._client.put_object(Bucket=self._name, Key=key, Body=body)
        return self._name, key


def _template_file(path: Path) -> Path:
    if path.is_file():
        return path
    for name in _TEMPLATE_NAMES:
        if (path / name).is_file():
            return path / name
    raise click.ClickException(f"{path} has none of {', '.join(_TEMPLATE_NAMES)}.")


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"A parameter is written NAME=VALUE, not {text}.")
    return name, value


def _deploy(
    server: Server,
    name: str,
    template: dict[str, Any],
    parameters: dict[str, str],
    bucket: _Bucket,
) -> dict[str, Any]:
    """Make a change set, execute it and follow it; the stack as it is then."""
    client = server.client("cloudformation")
    existing = stacks.find_stack(client, name)
    if existing is not None and existing["StackStatus"] == "ROLLBACK_COMPLETE":
        raise click.ClickException(
            f"{name} could not be created, and can only be deleted: `lambent destroy {name}`, then"
            " deploy again."
        )
    fresh = existing is None or existing["StackStatus"] == "REVIEW_IN_PROGRESS"
    change_set = client.create_change_set(
        StackName=name,
        ChangeSetName=f"lambent-{time.time_ns()}",
        ChangeSetType="CREATE" if fresh else "UPDATE",
        **_template(orjson.dumps(template), bucket),
        Parameters=_parameters(template, parameters, existing),
        Capabilities=_CAPABILITIES,
    )
    if not _is_executable(client, change_set["Id"]):
        client.delete_change_set(ChangeSetName=change_set["Id"])
        if not server.json:
            click.echo(f"{name} is as the template wants it; nothing to change.")
        return stacks.find_stack(client, name) or {}
    seen = stacks.event_ids(client, change_set["StackId"])
    client.execute_change_set(ChangeSetName=change_set["Id"])
    stack = stacks.follow(server, change_set["StackId"], seen)
    stacks.check_ended_well(stack)
    return stack


def _template(body: bytes, bucket: _Bucket) -> dict[str, str]:
    if len(body) <= _LONGEST_BODY:
        return {"TemplateBody": body.decode()}
    name, key = bucket.upload(body, ".template")
    return {"TemplateURL": f"https://s3.amazonaws.com/{name}/{key}"}


def _parameters(
    template: dict[str, Any], given: dict[str, str], existing: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """What was given; what the stack has for the rest, as far as the template still knows it."""
    parameters: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
    ]
    for parameter in (existing or {}).get("Parameters", ()):
        name = parameter["ParameterKey"]
        if name not in given and name in (template.get("Parameters") or {}):
            parameters.append({"ParameterKey": name, "UsePreviousValue": True})
    return parameters


def _is_executable(client: Any, change_set_id: str) -> bool:
    """Wait until the change set is worked out; False when it holds no change."""
    while True:
        change_set = client.describe_change_set(ChangeSetName=change_set_id)
        match change_set["Status"]:
            case "CREATE_COMPLETE":
                return True
            case "FAILED":
                reason = change_set.get("StatusReason", "")
                if any(words in reason for words in _NO_CHANGES):
                    return False
                raise click.ClickException(reason)
        time.sleep(0.1)

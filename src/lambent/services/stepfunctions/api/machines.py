"""State machines."""

from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.core.ids import new_uuid
from lambent.languages import asl
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import errors, paging, rules
from lambent.services.stepfunctions.integrations.checks import integration_findings
from lambent.services.stepfunctions.records import Machine, MachineArn, Revision
from lambent.services.stepfunctions.store import executions, machines, map_runs
from lambent.storage.database import Tx


async def create_state_machine(context: Context, params: Params) -> Reply:
    """
    Create a state machine; the same request again answers with the one that is there.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    """
    rules.check_name(params["name"])
    rules.check_role_arn(params["roleArn"])
    _check_configuration(params)
    if "versionDescription" in params and not params.get("publish"):
        raise ValidationFailed("Version description can only be set when publish is true")
    check_definition(params["definition"], params.get("type", "STANDARD"))
    arn = MachineArn(context.account, context.region, params["name"])
    now = context.clock.now()
    revision = Revision(
        id=new_uuid(),
        machine=0,
        initial=True,
        definition=params["definition"],
        role_arn=params["roleArn"],
        logging=rules.stored_logging(params.get("loggingConfiguration")),
        tracing=params.get("tracingConfiguration") or {"enabled": False},
        encryption=params.get("encryptionConfiguration") or {"type": "AWS_OWNED_KEY"},
        created_at=now,
    )

    def write(tx: Tx) -> Reply:
        machine = machines.find_machine(tx, arn)
        if machine is None:
            machine = _add(tx, arn, params, revision)
        else:
            _check_same(tx, machine, params, revision)
        reply = {"stateMachineArn": machine.arn, "creationDate": machine.created_at}
        if params.get("publish"):
            version = publish(tx, machine, params.get("versionDescription"), now)
            reply["stateMachineVersionArn"] = f"{machine.arn}:{version}"
        return reply

    return await context.db.write(write)


def _add(tx: Tx, arn: MachineArn, params: Params, revision: Revision) -> Machine:
    kind = params.get("type", "STANDARD")
    number = machines.add_machine(tx, arn, kind, revision.id, revision.created_at)
    machines.add_revision(tx, replace(revision, machine=number))
    tags = params.get("tags") or []
    if len(tags) > rules.MOST_TAGS:
        raise errors.TooManyTags("You have exceeded the allowed number of tags for a resource.")
    machines.put_tags(tx, str(arn), tags)
    return machines.get_machine(tx, arn)


def _check_same(tx: Tx, machine: Machine, params: Params, asked: Revision) -> None:
    """AWS: the role and the tags of a repeated request are not looked at."""
    if machine.status != "ACTIVE":
        raise errors.StateMachineDeleting(f"State Machine is being deleted: '{machine.arn}'")
    known = machines.get_revision(tx, machine.revision)
    same = (
        known.definition == asked.definition
        and machine.type == params.get("type", "STANDARD")
        and known.logging == asked.logging
        and known.tracing == asked.tracing
        and known.encryption == asked.encryption
    )
    if not same:
        raise errors.StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")


def publish(tx: Tx, machine: Machine, description: str | None, now: float) -> int:
    """The version of the current revision: the one that there is, or the next one."""
    latest = machines.list_versions(tx, machine.number, None, 1)
    if latest and latest[0].revision == machine.revision:
        return latest[0].version
    if machines.count_versions(tx, machine.number) >= rules.MOST_VERSIONS:
        raise errors.ServiceQuotaExceeded(
            f"Maximum number of versions ({rules.MOST_VERSIONS}) of the state machine is reached."
        )
    return machines.add_version(tx, machine, description, now).version


def check_definition(definition: str, machine_type: str) -> None:
    """Raise InvalidDefinition with AWS's text, which names all that is wrong."""
    found = [one for one in _findings(definition, machine_type) if one.severity == "ERROR"]
    if found:
        raise errors.InvalidDefinition(str(asl.InvalidDefinition(found)))


def _findings(definition: str, machine_type: str) -> list[asl.Diagnostic]:
    """All that is wrong or doubtful, errors first."""
    found = asl.validate(definition, express=machine_type == "EXPRESS")
    try:
        document = rules.parse_json(definition)
    except ValueError:
        return found
    wrong = sum(one.severity == "ERROR" for one in found)
    return [*found[:wrong], *integration_findings(document), *found[wrong:]]


def _check_configuration(params: Params) -> None:
    rules.check_logging(params.get("loggingConfiguration") or {})
    rules.check_encryption(params.get("encryptionConfiguration"))


async def update_state_machine(context: Context, params: Params) -> Reply:
    """
    Give a state machine another configuration; what runs keeps the one it began with.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
    """
    arn = rules.machine_arn(params["stateMachineArn"])
    if not any(params.get(name) is not None for name in _CHANGEABLE):
        raise errors.MissingRequiredParameter(
            "Either the definition, the role ARN, the LoggingConfiguration, the"
            " EncryptionConfiguration or the TracingConfiguration must be specified"
        )
    if "roleArn" in params:
        rules.check_role_arn(params["roleArn"])
    _check_configuration(params)
    now = context.clock.now()
    new_id = new_uuid()

    def write(tx: Tx) -> Reply:
        machine = _get_active(tx, arn)
        if "definition" in params:
            check_definition(params["definition"], machine.type)
        known = machines.get_revision(tx, machine.revision)
        changed = replace(known, **_changes(params))
        if changed != known:
            machines.add_revision(tx, replace(changed, id=new_id, initial=False, created_at=now))
            machines.put_current_revision(tx, machine.number, new_id)
            machine = replace(machine, revision=new_id)
        reply: dict[str, Any] = {"updateDate": now, "revisionId": machine.revision}
        if params.get("publish"):
            version = publish(tx, machine, params.get("versionDescription"), now)
            reply["stateMachineVersionArn"] = f"{machine.arn}:{version}"
        return reply

    return await context.db.write(write)


_CHANGEABLE = {
    "definition": "definition",
    "roleArn": "role_arn",
    "loggingConfiguration": "logging",
    "tracingConfiguration": "tracing",
    "encryptionConfiguration": "encryption",
}


def _changes(params: Params) -> dict[str, Any]:
    found = {
        field: params[name] for name, field in _CHANGEABLE.items() if params.get(name) is not None
    }
    if "logging" in found:
        found["logging"] = rules.stored_logging(found["logging"])
    return found


def _get_active(tx: Tx, arn: MachineArn) -> Machine:
    machine = machines.get_machine(tx, arn)
    if machine.status != "ACTIVE":
        raise errors.StateMachineDeleting(f"State Machine is being deleted: '{arn}'")
    return machine


async def delete_state_machine(context: Context, params: Params) -> Reply:
    """
    Delete a state machine: what runs is stopped first, later.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
    """
    arn = rules.machine_arn(params["stateMachineArn"])
    if arn.qualifier:
        raise ValidationFailed(
            "The qualified ARN of a version or an alias is not allowed in this context."
        )

    def write(tx: Tx) -> None:
        machine = machines.find_machine(tx, arn)
        if machine is None or machine.status != "ACTIVE":
            return
        machines.put_machine_status(tx, machine.number, "DELETING")
        context.enqueue(
            tx,
            f"stepfunctions/delete/{machine.number}",
            "stepfunctions.delete_machine",
            {"machine": machine.number},
        )

    await context.db.write(write)
    return {}


async def describe_state_machine(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html"""
    arn = rules.machine_arn(params["stateMachineArn"])

    def read(tx: Tx) -> Reply:
        machine = machines.get_machine(tx, replace(arn, qualifier=""))
        if not arn.qualifier:
            revision = machines.get_revision(tx, machine.revision)
            return _described(machine, revision, machine.arn, machine.created_at)
        return _described_version(tx, machine, arn)

    return _included(params, await context.db.read(read))


def _included(params: Params, reply: Reply) -> Reply:
    """AWS: METADATA_ONLY leaves the definition empty."""
    if params.get("includedData") == "METADATA_ONLY":
        return {**reply, "definition": ""}
    return reply


def _described_version(tx: Tx, machine: Machine, arn: MachineArn) -> Reply:
    if arn.qualifier.isdigit():
        number = int(arn.qualifier)
    else:
        alias = machines.find_alias(tx, machine.number, arn.qualifier)
        number = alias.routing[0][0] if alias is not None else -1
    version = machines.find_version(tx, machine.number, number)
    if version is None:
        raise errors.StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    revision = machines.get_revision(tx, version.revision)
    reply = _described(machine, revision, f"{machine.arn}:{number}", version.created_at)
    if version.description is not None:
        reply["description"] = version.description
    return reply


def _described(machine: Machine, revision: Revision, arn: str, created_at: float) -> dict[str, Any]:
    reply = {
        "stateMachineArn": arn,
        "name": machine.name,
        "status": machine.status,
        "definition": revision.definition,
        "roleArn": revision.role_arn,
        "type": machine.type,
        "creationDate": created_at,
        "loggingConfiguration": revision.logging,
        "tracingConfiguration": revision.tracing,
        "encryptionConfiguration": revision.encryption,
    }
    # AWS: no revisionId until the first update.
    if not revision.initial:
        reply["revisionId"] = revision.id
    return reply


async def describe_state_machine_for_execution(context: Context, params: Params) -> Reply:
    """The configuration that an execution began with, whatever became of the machine since."""
    rules.described_execution_arn(params["executionArn"])

    def read(tx: Tx) -> Reply:
        execution = executions.get_execution(tx, params["executionArn"])
        machine = machines.machine_by_number(tx, execution.machine)
        assert machine is not None
        revision = machines.get_revision(tx, execution.revision)
        reply = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": revision.definition,
            "roleArn": revision.role_arn,
            "updateDate": revision.created_at,
            "loggingConfiguration": revision.logging,
            "tracingConfiguration": revision.tracing,
            "encryptionConfiguration": revision.encryption,
        }
        if not revision.initial:
            reply["revisionId"] = revision.id
        if execution.map_run is not None:
            run = map_runs.map_run(tx, execution.map_run)
            assert run is not None
            reply |= {"mapRunArn": run.arn, "label": run.label}
        return reply

    return _included(params, await context.db.read(read))


async def list_state_machines(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html"""
    size = rules.page_size(params.get("maxResults"))
    after = paging.number_in(params.get("nextToken"))
    found = await context.db.read(
        lambda tx: machines.list_machines(tx, context.account, context.region, after, size + 1)
    )
    listed = [
        {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.type,
            "creationDate": machine.created_at,
        }
        for machine in found[:size]
    ]
    last = found[size - 1].number if len(found) > size else None
    return paging.page("stateMachines", listed, last)


async def validate_state_machine_definition(context: Context, params: Params) -> Reply:
    """All that is wrong with a definition, and all that is doubtful."""
    found = _findings(params["definition"], params.get("type", "STANDARD"))
    # AWS: warnings are told only to who asks for them.
    if params.get("severity", "ERROR") == "ERROR":
        found = [diagnostic for diagnostic in found if diagnostic.severity == "ERROR"]
    most = rules.page_size(params.get("maxResults"))
    listed = [
        {
            "severity": diagnostic.severity,
            "code": diagnostic.code,
            "message": diagnostic.message,
            **({"location": diagnostic.location} if diagnostic.location else {}),
        }
        for diagnostic in found[:most]
    ]
    failed = any(diagnostic.severity == "ERROR" for diagnostic in found)
    return {
        "result": "FAIL" if failed else "OK",
        "diagnostics": listed,
        "truncated": len(found) > most,
    }

"""Versions of state machines: numbered, unchangeable."""

from dataclasses import replace

from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import errors, paging, rules
from lambent.services.stepfunctions.api.machines import publish
from lambent.services.stepfunctions.store import executions, machines
from lambent.storage.database import Tx


async def publish_state_machine_version(context: Context, params: Params) -> Reply:
    """
    Number the current revision; one that has a number keeps it.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
    """
    arn = rules.machine_arn(params["stateMachineArn"])
    now = context.clock.now()
    asked = params.get("revisionId")

    def write(tx: Tx) -> Reply:
        machine = machines.get_machine(tx, arn)
        if machine.status != "ACTIVE":
            raise errors.StateMachineDeleting(f"State Machine is being deleted: '{arn}'")
        if asked is not None:
            # AWS: the configuration that a machine was created with is called INITIAL.
            revision = machines.get_revision(tx, machine.revision)
            current = "INITIAL" if revision.initial else revision.id
            if asked != current:
                raise errors.ConflictException(
                    f"Failed to publish the State Machine version for revision {asked}. The"
                    f" current State Machine revision is {current}."
                )
        number = publish(tx, machine, params.get("description"), now)
        version = machines.find_version(tx, machine.number, number)
        assert version is not None
        return {
            "creationDate": version.created_at,
            "stateMachineVersionArn": f"{machine.arn}:{number}",
        }

    return await context.db.write(write)


async def list_state_machine_versions(context: Context, params: Params) -> Reply:
    """The latest first."""
    arn = rules.machine_arn(params["stateMachineArn"])
    size = rules.page_size(params.get("maxResults"))
    before = paging.number_in(params.get("nextToken")) or None

    def read(tx: Tx) -> Reply:
        machine = machines.get_machine(tx, arn)
        found = machines.list_versions(tx, machine.number, before, size + 1)
        listed = [
            {
                "stateMachineVersionArn": f"{machine.arn}:{version.version}",
                "creationDate": version.created_at,
            }
            for version in found[:size]
        ]
        last = found[size - 1].version if len(found) > size else None
        return paging.page("stateMachineVersions", listed, last)

    return await context.db.read(read)


async def delete_state_machine_version(context: Context, params: Params) -> Reply:
    """Delete a version that no alias names; what runs of it goes on."""
    arn = rules.machine_arn(params["stateMachineVersionArn"])
    if not arn.qualifier.isdigit():
        raise errors.InvalidArn(f"Invalid Arn: '{arn}'")
    number = int(arn.qualifier)

    def write(tx: Tx) -> None:
        machine = machines.find_machine(tx, replace(arn, qualifier=""))
        if machine is None:
            return
        users = [
            alias.name
            for alias in machines.list_aliases(tx, machine.number)
            if any(version == number for version, _ in alias.routing)
        ]
        if users:
            raise errors.ConflictException(
                "Version to be deleted must not be referenced by an alias. Current list of"
                f" aliases referencing this version: [{', '.join(users)}]"
            )
        if executions.uses_version(tx, machine.number, number):
            raise errors.ConflictException(
                "Version to be deleted must not be used by a running execution."
            )
        machines.remove_version(tx, machine.number, number)

    await context.db.write(write)
    return {}

"""Aliases: names for one version, or for two with weights."""

from dataclasses import replace
from typing import Any

from lambent.core.errors import ValidationFailed
from lambent.platform import Context, Params, Reply
from lambent.services.stepfunctions import errors, paging, rules
from lambent.services.stepfunctions.records import Alias, Machine, MachineArn
from lambent.services.stepfunctions.store import machines
from lambent.storage.database import Tx

_NO_SUCH = "Request references a resource that does not exist."


async def create_state_machine_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html"""
    rules.check_alias_name(params["name"])
    target = _target(params["routingConfiguration"])
    now = context.clock.now()

    def write(tx: Tx) -> Reply:
        machine = _machine(tx, target)
        alias = Alias(
            machine.number,
            params["name"],
            params.get("description"),
            _routing(tx, machine, params["routingConfiguration"]),
            now,
            now,
        )
        known = machines.find_alias(tx, machine.number, alias.name)
        if known is None:
            if len(machines.list_aliases(tx, machine.number)) >= rules.MOST_ALIASES:
                raise errors.ServiceQuotaExceeded(
                    f"Maximum number of aliases ({rules.MOST_ALIASES}) of the state machine is"
                    " reached."
                )
            machines.put_alias(tx, alias)
            known = alias
        elif (known.routing, known.description) != (alias.routing, alias.description):
            raise errors.ConflictException(
                "Failed to create alias because an alias with the same name and a different"
                " routing configuration already exists."
            )
        return {
            "stateMachineAliasArn": f"{machine.arn}:{known.name}",
            "creationDate": known.created_at,
        }

    return await context.db.write(write)


async def update_state_machine_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html"""
    arn = rules.machine_arn(params["stateMachineAliasArn"])
    if params.get("description") is None and not params.get("routingConfiguration"):
        raise ValidationFailed(
            "Either description or routingConfiguration must be specified to update an alias."
        )
    now = context.clock.now()

    def write(tx: Tx) -> Reply:
        machine, alias = _get(tx, arn)
        changed = replace(alias, updated_at=now)
        if params.get("description") is not None:
            changed = replace(changed, description=params["description"])
        if params.get("routingConfiguration"):
            routing = _routing(tx, machine, params["routingConfiguration"])
            changed = replace(changed, routing=routing)
        machines.put_alias(tx, changed)
        return {"updateDate": now}

    return await context.db.write(write)


async def describe_state_machine_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html"""
    arn = rules.machine_arn(params["stateMachineAliasArn"])

    def read(tx: Tx) -> Reply:
        machine, alias = _get(tx, arn)
        reply: dict[str, Any] = {
            "stateMachineAliasArn": f"{machine.arn}:{alias.name}",
            "name": alias.name,
            "routingConfiguration": [
                {"stateMachineVersionArn": f"{machine.arn}:{version}", "weight": weight}
                for version, weight in alias.routing
            ],
            "creationDate": alias.created_at,
            "updateDate": alias.updated_at,
        }
        if alias.description is not None:
            reply["description"] = alias.description
        return reply

    return await context.db.read(read)


async def list_state_machine_aliases(context: Context, params: Params) -> Reply:
    """All of a machine's, or those that name the version whose ARN is given."""
    arn = rules.machine_arn(params["stateMachineArn"])
    if arn.qualifier and not arn.qualifier.isdigit():
        raise errors.InvalidArn(f"Invalid Arn: '{arn}'")
    size = rules.page_size(params.get("maxResults"))
    after = paging.text_in(params.get("nextToken"))

    def read(tx: Tx) -> Reply:
        machine = _machine(tx, arn)
        found = [
            alias
            for alias in machines.list_aliases(tx, machine.number)
            if alias.name > after
            and (not arn.qualifier or int(arn.qualifier) in dict(alias.routing))
        ]
        listed = [
            {
                "stateMachineAliasArn": f"{machine.arn}:{alias.name}",
                "creationDate": alias.created_at,
            }
            for alias in found[:size]
        ]
        last = found[size - 1].name if len(found) > size else None
        return paging.page("stateMachineAliases", listed, last)

    return await context.db.read(read)


async def delete_state_machine_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html"""
    arn = rules.machine_arn(params["stateMachineAliasArn"])

    def write(tx: Tx) -> None:
        machine, alias = _get(tx, arn)
        machines.remove_alias(tx, machine.number, alias.name)

    await context.db.write(write)
    return {}


def _machine(tx: Tx, arn: MachineArn) -> Machine:
    machine = machines.get_machine(tx, replace(arn, qualifier=""))
    if machine.status != "ACTIVE":
        raise errors.StateMachineDeleting(f"State Machine is being deleted: '{machine.arn}'")
    return machine


def _get(tx: Tx, arn: MachineArn) -> tuple[Machine, Alias]:
    machine = machines.find_machine(tx, replace(arn, qualifier=""))
    alias = machines.find_alias(tx, machine.number, arn.qualifier) if machine else None
    if machine is None or alias is None:
        raise errors.ResourceNotFound(_NO_SUCH)
    return machine, alias


def _target(routing: list[dict[str, Any]]) -> MachineArn:
    """The machine whose versions a routing names."""
    if not 1 <= len(routing) <= 2:
        raise ValidationFailed("Routing configuration must have one or two versions.")
    arns = [rules.machine_arn(route["stateMachineVersionArn"]) for route in routing]
    if any(not arn.qualifier.isdigit() for arn in arns):
        raise ValidationFailed("Routing configuration must name state machine versions.")
    if len({arn.unqualified for arn in arns}) > 1:
        raise ValidationFailed(
            "Routing configuration must contain versions of the same state machine."
        )
    return arns[0]


def _routing(
    tx: Tx, machine: Machine, routing: list[dict[str, Any]]
) -> tuple[tuple[int, int], ...]:
    if _target(routing).unqualified != machine.arn:
        raise ValidationFailed(
            "Routing configuration must contain versions of the same state machine."
        )
    versions = [
        (int(rules.machine_arn(route["stateMachineVersionArn"]).qualifier), route["weight"])
        for route in routing
    ]
    if len({version for version, _ in versions}) < len(versions):
        raise ValidationFailed(
            "Routing configuration must contain distinct state machine version ARNs."
        )
    if sum(weight for _, weight in versions) != 100:
        raise ValidationFailed("Sum of routing configuration weights must equal 100.")
    for version, _ in versions:
        if machines.find_version(tx, machine.number, version) is None:
            raise errors.ResourceNotFound(_NO_SUCH)
    return tuple(versions)

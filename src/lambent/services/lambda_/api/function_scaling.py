"""PutFunctionScalingConfig and GetFunctionScalingConfig."""

from dataclasses import replace

from lambent.platform import Context, Params, Reply
from lambent.services.lambda_ import changes, invokables, provisioning
from lambent.services.lambda_ import store as functions
from lambent.services.lambda_.api import asked
from lambent.services.lambda_.capacity import rules, store
from lambent.services.lambda_.capacity.records import Scaling
from lambent.services.lambda_.errors import InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.names import FunctionName
from lambent.services.lambda_.records import Version
from lambent.storage.database import Tx


async def put_function_scaling_config(context: Context, params: Params) -> Reply:
    """
    Say how many environments a published version has; none at all deactivates it.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionScalingConfig.html
    """
    name = asked.unqualified(context, {"FunctionName": params["FunctionName"]})
    scaling = rules.new_scaling(params.get("FunctionScalingConfig"))
    now = context.clock.now()

    def write(tx: Tx) -> str:
        version = _get_version(tx, name, params)
        state = _next_state(version, scaling)
        if state is None:
            raise ResourceConflict(
                "The operation cannot be performed at this time."
                f" The function is currently in the following state: {version.life.state}"
            )
        store.put_scaling(tx, name, version.version, scaling, now)
        if version.life.state != state:
            life = replace(version.life, state=state)
            revision = changes.next_revision(version)
            functions.put_version(tx, replace(version, life=life, revision_id=revision))
        provisioning.begin(tx, context, name)
        return state

    state = await context.db.write(write)
    invokables.forget(context)
    return {"FunctionState": state}


async def get_function_scaling_config(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionScalingConfig.html"""
    name = asked.unqualified(context, {"FunctionName": params["FunctionName"]})

    def read(tx: Tx) -> Reply:
        version = _get_version(tx, name, params)
        scaling = rules.scaling_reply(store.scaling(tx, name, version.version))
        return {
            "FunctionArn": f"{version.arn}:{version.version}",
            "AppliedFunctionScalingConfig": scaling,
            "RequestedFunctionScalingConfig": scaling,
        }

    return await context.db.read(read)


def _next_state(version: Version, scaling: Scaling) -> str | None:
    """None while it cannot be scaled; one that is still prepared can be told what it will have."""
    if version.life.state in ("Active", "Deactivated"):
        return "Deactivated" if scaling.is_off else "Active"
    return "Pending" if version.life.state == "Pending" and not scaling.is_off else None


def _get_version(tx: Tx, name: FunctionName, params: Params) -> Version:
    version = functions.get_version(tx, name, params["Qualifier"])
    if not version.is_managed:
        raise InvalidParameterValue(
            "FunctionScalingConfig isn't supported for Lambda Default functions."
        )
    return version

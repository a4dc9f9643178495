"""Exports: what stacks offer each other by name."""

from lambent.platform import Context, Params, Reply
from lambent.services.cloudformation import store
from lambent.services.cloudformation.errors import ValidationError
from lambent.storage.database import Tx


async def list_exports(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html"""

    def read(tx: Tx) -> list[Reply]:
        return [
            {
                "ExportingStackId": stack.id,
                "Name": output["ExportName"],
                "Value": output["OutputValue"],
            }
            for stack in store.list_live_stacks(tx, context.account, context.region)
            for output in stack.outputs
            if "ExportName" in output
        ]

    found = await context.db.read(read)
    return {"Exports": sorted(found, key=lambda export: str(export["Name"]))}


async def list_imports(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html"""
    name = params["ExportName"]

    def read(tx: Tx) -> list[str]:
        found = []
        for stack in store.list_live_stacks(tx, context.account, context.region):
            deployment = store.find_deployment(tx, stack.deployment)
            if deployment is not None and name in deployment.imports:
                found.append(stack.name)
        return found

    imports = await context.db.read(read)
    if not imports:
        raise ValidationError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": sorted(imports)}

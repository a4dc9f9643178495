"""A capacity provider comes to be, or goes: what its state tells in the meantime."""

from dataclasses import replace

from lambent.platform import Context
from lambent.services.lambda_.capacity import store
from lambent.services.lambda_.capacity.records import CapacityProvider
from lambent.storage.database import Tx
from lambent.work import queue
from lambent.work.queue import WorkItem


def enqueue_settling(tx: Tx, context: Context, provider: CapacityProvider) -> None:
    # As long as the preparation of a function takes, for those who want to see the states.
    delay = context.settings.functions.preparation_delay_seconds
    context.at(provider.account, provider.region).enqueue(
        tx,
        f"lambda/capacity/{provider.arn}/{provider.state}/{provider.last_modified}",
        "lambda.settle_capacity_provider",
        {"name": provider.name},
        context.clock.now() + delay,
    )


async def settle_capacity_provider(context: Context, item: WorkItem) -> None:
    """Pending → Active; Deleting → gone."""

    def write(tx: Tx) -> None:
        name = item.payload["name"]
        provider = store.find_provider(tx, context.account, context.region, name)
        if provider is not None and provider.state == "Pending":
            store.put_provider(tx, replace(provider, state="Active"))
        elif provider is not None and provider.state == "Deleting":
            store.remove_provider(tx, provider)
        queue.finish(tx, item.id)

    await context.db.write(write)

"""Queue URLs: which queue one names, and which one a queue has."""

from lambent.platform import Context, Params
from lambent.services.sqs import rules
from lambent.services.sqs.changes import Place
from lambent.services.sqs.records import Queue


def place_in(context: Context, params: Params) -> Place:
    """The queue that `QueueUrl` names; the caller's account where the URL has none."""
    account, name = rules.address_in(params["QueueUrl"])
    return Place(account or context.account, context.region, name)


def url_of(context: Context, queue: Queue) -> str:
    """The queue's URL, on the host that the client itself uses."""
    host = context.request.get("host")
    endpoint = f"http://{host}" if host else context.settings.endpoint_url
    return f"{endpoint}/{queue.account}/{queue.name}"

"""Reading histories by the API: each event once, also while the execution goes on."""

from typing import Any

from lambent.languages.asl_graph.steps import Event, History

_PAGE = 1_000
# Newest first, so that a look that finds little asks for little.
_LOOK = 100


def read_history(client: Any, execution_arn: str) -> tuple[History, list[Event]]:
    """The whole history, and its events as they came."""
    history = History()
    events: list[Event] = []
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, PaginationConfig={"PageSize": _PAGE}
    )
    for page in pages:
        history.add(page["events"])
        events.extend(page["events"])
    return history, events


def read_news(client: Any, execution_arn: str, history: History) -> None:
    """Add what happened since the last look: the newest events, back to one that is known."""
    news: list[Event] = []
    asked: dict[str, Any] = {"executionArn": execution_arn, "reverseOrder": True}
    size = _LOOK
    while True:
        page = client.get_execution_history(**asked, maxResults=size)
        for event in page["events"]:
            if event["id"] <= history.last_id:
                break
            news.append(event)
        else:
            if "nextToken" in page:
                asked["nextToken"] = page["nextToken"]
                size = _PAGE
                continue
        history.add(reversed(news))
        return

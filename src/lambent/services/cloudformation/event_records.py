"""
What CloudFormation tells the default event bus; pure.

https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-cloudformation.html
"""

from typing import Any

import orjson

from lambent.services.cloudformation.records import Event

SOURCE = "aws.cloudformation"


def status_entry(event: Event) -> dict[str, Any]:
    """What PutEvents takes; a nested stack is a resource of the stack around it."""
    of_stack = event.physical_id == event.stack_id
    detail: dict[str, Any] = {"stack-id": event.stack_id}
    if not of_stack:
        detail |= {
            "logical-resource-id": event.logical_id,
            "physical-resource-id": event.physical_id,
        }
    detail["status-details"] = {"status": event.status, "status-reason": event.reason}
    if not of_stack:
        detail["resource-type"] = event.type
    detail["client-request-token"] = event.token
    kind = "Stack" if of_stack else "Resource"
    return {
        "Source": SOURCE,
        "DetailType": f"CloudFormation {kind} Status Change",
        "Resources": [event.stack_id],
        "Time": event.time,
        "Detail": orjson.dumps(detail).decode(),
    }

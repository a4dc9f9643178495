"""The operations of SQS, a file a noun; this one lists them all."""

from lambent.services.sqs.api.messages import (
    change_message_visibility,
    change_message_visibility_batch,
    delete_message,
    delete_message_batch,
    receive_message,
    send_message,
    send_message_batch,
)
from lambent.services.sqs.api.move_tasks import (
    cancel_message_move_task,
    list_message_move_tasks,
    start_message_move_task,
)
from lambent.services.sqs.api.permissions import (
    add_permission,
    remove_permission,
)
from lambent.services.sqs.api.queues import (
    create_queue,
    delete_queue,
    get_queue_attributes,
    get_queue_url,
    list_dead_letter_source_queues,
    list_queue_tags,
    list_queues,
    purge_queue,
    set_queue_attributes,
    tag_queue,
    untag_queue,
)

PARTLY = {
    "ReceiveMessage": "ReceiveRequestAttemptId; the limit of messages in flight",
    "PurgeQueue": "at once; another within a minute is not refused",
    "CreateQueue": "the name of a queue that was deleted within a minute is not refused",
    "AddPermission": "kept and given back, not acted on",
    "SetQueueAttributes": "Policy is kept and given back, not acted on; messages are not encrypted",
}

__all__ = [
    "PARTLY",
    "add_permission",
    "cancel_message_move_task",
    "change_message_visibility",
    "change_message_visibility_batch",
    "create_queue",
    "delete_message",
    "delete_message_batch",
    "delete_queue",
    "get_queue_attributes",
    "get_queue_url",
    "list_dead_letter_source_queues",
    "list_message_move_tasks",
    "list_queue_tags",
    "list_queues",
    "purge_queue",
    "receive_message",
    "remove_permission",
    "send_message",
    "send_message_batch",
    "set_queue_attributes",
    "start_message_move_task",
    "tag_queue",
    "untag_queue",
]

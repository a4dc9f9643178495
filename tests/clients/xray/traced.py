"""A function with the X-Ray SDK in it, as its guide has it."""

import os

import boto3
from aws_xray_sdk.core import patch_all, xray_recorder

patch_all()
sqs = boto3.client("sqs")


@xray_recorder.capture("## price")
def price(order: int) -> int:
    xray_recorder.current_subsegment().put_annotation("order", order)
    return order * 3


def handler(event: dict[str, int], context: object) -> int:
    found = price(event["order"])
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=str(found))
    return found

"""What was counted is there after the server has ended, and what was written survives its death."""

import time
from pathlib import Path

from tests.processes import ServerProcess


def sent(server: ServerProcess) -> float:
    """How many messages were sent in the last hours."""
    now = time.time()
    points = server.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="NumberOfMessagesSent",
        Dimensions=[{"Name": "QueueName", "Value": "jobs"}],
        StartTime=now - 7_200,
        EndTime=now + 60,
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def test_figures_outlive_the_server(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.start()
    queues = server.client("sqs")
    url = queues.create_queue(QueueName="jobs")["QueueUrl"]
    for number in range(3):
        queues.send_message(QueueUrl=url, MessageBody=str(number))
    assert server.stop() == 0

    server.start()
    assert sent(server) == 3
    queues = server.client("sqs")
    url = queues.get_queue_url(QueueName="jobs")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="one more")
    # Reading has it written.
    assert sent(server) == 4
    server.kill()

    server.start()
    assert sent(server) == 4
    assert server.stop() == 0

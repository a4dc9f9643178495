// SQS, SNS and Scheduler through the SDK.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  CreateScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const ACCOUNT = process.env.AWS_ACCESS_KEY_ID;
const TARGET = `arn:aws:sqs:us-east-1:${ACCOUNT}:js`;
const queues = new SQSClient();
let QueueUrl;

before(async () => {
  ({ QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: "js" })));
});

// What comes to the queue, taken out of it.
async function received(count) {
  const found = [];
  while (found.length < count) {
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 20,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      }),
    );
    found.push(...Messages);
  }
  const Entries = found.map(({ ReceiptHandle }, number) => ({ Id: `${number}`, ReceiptHandle }));
  const { Successful } = await queues.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  assert.equal(Successful.length, count);
  return found;
}

test("a batch comes with its attributes; the SDK checks the digests", async () => {
  const MessageAttributes = {
    colour: { DataType: "String", StringValue: "blue" },
    bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
  };
  const Entries = [
    { Id: "a", MessageBody: "one", MessageAttributes },
    { Id: "b", MessageBody: "two <&> \u{1F600}", MessageAttributes },
  ];
  await queues.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const messages = await received(2);
  assert.deepEqual(messages.map((message) => message.Body).sort(), ["one", "two <&> \u{1F600}"]);
  for (const { Attributes, MessageAttributes: attributes } of messages) {
    assert.equal(Attributes.ApproximateReceiveCount, "1");
    assert.equal(attributes.colour.StringValue, "blue");
    assert.deepEqual([...attributes.bytes.BinaryValue], [0, 255]);
  }
});

test("errors have the names of the query protocol's time and of now", async () => {
  await assert.rejects(queues.send(new GetQueueUrlCommand({ QueueName: "none" })), {
    name: "QueueDoesNotExist",
    message: "The specified queue does not exist.",
  });
  await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: "gone" }));
  const [{ ReceiptHandle }] = await received(1);
  const change = { QueueUrl, ReceiptHandle, VisibilityTimeout: 1 };
  await assert.rejects(queues.send(new ChangeMessageVisibilityCommand(change)));
});

test("a topic hands a message to the queue", async () => {
  const topics = new SNSClient();
  const { TopicArn } = await topics.send(new CreateTopicCommand({ Name: "js" }));
  await topics.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: TARGET }));
  await topics.send(new PublishCommand({ TopicArn, Subject: "S", Message: "published" }));
  const [{ Body }] = await received(1);
  const { Type, Subject, Message, TopicArn: from } = JSON.parse(Body);
  assert.deepEqual([Type, Subject, Message, from], ["Notification", "S", "published", TopicArn]);
  await assert.rejects(
    topics.send(new GetTopicAttributesCommand({ TopicArn: `${TopicArn}-none` })),
    { name: "NotFoundException" },
  );
});

test("a schedule sends at once what is due at once", async () => {
  const schedules = new SchedulerClient();
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/any`;
  await schedules.send(
    new CreateScheduleCommand({
      Name: "js",
      ScheduleExpression: "rate(1 day)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: TARGET, RoleArn, Input: "tick" },
    }),
  );
  assert.equal((await received(1))[0].Body, "tick");
  const { CreationDate, State } = await schedules.send(new GetScheduleCommand({ Name: "js" }));
  assert.ok(CreationDate instanceof Date);
  assert.equal(State, "ENABLED");
  await assert.rejects(schedules.send(new GetScheduleCommand({ Name: "none" })), {
    name: "ResourceNotFoundException",
  });
});

// CloudFormation and Step Functions through the SDK: a stack with a workflow, and its run.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from "@aws-sdk/client-cloudformation";
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";

const StackName = "js";
const stacks = new CloudFormationClient();
const waiting = { client: stacks, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const workflows = new SFNClient({ disableHostPrefix: true });
const DEFINITION = {
  StartAt: "Each",
  States: {
    Each: {
      Type: "Map",
      ItemsPath: "$.numbers",
      ItemProcessor: {
        StartAt: "Check",
        States: {
          Check: {
            Type: "Choice",
            Choices: [{ Variable: "$", NumericGreaterThan: 2, Next: "Big" }],
            Default: "Small",
          },
          Big: { Type: "Fail", Error: "TooBig", Cause: "more than two" },
          Small: { Type: "Pass", End: true },
        },
      },
      End: true,
    },
  },
};
const machine = (StateMachineType) => ({
  Type: "AWS::StepFunctions::StateMachine",
  Properties: {
    StateMachineType,
    RoleArn: { "Fn::GetAtt": ["Role", "Arn"] },
    Definition: DEFINITION,
  },
});
const TEMPLATE = {
  Resources: {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Principal: { Service: "states.amazonaws.com" },
            },
          ],
        },
      },
    },
    Standard: machine("STANDARD"),
    Express: machine("EXPRESS"),
  },
  Outputs: { Standard: { Value: { Ref: "Standard" } }, Express: { Value: { Ref: "Express" } } },
};
const outputs = {};

before(async () => {
  const TemplateBody = JSON.stringify(TEMPLATE);
  await stacks.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_IAM"] }),
  );
  await waitUntilStackCreateComplete(waiting, { StackName });
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
  for (const { OutputKey, OutputValue } of Stacks[0].Outputs) outputs[OutputKey] = OutputValue;
});

after(async () => {
  await stacks.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete(waiting, { StackName });
  await assert.rejects(stacks.send(new DescribeStacksCommand({ StackName })), {
    name: "ValidationError",
    message: "Stack with id js does not exist",
  });
});

async function run(input) {
  const { executionArn } = await workflows.send(
    new StartExecutionCommand({ stateMachineArn: outputs.Standard, input: JSON.stringify(input) }),
  );
  for (;;) {
    const execution = await workflows.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== "RUNNING") return execution;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a run that succeeds has its output and its dates", async () => {
  const { status, output, startDate, stopDate } = await run({ numbers: [1, 2] });
  assert.deepEqual([status, JSON.parse(output)], ["SUCCEEDED", [1, 2]]);
  assert.ok(startDate instanceof Date && startDate <= stopDate);
});

test("a run that fails says why, and its history ends so", async () => {
  const { executionArn, status, error, cause } = await run({ numbers: [1, 2, 3] });
  assert.deepEqual([status, error, cause], ["FAILED", "TooBig", "more than two"]);
  const types = [];
  const pages = paginateGetExecutionHistory({ client: workflows, pageSize: 3 }, { executionArn });
  for await (const { events } of pages) types.push(...events.map((event) => event.type));
  assert.deepEqual([types[0], types.at(-1)], ["ExecutionStarted", "ExecutionFailed"]);
});

test("an express run answers at once", async () => {
  const start = { stateMachineArn: outputs.Express, input: '{"numbers": []}' };
  const { status, output } = await workflows.send(new StartSyncExecutionCommand(start));
  assert.deepEqual([status, output], ["SUCCEEDED", "[]"]);
});

test("a run of nothing has the name of its error", async () => {
  const stateMachineArn = `${outputs.Standard}-none`;
  await assert.rejects(workflows.send(new StartExecutionCommand({ stateMachineArn })), {
    name: "StateMachineDoesNotExist",
  });
});

test("a change set without changes fails with AWS's reason", async () => {
  const ChangeSetName = "same";
  const TemplateBody = JSON.stringify(TEMPLATE);
  await stacks.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      TemplateBody,
      Capabilities: ["CAPABILITY_IAM"],
    }),
  );
  await assert.rejects(
    waitUntilChangeSetCreateComplete(waiting, { StackName, ChangeSetName }),
    /didn't contain changes/,
  );
  const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName }));
  assert.equal(StackEvents[0].ResourceStatus, "CREATE_COMPLETE");
  assert.ok(StackEvents[0].Timestamp instanceof Date);
});

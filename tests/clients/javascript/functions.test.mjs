// Lambda and its logs through the SDK: waiters, the log's tail, streams, names of errors.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { stored, TRUST } from "./zip.mjs";

const ACCOUNT = process.env.AWS_ACCESS_KEY_ID;
const ECHO = "exports.handler = async (event) => { console.log('got', event.n); return event; };";
const functions = new LambdaClient();
const waiting = { client: functions, maxWaitTime: 30, minDelay: 1 };
const FunctionName = "js";
let role;

before(async () => {
  const iam = new IAMClient();
  const created = await iam.send(
    new CreateRoleCommand({ RoleName: "js", AssumeRolePolicyDocument: TRUST }),
  );
  role = created.Role.Arn;
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  await iam.send(new AttachRolePolicyCommand({ RoleName: "js", PolicyArn }));
  await functions.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role: role,
      Code: { ZipFile: stored("index.js", ECHO) },
    }),
  );
  await waitUntilFunctionActiveV2(waiting, { FunctionName });
});

test("an invoke answers with its payload and the end of its log", async () => {
  const reply = await functions.send(
    new InvokeCommand({ FunctionName, Payload: '{"n": 7}', LogType: "Tail" }),
  );
  assert.deepEqual(JSON.parse(reply.Payload.transformToString()), { n: 7 });
  const log = Buffer.from(reply.LogResult, "base64").toString();
  assert.match(log, /^START RequestId: .*got 7\n.*END RequestId: .*REPORT RequestId: /s);
});

test("the log comes to its group", async () => {
  const logs = new CloudWatchLogsClient();
  const asked = { logGroupName: "/aws/lambda/js", filterPattern: "got" };
  // As on AWS, a log arrives after the reply.
  for (;;) {
    try {
      const { events } = await logs.send(new FilterLogEventsCommand(asked));
      if (events.length > 0) return assert.match(events[0].message, /got 7/);
    } catch (error) {
      assert.equal(error.name, "ResourceNotFoundException");
    }
  }
});

test("changed code runs, and its error is its own", async () => {
  const code = stored("index.js", "exports.handler = async () => { throw new RangeError('far'); };");
  await functions.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code }));
  await waitUntilFunctionUpdatedV2(waiting, { FunctionName });
  const reply = await functions.send(new InvokeCommand({ FunctionName }));
  assert.equal(reply.FunctionError, "Unhandled");
  const { errorType, errorMessage } = JSON.parse(reply.Payload.transformToString());
  assert.deepEqual([errorType, errorMessage], ["RangeError", "far"]);
});

test("the code can be fetched from where it is said to be", async () => {
  const { Code } = await functions.send(new GetFunctionCommand({ FunctionName }));
  const body = Buffer.from(await (await fetch(Code.Location)).arrayBuffer());
  assert.match(body.toString("latin1"), /RangeError/);
});

test("pages, and what was deleted is gone by name", async () => {
  const names = [];
  for await (const page of paginateListFunctions({ client: functions }, {})) {
    names.push(...page.Functions.map((found) => found.FunctionName));
  }
  assert.deepEqual(names, ["js"]);
  await functions.send(new DeleteFunctionCommand({ FunctionName }));
  await assert.rejects(functions.send(new GetFunctionCommand({ FunctionName })), {
    name: "ResourceNotFoundException",
    message: `Function not found: arn:aws:lambda:us-east-1:${ACCOUNT}:function:js`,
  });
});

test("the keys of an assumed role are the role", async () => {
  const { Credentials } = await new STSClient().send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "somebody" }),
  );
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  const identity = await new STSClient({ credentials }).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/js/somebody`);
});

'use strict';
/* https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */

function createContext(meta) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: meta.client_context ? JSON.parse(meta.client_context) : undefined,
    identity: meta.cognito_identity ? JSON.parse(meta.cognito_identity) : undefined,
    invokedFunctionArn: meta.invoked_arn,
    awsRequestId: meta.request_id,
    getRemainingTimeInMillis: () => Math.max(0, meta.deadline_ms - Date.now()),
  };
}

module.exports = { createContext };

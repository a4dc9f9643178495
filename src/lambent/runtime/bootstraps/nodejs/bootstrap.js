'use strict';
/*
 * Runs in the function's process: loads the handler, then answers one invocation after another.
 *
 * Booted before anybody knows for which function; the setup frame says it. The frames are listed
 * in ../python/bootstrap.py. Words and order of what is logged and answered are AWS's.
 */

const { Module } = require('module');
const net = require('net');
const { createContext } = require('./context.js');
const { describe, intoError } = require('./errors.js');
const { loadHandler } = require('./handler.js');
const log = require('./log.js');
const streaming = require('./streaming.js');

const CONTROL = 3;
const HEADER = 9;
// AWS: the exit statuses of Node.js functions that fail outside their handler.
const UNHANDLED_REJECTION = 128;
const UNCAUGHT_EXCEPTION = 129;
// By a wrapper script, which has the last word on the environment and the handler.
const isWrapped = 'LAMBDA_TASK_ROOT' in process.env;

const control = new net.Socket({ fd: CONTROL, readable: true, writable: true });
let received = [];
let receivedLength = 0;
let handler = null;
let current = null; // the invocation that is being answered

control.on('data', (chunk) => {
  received.push(chunk);
  receivedLength += chunk.length;
  nextFrame();
});
control.on('end', () => process.exit(0));
control.on('error', () => process.exit(0));

function nextFrame() {
  if (receivedLength < HEADER) return;
  if (received.length > 1 && receivedLength >= HEADER + received[0].readUInt32BE(5)) {
    received = [Buffer.concat(received)];
  }
  const length = received[0].readUInt32BE(5);
  if (received[0].length < HEADER + length) return;
  const [whole] = received;
  received = [];
  receivedLength = 0;
  const body = whole.subarray(HEADER, HEADER + length);
  if (whole[0] === 0x53) setUp(JSON.parse(body.toString()));
  else invoke(body, whole.readUInt32BE(1));
}

function send(kind, body, sent) {
  const text = Buffer.isBuffer(body) ? body : Buffer.from(body);
  const header = Buffer.alloc(HEADER);
  header.write(kind, 0, 'latin1');
  header.writeUInt32BE(process.resourceUsage().maxRSS, 1);
  header.writeUInt32BE(text.length, 5);
  control.write(Buffer.concat([header, text]), sent);
}

function setUp(setup) {
  if (!isWrapped) {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, setup.environment);
  }
  process.chdir(setup.task_root);
  process.argv.length = 1;
  Module._initPaths();
  log.begin(setup.log_format);
  if (setup.debugger) {
    const { port, waits } = setup.debugger;
    require('inspector').open(port, '127.0.0.1', waits);
  }
  streaming.install();
  loadHandler(setup.task_root, isWrapped ? process.env._HANDLER || '' : setup.handler).then(
    (found) => {
      handler = found;
      send('R', '');
    },
    (error) => {
      log.write('ERROR', 'Uncaught Exception', error);
      send('X', JSON.stringify(describe(error)), () => process.exit(1));
    },
  );
}

function invoke(body, metaLength) {
  const meta = JSON.parse(body.subarray(0, metaLength).toString());
  log.setRequestId(meta.request_id);
  if (meta.trace_header) process.env._X_AMZN_TRACE_ID = meta.trace_header;
  else delete process.env._X_AMZN_TRACE_ID;
  const invocation = { done: false, whenIdle: null };
  current = invocation;
  // With nothing left to do the event loop must be able to run empty.
  control.unref();
  const context = createContext(meta);
  const callback = (error, result) => {
    if (invocation.done || invocation.whenIdle) return;
    const answer = () =>
      error === undefined || error === null ? succeed(invocation, result) : fail(invocation, intoError(error));
    if (context.callbackWaitsForEmptyEventLoop) invocation.whenIdle = answer;
    else setImmediate(answer);
  };
  context.succeed = (result) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(null, result);
  };
  context.fail = (error) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(error === undefined || error === null ? 'handled' : error);
  };
  context.done = (error, result) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(error, result);
  };
  try {
    const event = JSON.parse(body.subarray(metaLength).toString() || '{}');
    if (streaming.isStreaming(handler)) {
      stream(invocation, event, context);
      return;
    }
    const returned = handler(event, context, callback);
    if (returned && typeof returned.then === 'function') {
      returned.then(
        (result) => succeed(invocation, result),
        (error) => fail(invocation, error),
      );
    }
  } catch (error) {
    fail(invocation, error);
  }
}

/** AWS: the answer is complete when the handler has returned and its stream has ended. */
function stream(invocation, event, context) {
  const answer = new streaming.ResponseStream((kind, content, sent) => {
    if (!invocation.done) send(kind, content, sent);
    else if (sent) sent();
  });
  invocation.streams = answer;
  const ended = new Promise((resolve, reject) => {
    answer.on('finish', resolve);
    answer.on('error', reject);
  });
  ended.catch(() => {});
  Promise.resolve()
    .then(() => handler(event, answer, context))
    .then(() => ended)
    .then(
      () => finish(invocation, 'E', ''),
      (error) => fail(invocation, error),
    );
}

function succeed(invocation, result) {
  if (invocation.done) return;
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
    // AWS: what JSON has no words for, such as a function, is answered as null.
    if (text === undefined) text = 'null';
  } catch {
    fail(invocation, new Error('Unable to stringify response body'));
    return;
  }
  finish(invocation, 'A', text);
}

function fail(invocation, error) {
  if (invocation.done) return;
  log.write('ERROR', 'Invoke Error', error);
  const began = invocation.streams && invocation.streams._began;
  finish(invocation, began ? 'E' : 'F', JSON.stringify(describe(error)));
}

function finish(invocation, kind, text) {
  invocation.done = true;
  current = null;
  control.ref();
  send(kind, text);
}

process.on('beforeExit', () => {
  if (!current) return;
  const invocation = current;
  if (invocation.streams) {
    fail(invocation, new Error('Response stream was never ended'));
    return;
  }
  // AWS: a handler that neither answers nor leaves anything to wait for has answered null.
  const answer = invocation.whenIdle || (() => succeed(invocation, null));
  answer();
});

function end(title, error, status) {
  log.write('ERROR', title, error);
  const leave = () => process.exit(status);
  if (current) {
    current.done = true;
    send('F', JSON.stringify(describe(error)), leave);
  } else if (!handler) {
    send('X', JSON.stringify(describe(error)), leave);
  } else {
    leave();
  }
}

process.on('uncaughtException', (error) => end('Uncaught Exception', error, UNCAUGHT_EXCEPTION));

process.on('unhandledRejection', (reason, promise) => {
  const error = new Error(reason && reason.toString ? reason.toString() : String(reason));
  error.name = 'Runtime.UnhandledPromiseRejection';
  error.reason = reason;
  error.promise = promise;
  if (reason && reason.stack) error.stack = `${error.name}: ${reason.stack}`;
  end('Unhandled Promise Rejection', error, UNHANDLED_REJECTION);
});

// Nothing to load or compile when the setup arrives.
log.warm();
if (isWrapped) send('W', '');

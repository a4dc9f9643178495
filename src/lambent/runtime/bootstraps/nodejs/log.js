'use strict';
/*
 * console, as AWS sets it up: time, request id, level and message, divided by tabs.
 *
 * A record of several lines stays one event: inner line breaks are written as RECORD_BREAK, which
 * the server turns back.
 */

const { format } = require('util');
const { describe, forLog } = require('./errors.js');

const RECORD_BREAK = '\x1e';
const LEVELS = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' };

const ORDER = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

let requestId;
let isJson = false;

function begin(logFormat) {
  isJson = logFormat === 'JSON';
  const least = ORDER.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase());
  for (const [method, level] of [...Object.entries(LEVELS), ['fatal', 'FATAL']]) {
    // AWS: what is below the configured level is not written at all.
    console[method] = ORDER.indexOf(level) < least ? () => {} : (...values) => say(level, values);
  }
}

function say(level, values) {
  if (isJson) put(jsonRecord(level, values));
  else put(`${now()}\t${requestId}\t${level}\t${format(...values)}`);
}

/** One value is the message as it is; several are one text, and the error among them is told. */
function jsonRecord(level, values) {
  const entry = { timestamp: now(), level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...entry, message: values[0] }, errorsAsMembers);
    } catch {
      return JSON.stringify({ ...entry, message: format(values[0]) });
    }
  }
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify({ ...entry, message: format(...values), ...(error ? members(error) : {}) });
}

function errorsAsMembers(_, value) {
  return value instanceof Error ? { ...members(value), ...value } : value;
}

function members(error) {
  const stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  const { name } = error.constructor || {};
  return { errorType: name || 'UnknownError', errorMessage: error.message, stackTrace };
}

/** An error that the platform reports. */
function write(level, title, error) {
  if (isJson) put(jsonRecord(level, [error]));
  else put(`${now()}\t${requestId}\t${level}\t${title} \t${forLog(error)}`);
}

function put(text) {
  process.stdout.write(`${text.replace(/\n/g, RECORD_BREAK)}\n`);
}

function now() {
  return new Date().toISOString();
}

function setRequestId(id) {
  requestId = id;
}

function warm() {
  void process.stdout.writable;
  now();
  format('%s', 1);
  JSON.stringify(describe(new Error('warm')));
}

module.exports = { begin, setRequestId, warm, write };

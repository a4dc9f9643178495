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

let requestId;
let isJson = false;

function begin(logFormat) {
  isJson = logFormat === 'JSON';
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method] = (...values) => say(level, values);
  }
  console.fatal = (...values) => say('FATAL', values);
}

function say(level, values) {
  if (isJson) {
    const entry = { timestamp: now(), level, requestId, message: values.length === 1 ? plain(values[0]) : format(...values) };
    put(stringify(entry, values));
  } else {
    put(`${now()}\t${requestId}\t${level}\t${format(...values)}`);
  }
}

function plain(value) {
  return value instanceof Error ? describe(value) : value;
}

function stringify(entry, values) {
  try {
    return JSON.stringify(entry);
  } catch {
    return JSON.stringify({ ...entry, message: format(...values) });
  }
}

/** An error that the platform reports. */
function write(level, title, error) {
  if (isJson) put(JSON.stringify({ timestamp: now(), level, requestId, message: describe(error) }));
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

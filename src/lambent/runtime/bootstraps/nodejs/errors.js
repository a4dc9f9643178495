'use strict';
/* Errors as AWS's Node.js runtime answers and logs them. */

const { isNativeError } = require('util').types;

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function isErrorLike(value) {
  return (
    isNativeError(value) ||
    (value && [value.name, value.message, value.stack].every((text) => typeof text === 'string'))
  );
}

function intoError(value) {
  return value instanceof Error || isErrorLike(value) ? value : new Error(value);
}

/** The answer that the caller sees. */
function describe(error) {
  try {
    if (isErrorLike(error)) {
      return {
        errorType: error.name,
        errorMessage: error.message,
        trace: withoutOurs((error.stack || '').split('\n')),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or' +
        ' more of its message, name, and stack',
    };
  }
}

/** One line of JSON for the log, with the members that the function added. */
function forLog(error) {
  if (!isErrorLike(error)) return JSON.stringify(describe(error));
  const members = {};
  for (const [name, value] of Object.entries(error)) members[name] = value;
  delete members.name;
  const described = {
    errorType: error.name,
    errorMessage: error.message,
    ...members,
    stack: withoutOurs((error.stack || '').split('\n')),
  };
  try {
    return JSON.stringify(described);
  } catch {
    return JSON.stringify({ errorType: error.name, errorMessage: error.message });
  }
}

function withoutOurs(lines) {
  return lines.filter((line) => !line.includes(`${__dirname}/`));
}

module.exports = { RuntimeError, describe, forLog, intoError };

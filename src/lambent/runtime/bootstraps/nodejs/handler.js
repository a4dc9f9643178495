'use strict';
/* Finds the handler that "folder/file.name" names: CommonJS or ES module. */

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const { RuntimeError } = require('./errors.js');

async function loadHandler(taskRoot, name) {
  if (name.includes('..')) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const folder = path.dirname(name);
  const [file, ...members] = path.basename(name).split('.');
  if (!file || members.length === 0) {
    throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  }
  const module = await load(taskRoot, path.resolve(taskRoot, folder, file));
  let found = module;
  for (const member of members) found = found === undefined || found === null ? undefined : found[member];
  if (found === undefined || found === null) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  return Object.assign(found.bind(module), marksOf(found));
}

/** What `streamifyResponse` has written on a handler. */
function marksOf(found) {
  return Object.fromEntries(Object.getOwnPropertySymbols(found).map((mark) => [mark, found[mark]]));
}

async function load(taskRoot, base) {
  try {
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const candidate = base + extension;
      if (!isFile(candidate)) continue;
      if (extension === '.mjs' || (extension === '.js' && isModuleFolder(taskRoot, candidate))) {
        return await import(pathToFileURL(candidate).href);
      }
      return require(candidate);
    }
    // Neither is there: let Node.js look, and say what it says.
    return require(base);
  } catch (error) {
    throw named(error);
  }
}

/** AWS's names for what can go wrong while loading; any other error is the function's own. */
function named(error) {
  if (error instanceof SyntaxError) {
    const renamed = new RuntimeError('Runtime.UserCodeSyntaxError', String(error));
    renamed.stack = error.stack;
    return renamed;
  }
  if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
    const renamed = new RuntimeError('Runtime.ImportModuleError', String(error));
    renamed.stack = `Runtime.ImportModuleError: ${error.stack}`;
    return renamed;
  }
  return error;
}

function isFile(candidate) {
  try {
    return fs.statSync(candidate).isFile();
  } catch {
    return false;
  }
}

/** Whether the nearest package.json says that .js files are ES modules. */
function isModuleFolder(taskRoot, file) {
  for (let folder = path.dirname(file); folder.startsWith(taskRoot); folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (isFile(description)) {
      try {
        return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
      } catch {
        return false;
      }
    }
  }
  return false;
}

module.exports = { loadHandler };

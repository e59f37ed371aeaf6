// Errors with Node's codes, and errors as text.
'use strict';

function named(value) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'function';
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : require('util').inspect(value, { depth: -1 });
  }
  const text = require('util').inspect(value, { colors: false });
  return `type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}

function codeOf(Base, code, message) {
  return class NodeError extends Base {
    constructor(...args) {
      super(message(...args));
      this.code = code;
    }
    get ['constructor']() { return Base; }
    toString() { return `${this.name} [${code}]: ${this.message}`; }
  };
}

const codes = {
  ERR_INVALID_ARG_TYPE: codeOf(TypeError, 'ERR_INVALID_ARG_TYPE', (name, wanted, value) =>
    `The "${name}" argument must be ${wanted}. Received ${named(value)}`),
  ERR_INVALID_ARG_VALUE: codeOf(TypeError, 'ERR_INVALID_ARG_VALUE', (name, value, why = 'is invalid') =>
    `The argument '${name}' ${why}. Received ${require('util').inspect(value)}`),
  ERR_OUT_OF_RANGE: codeOf(RangeError, 'ERR_OUT_OF_RANGE', (name, range, value) =>
    `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`),
  ERR_AMBIGUOUS_ARGUMENT: codeOf(TypeError, 'ERR_AMBIGUOUS_ARGUMENT', (name, why) => `The "${name}" argument is ambiguous. ${why}`),
  ERR_MISSING_ARGS: codeOf(TypeError, 'ERR_MISSING_ARGS', (...names) =>
    `The ${names.map((name) => `"${name}"`).join(' and ')} argument${names.length > 1 ? 's' : ''} must be specified`),
  ERR_INVALID_RETURN_VALUE: codeOf(TypeError, 'ERR_INVALID_RETURN_VALUE', (wanted, name, value) =>
    `Expected ${wanted} to be returned from the "${name}" function but got ${named(value)}.`),
  ERR_INVALID_URL: codeOf(TypeError, 'ERR_INVALID_URL', () => 'Invalid URL'),
  ERR_INVALID_URL_SCHEME: codeOf(TypeError, 'ERR_INVALID_URL_SCHEME', (wanted) => `The URL must be of scheme ${wanted}`),
  ERR_UNHANDLED_ERROR: codeOf(Error, 'ERR_UNHANDLED_ERROR', (value) => `Unhandled error. (${require('util').inspect(value)})`),
  ERR_NOT_SUPPORTED: codeOf(Error, 'ERR_NOT_SUPPORTED', (what, hint) => `${what} is not supported in the sandbox of the test stage${hint === undefined ? '' : `, hint: ${hint}`}`),
};

/** Name, message, stack and cause of anything that was thrown, as strings. */
function describe(error) {
  if (error === null || typeof error !== 'object') {
    const text = require('util').inspect(error);
    return { name: '', message: text, stack: '', code: '' };
  }
  const read = (key) => {
    try {
      const value = error[key];
      return value === undefined ? '' : String(value);
    } catch {
      return '';
    }
  };
  const isError = error instanceof Error || typeof error.message === 'string';
  const described = {
    name: read('name'),
    message: isError ? read('message') : require('util').inspect(error),
    stack: read('stack'),
    code: read('code'),
  };
  if (error.cause !== undefined && isError) {
    described.cause = require('util').inspect(error.cause, { depth: 1 });
  }
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    described.message += error.errors.map((inner) => `\n- ${describe(inner).message}`).join('');
  }
  return described;
}

module.exports = { codes, describe };

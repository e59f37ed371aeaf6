// node:assert
'use strict';

const { isDeepEqual } = require('internal/compare');
const { codes } = require('internal/errors');
const { inspect } = require('internal/inspect');
const { difference } = require('internal/diff');

const titles = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: 'Values identical but not reference-equal:',
};

const show = (value) => inspect(value, { compact: false, customInspect: false, depth: 1000, maxArrayLength: Infinity, maxStringLength: Infinity, sorted: true, getters: true });

const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');

class AssertionError extends Error {
  constructor(options) {
    if (!isObject(options)) throw new codes.ERR_INVALID_ARG_TYPE('options', 'of type object', options);
    const { message, actual, expected, operator } = options;
    super(message !== undefined ? String(message) : explain(actual, expected, operator));
    Object.defineProperty(this, 'name', { value: 'AssertionError', configurable: true, writable: true, enumerable: false });
    this.generatedMessage = message === undefined;
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
  toString() { return `${this.name} [${this.code}]: ${this.message}`; }
}

function explain(actual, expected, operator) {
  switch (operator) {
    case 'deepStrictEqual': case 'strictEqual': return explainStrict(actual, expected, operator);
    case 'notDeepStrictEqual': case 'notStrictEqual': {
      const title = operator === 'notStrictEqual' && isObject(actual) ? titles.notStrictEqualObject : titles[operator];
      const lines = show(actual).split('\n');
      if (lines.length === 1) return `${title}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
      return `${title}\n\n${limited(lines)}\n`;
    }
    default: {
      const [left, right] = [show(actual), show(expected)];
      if (operator === 'deepEqual') return `${titles.deepEqual}\n\n${limited(left.split('\n'))}\n\nshould loosely deep-equal\n\n${limited(right.split('\n'))}`;
      if (operator === 'notDeepEqual') return `${titles.notDeepEqual}\n\n${limited(left.split('\n'))}\n\nshould not loosely deep-equal\n\n${limited(right.split('\n'))}`;
      return `${left.length > 128 ? `${left.slice(0, 125)}...` : left} ${operator} ${right.length > 128 ? `${right.slice(0, 125)}...` : right}`;
    }
  }
}

function limited(lines) {
  return lines.length > 50 ? [...lines.slice(0, 46), '...'].join('\n') : lines.join('\n');
}

function explainStrict(actual, expected, operator) {
  const [left, right] = [show(actual), show(expected)];
  if (left === right) {
    return `${operator === 'strictEqual' && isObject(actual) ? titles.notIdentical : titles[operator]}\n\n${limited(left.split('\n'))}\n`;
  }
  const short = !left.includes('\n') && !right.includes('\n');
  if (short && !isObject(actual) && !isObject(expected) && left.length + right.length <= 100 && (actual !== 0 || expected !== 0)) {
    return `${titles[operator]}\n\n${left} !== ${right}\n`;
  }
  const title = operator === 'strictEqual' && isObject(actual) && isObject(expected) ? titles.strictEqualObject : titles[operator];
  return `${title}\n+ actual - expected\n\n${difference(left.split('\n'), right.split('\n'))}\n`;
}

function fails(actual, expected, message, operator, stackStart) {
  if (message instanceof Error) throw message;
  throw new AssertionError({ actual, expected, message, operator, stackStartFn: stackStart });
}

function needs(args, count, ...names) {
  if (args.length < count) throw new codes.ERR_MISSING_ARGS(...names);
}

function ok(...args) {
  truthy(args, 'ok');
}

function truthy(args, operator) {
  const [value, message] = args;
  if (value) return;
  if (args.length === 0) fails(value, true, 'No value argument passed to `assert.ok()`', '==');
  if (message === undefined) {
    const generated = new AssertionError({ actual: value, expected: true, operator: '==', message: 'The expression evaluated to a falsy value' });
    const source = host.sourceLine(generated.stack);
    generated.message = `The expression evaluated to a falsy value:\n\n  ${source === '' ? `assert${operator === 'assert' ? '' : '.ok'}(${inspect(value)})` : source}\n`;
    generated.generatedMessage = true;
    throw generated;
  }
  fails(value, true, message, '==');
}

function assert(...args) {
  truthy(args, 'assert');
}

Object.assign(assert, {
  AssertionError,
  ok,
  fail(actual, expected, message, operator) {
    if (actual instanceof Error) throw actual;
    if (arguments.length <= 1) {
      const error = new AssertionError({ message: actual === undefined ? 'Failed' : actual, operator: 'fail' });
      error.generatedMessage = actual === undefined;
      throw error;
    }
    fails(actual, expected, message, operator ?? '!=');
  },
  equal(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    // eslint-disable-next-line eqeqeq
    if (!(actual == expected || (actual !== actual && expected !== expected))) fails(actual, expected, message, '==');
  },
  notEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    // eslint-disable-next-line eqeqeq
    if (actual == expected || (actual !== actual && expected !== expected)) fails(actual, expected, message, '!=');
  },
  strictEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (!Object.is(actual, expected)) fails(actual, expected, message, 'strictEqual');
  },
  notStrictEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (Object.is(actual, expected)) fails(actual, expected, message, 'notStrictEqual');
  },
  deepEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (!isDeepEqual(actual, expected, false)) fails(actual, expected, message, 'deepEqual');
  },
  notDeepEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (isDeepEqual(actual, expected, false)) fails(actual, expected, message, 'notDeepEqual');
  },
  deepStrictEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (!isDeepEqual(actual, expected, true)) fails(actual, expected, message, 'deepStrictEqual');
  },
  notDeepStrictEqual(actual, expected, message) {
    needs(arguments, 2, 'actual', 'expected');
    if (isDeepEqual(actual, expected, true)) fails(actual, expected, message, 'notDeepStrictEqual');
  },
  throws(fn, ...args) { expectThrow('throws', caught(fn), ...args); },
  doesNotThrow(fn, ...args) { expectNone('doesNotThrow', caught(fn), ...args); },
  async rejects(promise, ...args) { expectThrow('rejects', await caughtAsync(promise), ...args); },
  async doesNotReject(promise, ...args) { expectNone('doesNotReject', await caughtAsync(promise), ...args); },
  ifError(value) {
    if (value === null || value === undefined) return;
    let message = 'ifError got unwanted exception: ';
    if (typeof value === 'object' && typeof value.message === 'string') {
      message += value.message.length === 0 && value.constructor ? value.constructor.name : value.message;
    } else {
      message += inspect(value);
    }
    const error = new AssertionError({ actual: value, expected: null, operator: 'ifError', message });
    error.generatedMessage = true;
    if (typeof value.stack === 'string') error.stack = `${error.stack}\n${value.stack.split('\n').slice(1).join('\n')}`.trimEnd();
    throw error;
  },
  match(text, pattern, message) { matches('match', text, pattern, message, true); },
  doesNotMatch(text, pattern, message) { matches('doesNotMatch', text, pattern, message, false); },
});

function matches(operator, text, pattern, message, wanted) {
  if (!(pattern instanceof RegExp)) throw new codes.ERR_INVALID_ARG_TYPE('regexp', 'an instance of RegExp', pattern);
  const fits = typeof text === 'string' && RegExp.prototype.exec.call(pattern, text) !== null;
  if (typeof text === 'string' && fits === wanted) return;
  if (message instanceof Error) throw message;
  const generated = typeof text !== 'string'
    ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
    : `The input ${wanted ? 'did not match the regular expression' : 'was expected to not match the regular expression'} ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
  const error = new AssertionError({ actual: text, expected: pattern, message: message ?? generated, operator });
  error.generatedMessage = message === undefined;
  throw error;
}

const none = Symbol('none');

function caught(fn) {
  if (typeof fn !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('fn', 'of type function', fn);
  try {
    fn();
  } catch (error) {
    return error;
  }
  return none;
}

async function caughtAsync(promise) {
  let result = promise;
  if (typeof promise === 'function') {
    result = promise();
    if (typeof result?.then !== 'function') throw new codes.ERR_INVALID_RETURN_VALUE('instance of Promise', 'promiseFn', result);
  } else if (typeof promise?.then !== 'function') {
    throw new codes.ERR_INVALID_ARG_TYPE('promiseFn', 'of type function or an instance of Promise', promise);
  }
  try {
    await result;
  } catch (error) {
    return error;
  }
  return none;
}

function expectThrow(operator, actual, expected, message) {
  if (typeof expected === 'string') {
    if (message !== undefined) throw new codes.ERR_INVALID_ARG_TYPE('error', 'of type function or an instance of Error, RegExp, or Object', expected);
    if (actual !== none && (isObject(actual) ? actual.message === expected : actual === expected)) {
      throw new codes.ERR_AMBIGUOUS_ARGUMENT('error/message', `The error ${isObject(actual) ? 'message' : ''} "${expected}" is identical to the message.`);
    }
    [expected, message] = [undefined, expected];
  } else if (expected !== undefined && !isObject(expected)) {
    throw new codes.ERR_INVALID_ARG_TYPE('error', 'of type function or an instance of Error, RegExp, or Object', expected);
  }
  if (actual === none) {
    let details = expected?.name ? ` (${expected.name})` : '';
    details += message ? `: ${message}` : '.';
    if (message instanceof Error) throw message;
    fails(undefined, expected, `Missing expected ${operator === 'rejects' ? 'rejection' : 'exception'}${details}`, operator);
  }
  if (expected !== undefined) checkThrown(operator, actual, expected, message);
}

function checkThrown(operator, actual, expected, message) {
  if (expected instanceof RegExp) {
    const text = String(actual);
    if (RegExp.prototype.exec.call(expected, text) !== null) return;
    fails(actual, expected, message ?? `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`, operator);
  }
  if (typeof expected === 'function') return checkByFunction(operator, actual, expected, message);
  if (!isObject(actual)) fails(actual, expected, message, operator === 'rejects' ? 'rejects' : 'throws');
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push('name', 'message');
  else if (keys.length === 0) throw new codes.ERR_INVALID_ARG_VALUE('error', expected, 'may not be an empty object');
  for (const key of keys) {
    const fits = typeof actual[key] === 'string' && expected[key] instanceof RegExp ? RegExp.prototype.exec.call(expected[key], actual[key]) !== null
      : key in actual && isDeepEqual(actual[key], expected[key], true);
    if (fits) continue;
    if (message instanceof Error) throw message;
    const pick = (from) => Object.fromEntries(keys.filter((name) => name in from).map((name) => [name, from[name]]));
    const error = new AssertionError({ actual: pick(actual), expected: pick(expected), operator: 'deepStrictEqual', message });
    error.actual = actual;
    error.expected = expected;
    error.operator = operator;
    throw error;
  }
}

function checkByFunction(operator, actual, expected, message) {
  if (expected.prototype !== undefined && actual instanceof expected) return;
  if (expected === Error || Error.isPrototypeOf(expected)) {
    if (message !== undefined) fails(actual, expected, message, operator);
    const name = actual?.constructor?.name;
    const said = isObject(actual) && actual.message ? `\n\nError message:\n\n${actual.message}` : '';
    const received = name ? `"${name}"` : `"${inspect(actual, { depth: -1 })}"`;
    fails(actual, expected, `The error is expected to be an instance of "${expected.name}". Received ${received}${said}`, operator);
  }
  if (expected.call({}, actual) !== true) {
    const name = expected.name ? `"${expected.name}" ` : '';
    const received = actual instanceof Error ? `\n\nCaught error:\n\n${inspect(actual)}` : '';
    fails(actual, expected, message ?? `The ${name}validation function is expected to return "true". Received ${inspect(false)}${received}`, operator);
  }
}

function expectNone(operator, actual, expected, message) {
  if (actual === none) return;
  if (typeof expected === 'string') [expected, message] = [undefined, expected];
  const concerns = expected === undefined || (expected instanceof RegExp ? expected.test(String(actual)) : typeof expected === 'function' && actual instanceof expected);
  if (!concerns) throw actual;
  const what = operator === 'doesNotReject' ? 'rejection' : 'exception';
  fails(actual, expected, `Got unwanted ${what}${message ? `: ${message}` : '.'}\nActual message: "${actual?.message}"`, operator);
}

const strict = Object.assign((...args) => truthy(args, 'assert'), assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
strict.strict = strict;
assert.strict = strict;

module.exports = assert;

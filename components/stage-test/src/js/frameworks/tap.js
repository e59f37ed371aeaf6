// `tape` and `tap`: tests that end when they say so, when what they planned is done, or when their promise does.
'use strict';

const assert = require('assert');
const { inspect } = require('internal/inspect');
const { equals } = require('internal/equal');
const harness = require('test')[host.harness];

/** Whether a value is like a pattern, as tap's `match` has it. */
function matches(value, pattern) {
  if (pattern instanceof RegExp) return value instanceof RegExp ? String(value) === String(pattern) : pattern.test(String(value));
  if (typeof pattern === 'function') {
    const primitives = new Map([[String, 'string'], [Number, 'number'], [Boolean, 'boolean'], [Function, 'function'], [Symbol, 'symbol'], [BigInt, 'bigint']]);
    return primitives.has(pattern) ? typeof value === primitives.get(pattern) : pattern === Array ? Array.isArray(value) : value instanceof pattern;
  }
  if (typeof pattern === 'string' && typeof value === 'string') return value.includes(pattern);
  if (pattern === null || typeof pattern !== 'object') return Object.is(value, pattern) || value == pattern; // eslint-disable-line eqeqeq
  if (value === null || typeof value !== 'object') return false;
  return Object.keys(pattern).every((key) => matches(value[key], pattern[key]));
}

const passes = (check, ...args) => {
  try {
    check(...args);
    return true;
  } catch (error) {
    if (error.code !== 'ERR_ASSERTION') throw error;
    return false;
  }
};

class Failed extends Error {
  constructor(message, actual, expected, operator) {
    super(message);
    this.name = 'AssertionError';
    Object.assign(this, { actual, expected, operator, code: 'ERR_ASSERTION' });
  }
}

class T {
  #test;
  #finish;
  #planned = null;
  #count = 0;
  #ended = false;
  #loose;
  #failures = [];
  #subtests = [];
  #teardowns = [];
  constructor(test, finish, loose) {
    this.#test = test;
    this.#finish = finish;
    this.#loose = loose;
    this.name = test.name;
    this.fullname = test.name;
    this.context = {};
  }

  /** Counts an assertion: a test goes on after one that failed. */
  #check(pass, message, fallback, more = {}) {
    if (this.#ended) {
      this.#failures.push(new Failed('an assertion came after the test\'s end', undefined, undefined, 'end'));
    }
    this.#count++;
    if (!pass && !more.todo) {
      const text = typeof message === 'string' ? message : message?.message ?? fallback;
      const shown = 'expected' in more ? `\nexpected: ${inspect(more.expected, { depth: 5 })}\nactual:   ${inspect(more.actual, { depth: 5 })}` : '';
      this.#failures.push(new Failed(`${text}${shown}`, more.actual, more.expected, more.operator));
    }
    this.#reached();
    return Boolean(pass);
  }

  #reached() {
    if (this.#planned !== null && this.#count === this.#planned && !this.#ended) this.#conclude();
  }

  #conclude() {
    this.#ended = true;
    Promise.all(this.#subtests).then(async () => {
      for (const fn of this.#teardowns) await fn();
      if (this.#planned !== null && this.#count !== this.#planned) {
        this.#failures.push(new Failed(`plan != count: ${this.#planned} assertions were planned, ${this.#count} made`));
      }
      const failures = this.#failures;
      if (failures.length === 0) return this.#finish();
      const [first] = failures;
      if (failures.length > 1) first.message += `\nand ${failures.length - 1} more: ${failures.slice(1, 6).map((failure) => failure.message.split('\n')[0]).join('; ')}`;
      return this.#finish(first);
    }).catch((error) => this.#finish(error));
  }

  /** The test's function came to its end. */
  settle(error, isPromise) {
    if (error !== undefined) {
      if (!this.#ended) this.#ended = true;
      return this.#finish(error);
    }
    if (this.#ended || this.#planned !== null) return undefined;
    if (isPromise) this.#conclude();
    // A test of nothing but others ends when these do.
    else if (this.#subtests.length > 0) Promise.all(this.#subtests).then(() => { if (!this.#ended) this.#conclude(); });
    return undefined;
  }

  end(error) {
    if (error) this.#failures.push(error);
    if (this.#ended) return;
    this.#conclude();
  }
  plan(count) { this.#planned = count; this.#reached(); }
  teardown(fn) { this.#teardowns.push(fn); }
  comment(...text) { host.print(`# ${text.join(' ')}\n`, false); }
  skip() {}
  todo() {}
  timeoutAfter() {}
  setTimeout() {}
  pass(message) { return this.#check(true, message, ''); }
  fail(message) { return this.#check(false, message, 'failed'); }
  ok(value, message) { return this.#check(value, message, 'should be truthy', { actual: value, expected: true }); }
  notOk(value, message) { return this.#check(!value, message, 'should be falsy', { actual: value, expected: false }); }
  error(value, message) { return this.#check(!value, message, String(value)); }
  equal(actual, expected, message) { return this.#check(Object.is(actual, expected) || (actual === 0 && expected === 0), message, 'should be strictly equal', { actual, expected }); }
  notEqual(actual, expected, message) { return this.#check(!Object.is(actual, expected), message, 'should not be strictly equal', { actual, expected }); }
  // eslint-disable-next-line eqeqeq
  looseEqual(actual, expected, message) { return this.#check(actual == expected, message, 'should be loosely equal', { actual, expected }); }
  // eslint-disable-next-line eqeqeq
  notLooseEqual(actual, expected, message) { return this.#check(actual != expected, message, 'should not be loosely equal', { actual, expected }); }
  deepEqual(actual, expected, message) { return this.#check(passes(this.#loose ? assert.deepEqual : assert.deepStrictEqual, actual, expected), message, 'should be deeply equal', { actual, expected }); }
  notDeepEqual(actual, expected, message) { return this.#check(!passes(this.#loose ? assert.deepEqual : assert.deepStrictEqual, actual, expected), message, 'should not be deeply equal', { actual, expected }); }
  deepLooseEqual(actual, expected, message) { return this.#check(passes(assert.deepEqual, actual, expected), message, 'should be loosely deeply equal', { actual, expected }); }
  notDeepLooseEqual(actual, expected, message) { return this.#check(!passes(assert.deepEqual, actual, expected), message, 'should not be loosely deeply equal', { actual, expected }); }
  strictSame(actual, expected, message) { return this.#check(passes(assert.deepStrictEqual, actual, expected), message, 'should be deeply equal', { actual, expected }); }
  hasStrict(actual, expected, message) { return this.#check(equals(actual, expected, { subset: true }), message, 'should have the properties', { actual, expected }); }
  type(value, type, message) {
    const is = typeof type === 'function' ? value instanceof type || typeof value === type.name.toLowerCase() : typeof value === type || value?.constructor?.name === type;
    return this.#check(is, message, `should be of type ${String(type?.name ?? type)}`, { actual: typeof value, expected: type });
  }
  match(value, pattern, message) { return this.#check(matches(value, pattern), message, 'should match', { actual: value, expected: pattern }); }
  doesNotMatch(value, pattern, message) { return this.#check(!matches(value, pattern), message, 'should not match', { actual: value, expected: pattern }); }
  throws(fn, ...args) {
    const { expected, message } = wanted(args);
    let caught;
    try {
      fn();
    } catch (error) {
      caught = { error };
    }
    this.#check(caught !== undefined && fits(caught.error, expected), message, caught === undefined ? 'should throw' : `threw what was not expected: ${caught.error?.message}`, { actual: caught?.error, expected });
    return caught?.error;
  }
  doesNotThrow(fn, ...args) {
    const { message } = wanted(args);
    try {
      fn();
    } catch (error) {
      return this.#check(false, message, `should not throw: ${error?.message}`, { actual: error, expected: undefined });
    }
    return this.#check(true, message, '');
  }
  async rejects(promise, ...args) {
    const { expected, message } = wanted(args);
    let caught;
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (error) {
      caught = { error };
    }
    this.#check(caught !== undefined && fits(caught.error, expected), message, 'should reject', { actual: caught?.error, expected });
    return caught?.error;
  }
  async resolves(promise, message) {
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (error) {
      return this.#check(false, message, `should resolve: ${error?.message}`);
    }
    return this.#check(true, message, '');
  }
  async resolveMatch(promise, pattern, message) { return this.match(await (typeof promise === 'function' ? promise() : promise), pattern, message); }
  assertion(fn, ...args) { return fn.call(this, ...args); }
  test(...args) {
    this.#count++;
    const promise = define(this.#loose, {})(...args);
    this.#subtests.push(promise);
    promise.then(() => this.#reached());
    return promise;
  }
  capture(object, name, replacement = () => undefined) {
    const calls = [];
    const own = Object.getOwnPropertyDescriptor(object, name);
    object[name] = function (...args) {
      const call = { args, receiver: this };
      calls.push(call);
      call.returned = replacement.apply(this, args);
      return call.returned;
    };
    const restore = () => { if (own === undefined) delete object[name]; else Object.defineProperty(object, name, own); };
    this.#teardowns.push(restore);
    return Object.assign(() => calls.splice(0), { restore, calls });
  }
  intercept(object, name, { value } = {}) {
    const own = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, { configurable: true, writable: true, value });
    const restore = () => { if (own === undefined) delete object[name]; else Object.defineProperty(object, name, own); };
    this.#teardowns.push(restore);
    return Object.assign(() => [], { restore });
  }
  beforeEach(fn) { harness.hook('beforeEach', () => fn(this), {}); }
  afterEach(fn) { harness.hook('afterEach', () => fn(this), {}); }
  before(fn) { return fn(this); }
  after(fn) { this.#teardowns.push(fn); }
}

const aliases = {
  assert: 'ok', true: 'ok', false: 'notOk', notok: 'notOk', ifError: 'error', ifErr: 'error', iferror: 'error',
  is: 'equal', isEqual: 'equal', equals: 'equal', strictEqual: 'equal', strictEquals: 'equal', isEquals: 'equal', isNot: 'notEqual', not: 'notEqual', isNotEqual: 'notEqual', doesNotEqual: 'notEqual', isInequal: 'notEqual', notStrictEqual: 'notEqual', notEquals: 'notEqual',
  deepEquals: 'deepEqual', isEquivalent: 'deepEqual', same: 'deepEqual', isDeep: 'deepEqual', notDeepEquals: 'notDeepEqual', notEquivalent: 'notDeepEqual', notDeeply: 'notDeepEqual', notSame: 'notDeepEqual', isNotDeepEqual: 'notDeepEqual',
  has: 'hasStrict', matchOnly: 'match', notMatch: 'doesNotMatch', throw: 'throws', strictNotSame: 'notDeepEqual',
};
// An assertion may say that it doesn't count yet: `t.equal(a, b, 'message', { skip: true })`.
for (const name of Object.getOwnPropertyNames(T.prototype)) {
  const assertion = T.prototype[name];
  if (['constructor', 'settle', 'test', 'plan', 'end', 'teardown'].includes(name)) continue;
  T.prototype[name] = function (...args) {
    const extra = args.at(-1);
    const later = args.length > 2 && typeof args.at(-2) === 'string' && extra !== null && typeof extra === 'object' && (extra.skip || extra.todo);
    return later ? this.pass(args.at(-2)) : assertion.apply(this, args);
  };
}

for (const [alias, name] of Object.entries(aliases)) T.prototype[alias] = T.prototype[name];

function wanted(args) {
  const message = args.find((arg) => typeof arg === 'string');
  return { expected: args.find((arg) => arg !== null && arg !== undefined && typeof arg !== 'string'), message };
}

function fits(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error?.message ?? error)) || expected.test(String(error));
  if (typeof expected === 'function') return error instanceof expected || (expected.prototype === undefined && expected(error) === true);
  if (expected instanceof Error) return error?.message === expected.message;
  return Object.keys(expected).every((key) => matches(error?.[key], expected[key]));
}

function define(loose, extra) {
  return (...args) => {
    const name = args.find((arg) => typeof arg === 'string') ?? '(anonymous)';
    const options = args.find((arg) => arg !== null && typeof arg === 'object') ?? {};
    const fn = args.find((arg) => typeof arg === 'function');
    const { skip = false, todo = false } = { ...options, ...extra };
    return harness.create('test', name, { skip, todo: todo || fn === undefined, only: extra.only }, fn === undefined ? undefined : (test, finish) => {
      const t = new T(test, finish, loose);
      let result;
      try {
        result = fn.call(t, t);
      } catch (error) {
        t.settle(error);
        return;
      }
      if (typeof result?.then === 'function') result.then(() => t.settle(undefined, true), (error) => t.settle(error ?? new Error('rejected')));
      else t.settle(undefined, false);
    });
  };
}

/** Assertions outside every test are a test by themselves. */
function top(loose) {
  const test = Object.assign(define(loose, {}), {
    skip: define(loose, { skip: true }), only: define(loose, { only: true }), todo: define(loose, { todo: true }),
    onFinish() {}, onFailure() {}, createHarness: () => top(loose), createStream: () => { throw new Error('`createStream` is not supported by the test stage'); },
    teardown: (fn) => harness.hook('after', () => fn(), {}), end() {}, plan() {}, setTimeout() {}, comment(text) { host.print(`# ${text}\n`, false); },
    beforeEach: (fn) => harness.hook('beforeEach', () => fn({ context: {} }), {}), afterEach: (fn) => harness.hook('afterEach', () => fn({ context: {} }), {}),
    before: (fn) => harness.hook('before', () => fn(), {}), after: (fn) => harness.hook('after', () => fn(), {}),
  });
  let count = 0;
  for (const name of [...Object.getOwnPropertyNames(T.prototype), ...Object.keys(aliases)]) {
    if (name in test || name === 'constructor' || name === 'settle') continue;
    test[name] = (...args) => {
      const title = args.findLast((arg) => typeof arg === 'string') ?? `${name} ${++count}`;
      test(title, (t) => { t[name](...args); t.end(); });
    };
  }
  test.test = test;
  test.t = test;
  test.default = test;
  test.Test = T;
  return test;
}

module.exports = { tape: () => top(false), tap: () => top(true) };

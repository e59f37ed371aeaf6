// `expect`, as Vitest and Jest have it.
'use strict';

const { matchers } = require('internal/matchers');
const { equals } = require('internal/equal');
const { asymmetric, Matcher } = require('internal/asymmetric');
const { pretty } = require('internal/pretty');
const { difference } = require('internal/diff');
const { matchers: snapshots, addSerializer } = require('internal/expect_snapshot');
const harness = require('test')[host.harness];

class ExpectationError extends Error {
  constructor(message, actual, expected) {
    super(message);
    this.name = 'AssertionError';
    this.actual = actual;
    this.expected = expected;
  }
}

const testers = [];
/** What `expect.extend` added. */
const added = new Map();

/** How many assertions the running test made, and how many it should. */
function stateOf(test) {
  test.expectations ??= { count: 0, wanted: null, some: false, soft: [] };
  return test.expectations;
}

function explain(name, context, result) {
  if (typeof result.message === 'function') return result.message();
  if (typeof result.message === 'string') return result.message;
  const promise = context.promise === '' ? '' : `.${context.promise}`;
  const head = `expect(received)${promise}${context.isNot ? '.not' : ''}.${name}(${'expected' in result ? 'expected' : ''})`;
  const lines = [head, ''];
  if (result.compared) {
    const [left, right] = [pretty(result.actual).split('\n'), pretty(result.expected).split('\n')];
    if (context.isNot) lines.push(`Expected: not ${right.join('\n')}`);
    else if (left.length === 1 && right.length === 1) {
      lines.push(`Expected: ${right[0]}`, `Received: ${left[0]}`);
      if (left[0] === right[0]) lines.push('both look the same, and are not equal: by identity, type, or what is not shown');
    } else lines.push('+ received - expected', '', difference(left, right));
  } else {
    if ('expected' in result) lines.push(`Expected: ${context.isNot ? 'not ' : ''}${pretty(result.expected)}`);
    lines.push(result.said ?? `Received: ${pretty(context.received)}`);
  }
  return lines.join('\n');
}

function judge(name, matcher, context, args) {
  const settle = (result) => {
    if (Boolean(result.pass) !== context.isNot) return;
    const message = explain(name, context, result);
    const text = context.note === undefined ? message : `${context.note}: ${message}`;
    const error = new ExpectationError(text, result.actual ?? context.received, result.expected ?? args[0]);
    if (!context.soft) throw error;
    stateOf(harness.current()).soft.push(error);
  };
  const result = matcher.apply(context, args);
  return typeof result?.then === 'function' ? result.then(settle) : settle(result);
}

const utils = {
  stringify: pretty, printReceived: pretty, printExpected: pretty, diff: (a, b) => difference(pretty(a).split('\n'), pretty(b).split('\n')),
  matcherHint: (name, received = 'received', expected = 'expected', { isNot = false } = {}) => `expect(${received})${isNot ? '.not' : ''}.${name}(${expected})`,
  EXPECTED_COLOR: String, RECEIVED_COLOR: String, DIM_COLOR: String, iterableEquality: () => undefined, subsetEquality: (a, b) => equals(a, b, { subset: true }),
  printWithType: (name, value, print) => print(value),
};

function contextOf(received, options) {
  const test = harness.current();
  return {
    received, isNot: false, promise: '', soft: false, utils, test, ...options,
    equals: (a, b, more) => equals(a, b, { testers, ...(Array.isArray(more) ? {} : more) }),
    get currentTestName() { return test.path().join(' '); },
    customTesters: testers,
  };
}

/** All matchers by name, those of `extend` included. */
function call(name, received, options) {
  return (...args) => {
    stateOf(harness.current()).count++;
    const own = matchers[name] ?? snapshots[name];
    const custom = added.get(name);
    if (options.promise === undefined || options.promise === '') {
      const context = contextOf(received, options);
      return custom !== undefined ? judge(name, (...given) => custom.call(context, received, ...given), context, args) : judge(name, own, context, args);
    }
    return settled(received, options.promise).then((value) => {
      const context = contextOf(value, options);
      return custom !== undefined ? judge(name, (...given) => custom.call(context, value, ...given), context, args) : judge(name, own, context, args);
    });
  };
}

async function settled(received, how) {
  const promise = typeof received === 'function' ? received() : received;
  if (typeof promise?.then !== 'function') throw new ExpectationError(`received value must be a promise or a function that gives one, and is ${pretty(received)}`);
  if (how === 'resolves') {
    try {
      return await promise;
    } catch (error) {
      throw new ExpectationError(`promise rejected instead of resolved: ${error?.message ?? pretty(error)}`);
    }
  }
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new ExpectationError(`promise resolved instead of rejected, with ${pretty(value)}`);
}

function assertion(received, options) {
  return new Proxy({}, {
    get(target, name) {
      if (name === 'not') return assertion(received, { ...options, isNot: !options.isNot });
      if (name === 'resolves' || name === 'rejects') return assertion(received, { ...options, promise: name });
      if (typeof name === 'string' && (Object.hasOwn(matchers, name) || Object.hasOwn(snapshots, name) || added.has(name))) return call(name, received, options);
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      throw new TypeError(`expect(…).${name} is no matcher that the test stage knows, hint: \`expect.extend\` adds one`);
    },
  });
}

const expect = Object.assign((received, note) => assertion(received, { isNot: false, note }), asymmetric, {
  extend(more) {
    for (const [name, matcher] of Object.entries(more)) {
      added.set(name, matcher);
      const make = (inverse) => (...args) => new Matcher(name, args[0], (value) => matcher.call(contextOf(value, {}), value, ...args).pass, inverse);
      expect[name] = make(false);
      expect.not[name] = make(true);
    }
  },
  assertions(count) { watch(stateOf(harness.current()), { wanted: count }); },
  hasAssertions() { watch(stateOf(harness.current()), { some: true }); },
  soft: (received, note) => {
    const state = stateOf(harness.current());
    watch(state, {});
    return assertion(received, { isNot: false, soft: true, note });
  },
  unreachable: (message = 'unreachable') => { throw new ExpectationError(`expected not to be reached: ${message}`); },
  fail: (message = 'failed') => { throw new ExpectationError(message); },
  addEqualityTesters: (more) => testers.push(...more),
  addSnapshotSerializer: addSerializer,
  getState: () => ({ currentTestName: harness.current().path().join(' '), testPath: host.facts().main, assertionCalls: stateOf(harness.current()).count }),
  setState() {},
});

/** Has the test check, at its end, what it asked for. */
function watch(state, more) {
  Object.assign(state, more);
  if (state.watched) return;
  state.watched = true;
  harness.current().checks.push(() => {
    if (state.soft.length > 0) throw state.soft[0];
    if (state.wanted !== null && state.count !== state.wanted) {
      throw new ExpectationError(`expect.assertions(${state.wanted}): ${state.count} assertions were made`);
    }
    if (state.some && state.count === 0) throw new ExpectationError('expect.hasAssertions(): no assertion was made');
  });
}

module.exports = { expect, ExpectationError };

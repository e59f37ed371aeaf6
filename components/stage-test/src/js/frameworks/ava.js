// `ava`
'use strict';

const assert = require('assert');
const path = require('path');
const { pretty } = require('internal/pretty');
const snapshots = require('internal/snapshots');
const { equals } = require('internal/equal');
const harness = require('test')[host.harness];

function fail(message, actual, expected) {
  throw Object.assign(new Error(message), { name: 'AssertionError', actual, expected });
}

const note = (message, fallback) => (typeof message === 'string' ? message : fallback);

/** Checks what was thrown against what `throws` was given. */
function thrown(error, wanted = {}, message) {
  const expected = wanted ?? {};
  if (!expected.any && !(error instanceof Error) && host.kindOf(error) !== 'Error') fail(note(message, `expected an error, and got ${pretty(error)}`));
  if (expected.instanceOf !== undefined && !(error instanceof expected.instanceOf)) fail(note(message, `expected an instance of ${expected.instanceOf.name}, and got ${error}`));
  if (expected.is !== undefined && error !== expected.is) fail(note(message, 'threw another error than was expected'));
  if (expected.name !== undefined && error.name !== expected.name) fail(note(message, `expected an error of name ${expected.name}, and got ${error.name}`));
  if (expected.code !== undefined && error.code !== expected.code) fail(note(message, `expected an error of code ${expected.code}, and got ${error.code}`));
  const text = expected.message;
  const fits = text === undefined || (text instanceof RegExp ? text.test(error.message) : typeof text === 'function' ? text(error.message) : text === error.message);
  if (!fits) fail(note(message, `expected a message like ${pretty(text)}, and got ${pretty(error.message)}`));
  return error;
}

const makeT = (test, shared) => {
  const counted = (fn) => Object.assign((...args) => { test.asserted++; return fn(...args); }, { skip: () => { test.asserted++; } });
  const holds = (check, what) => counted((value, message) => (check(value) ? true : fail(note(message, `value is not ${what}: ${pretty(value)}`))));
  const t = {
    context: shared.context,
    title: test.name,
    passed: true,
    plan: (count) => { test.planned = count; },
    log: (...values) => { console.log(...values); },
    timeout() {},
    teardown: (fn) => { test.hooks.after.unshift({ fn: () => fn(), options: {} }); },
    try: () => { throw new Error('`t.try` is not supported by the test stage'); },
    pass: counted(() => true),
    fail: counted((message) => fail(note(message, 'test failed via t.fail()'))),
    truthy: holds(Boolean, 'truthy'), assert: holds(Boolean, 'truthy'), falsy: holds((value) => !value, 'falsy'),
    true: holds((value) => value === true, 'true'), false: holds((value) => value === false, 'false'),
    is: counted((a, b, message) => (Object.is(a, b) ? true : fail(note(message, `expected ${pretty(b)}, and got ${pretty(a)}`), a, b))),
    not: counted((a, b, message) => (Object.is(a, b) ? fail(note(message, `both are ${pretty(a)}`)) : true)),
    deepEqual: counted((a, b, message) => { assert.deepStrictEqual(a, b, typeof message === 'string' ? message : undefined); return true; }),
    notDeepEqual: counted((a, b, message) => { assert.notDeepStrictEqual(a, b, typeof message === 'string' ? message : undefined); return true; }),
    like: counted((a, b, message) => (equals(a, b, { subset: true }) ? true : fail(note(message, `expected something like ${pretty(b)}, and got ${pretty(a)}`), a, b))),
    regex: counted((text, pattern, message) => (pattern.test(text) ? true : fail(note(message, `${pretty(text)} does not match ${pattern}`)))),
    notRegex: counted((text, pattern, message) => (pattern.test(text) ? fail(note(message, `${pretty(text)} matches ${pattern}`)) : true)),
    throws: counted((fn, expected, message) => {
      let caught;
      try {
        fn();
      } catch (error) {
        caught = { error };
      }
      return caught === undefined ? fail(note(message, 'function returned, and was expected to throw')) : thrown(caught.error, expected, message);
    }),
    notThrows: counted((fn, message) => {
      try {
        fn();
      } catch (error) {
        fail(note(message, `function threw: ${error?.message}`));
      }
      return true;
    }),
    throwsAsync: counted(async (value, expected, message) => {
      let caught;
      try {
        await (typeof value === 'function' ? value() : value);
      } catch (error) {
        caught = { error };
      }
      return caught === undefined ? fail(note(message, 'promise resolved, and was expected to reject')) : thrown(caught.error, expected, message);
    }),
    notThrowsAsync: counted(async (value, message) => {
      try {
        await (typeof value === 'function' ? value() : value);
      } catch (error) {
        fail(note(message, `promise rejected: ${error?.message}`));
      }
      return true;
    }),
    snapshot: counted((value, message) => {
      const { main } = host.facts();
      const place = path.join(path.dirname(main), '__snapshots__', `${path.basename(main)}.snap`);
      const wrong = snapshots.compare(place, '// Snapshots of ava', typeof message === 'string' ? message : test.name, [pretty(value)]);
      return wrong === null ? true : fail(wrong.message, wrong.actual, wrong.expected);
    }),
  };
  t.assert.skip = () => {};
  return t;
};

const shared = { context: {} };
const each = { before: [], after: [] };

function define(extra) {
  return (...args) => {
    const title = typeof args[0] === 'string' ? args.shift() : undefined;
    const macro = args.shift();
    const fn = macro?.exec ?? macro;
    if (fn !== undefined && typeof fn !== 'function') throw new TypeError('expected an implementation');
    const name = macro?.title !== undefined ? macro.title(title, ...args) : title ?? fn?.name ?? '';
    harness.create('test', name || '(anonymous)', { skip: extra.skip, todo: extra.todo, only: extra.only }, fn === undefined ? undefined : async () => {
      const test = harness.current();
      const own = { context: Array.isArray(shared.context) || shared.context === null ? shared.context : { ...shared.context } };
      const t = makeT(test, own);
      if (extra.failing) {
        try {
          await fn(t, ...args);
        } catch {
          return;
        }
        fail('the test was expected to fail, and passed');
      }
      for (const hook of each.before) await hook(t);
      try {
        await fn(t, ...args);
      } finally {
        for (const hook of each.after) await hook(t);
      }
      if (test.asserted === 0 && test.planned === null) fail('test finished without running any assertions');
    });
  };
}

function variants(extra, depth = 0) {
  const fn = define(extra);
  if (depth > 2) return fn;
  for (const [name, more] of Object.entries({ serial: {}, only: { only: true }, skip: { skip: true }, todo: { todo: true }, failing: { failing: true } })) {
    Object.defineProperty(fn, name, { configurable: true, get: () => variants({ ...extra, ...more }, depth + 1) });
  }
  const once = (kind) => (...args) => {
    const hook = args.find((arg) => typeof arg === 'function');
    harness.hook(kind, () => hook(makeT(harness.current(), shared)), {});
  };
  const perTest = (list) => (...args) => { list.push(args.find((arg) => typeof arg === 'function')); };
  fn.before = once('before');
  fn.after = Object.assign(once('after'), { always: once('after') });
  fn.beforeEach = perTest(each.before);
  fn.afterEach = Object.assign(perTest(each.after), { always: perTest(each.after) });
  fn.macro = (macro) => (typeof macro === 'function' ? { exec: macro } : macro);
  fn.meta = { file: `file://${host.facts().main}`, snapshotDirectory: '' };
  return fn;
}

module.exports = variants({});

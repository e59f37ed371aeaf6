// What Jest and Vitest share, and each by itself: over the tests of node:test.
'use strict';

const { expect } = require('internal/expect');
const spy = require('internal/spy');
const { style } = require('internal/expect_snapshot');
const harness = require('test')[host.harness];
const { MockTimers } = require('internal/mock_timers');
const { formatTitle, rows } = require('internal/each');

/** The function of a test as node:test takes it: with a callback if it wants one. `context`: Vitest gives one. */
function body(fn, context) {
  if (typeof fn !== 'function') return fn;
  if (!context && fn.length > 0) {
    return (test, finish) => {
      const done = (error) => finish(error);
      done.fail = (error) => finish(error ?? new Error('failed'));
      return fn(done);
    };
  }
  return (test) => fn(context ? contextOf(test) : undefined);
}

function contextOf(test) {
  return {
    task: { name: test.name }, expect, signal: test.signal,
    skip: (reason) => { test.skip(typeof reason === 'string' ? reason : ''); throw harness.SKIPPED; },
    onTestFinished: (fn) => harness.current().hooks.after.push({ fn: () => fn(), options: {} }),
    onTestFailed: () => {},
  };
}

function parse([name, second, third], context) {
  const fn = typeof second === 'function' ? second : third;
  const given = typeof second === 'function' ? third : second;
  const options = typeof given === 'number' ? { timeout: given } : { ...given };
  const { timeout, skip, only, todo, fails } = options;
  return [typeof name === 'function' ? name.name : String(name), { timeout, skip, only, todo, fails }, body(fn, context)];
}

function makeTest(context) {
  const define = (extra) => {
    const fn = (...args) => {
      const [name, options, run] = parse(args, context);
      const merged = { ...options, ...extra, call: true };
      const fails = merged.fails === true;
      harness.create('test', name, merged, fails ? inverted(run) : run);
    };
    fn.each = (...table) => (title, run, timeout) => {
      rows(table).forEach((row, at) => {
        const args = row.args;
        const wants = !context && run.length > args.length;
        const call = wants ? (done) => run(...args, done) : () => run(...args);
        fn(formatTitle(title, row, at), call, timeout);
      });
    };
    fn.for = (table) => (title, run, timeout) => {
      table.forEach((item, at) => fn(formatTitle(title, { args: Array.isArray(item) ? item : [item] }, at), (t) => run(item, t), timeout));
    };
    return fn;
  };
  return withVariants(define, { skip: { skip: true }, only: { only: true }, todo: { todo: true }, failing: { fails: true }, fails: { fails: true }, concurrent: {}, sequential: {} });
}

/** A test that must fail. */
function inverted(run) {
  return async (test) => {
    let failed = false;
    try {
      await run(test);
    } catch {
      failed = true;
    }
    if (!failed) throw new Error('the test was expected to fail, and passed');
  };
}

function withVariants(define, variants, extra = {}, depth = 0) {
  const fn = define(extra);
  if (depth > 2) return fn;
  for (const [name, more] of Object.entries(variants)) {
    let made;
    Object.defineProperty(fn, name, {
      configurable: true, enumerable: true,
      get: () => (made ??= withVariants(define, variants, { ...extra, ...more }, depth + 1)),
    });
  }
  fn.skipIf = (condition) => (condition ? fn.skip : fn);
  fn.runIf = (condition) => (condition ? fn : fn.skip);
  fn.extend = () => { throw new Error('`test.extend` is not supported by the test stage, hint: make what tests share in `beforeEach`'); };
  return fn;
}

const describe = withVariants((extra) => {
  const fn = (name, second, third) => {
    const run = typeof second === 'function' ? second : third;
    const options = typeof second === 'object' && second !== null ? second : {};
    harness.create('suite', typeof name === 'function' ? name.name : String(name), { skip: options.skip, only: options.only, todo: options.todo, ...extra }, run === undefined ? undefined : () => run());
  };
  fn.each = (...table) => (title, run) => {
    rows(table).forEach((row, at) => fn(formatTitle(title, row, at), () => run(...row.args)));
  };
  return fn;
}, { skip: { skip: true }, only: { only: true }, todo: { todo: true }, concurrent: {}, sequential: {}, shuffle: {} });

const hook = (kind, context) => (fn, timeout) => harness.hook(kind, body(fn, context), typeof timeout === 'number' ? { timeout } : {});

/** Clocks that only move when they are told, and the clock of the sandbox otherwise. */
function fakeTimers(self) {
  let timers = null;
  const need = () => {
    if (timers === null) throw new Error('timers are not mocked, hint: call `useFakeTimers()` first');
    return timers;
  };
  const settle = async () => { for (let at = 0; at < 20; at++) await null; };
  return {
    useFakeTimers(options = {}) {
      if (timers !== null) timers.reset();
      timers = new MockTimers();
      const wanted = options.toFake ?? ['setInterval', 'setTimeout', 'setImmediate', 'Date'];
      const left = options.doNotFake ?? [];
      const apis = ['setInterval', 'setTimeout', 'setImmediate', 'Date'].filter((api) => wanted.includes(api) && !left.includes(api));
      timers.enable({ apis, now: Number(options.now ?? Date.now()) });
      return self();
    },
    useRealTimers() { timers?.reset(); timers = null; return self(); },
    isFakeTimers: () => timers !== null,
    advanceTimersByTime: (ms) => { need().tick(ms); return self(); },
    advanceTimersToNextTimer: (steps = 1) => { for (let at = 0; at < steps; at++) need().next(); return self(); },
    runAllTimers: () => { need().drain(); return self(); },
    runOnlyPendingTimers: () => { need().runAll(); return self(); },
    runAllTicks: () => self(), runAllImmediates: () => self(),
    advanceTimersByTimeAsync: async (ms) => { await need().tickAsync(ms, settle); return self(); },
    advanceTimersToNextTimerAsync: async () => { await settle(); need().next(); await settle(); return self(); },
    runAllTimersAsync: async () => { await settle(); while (need().count() > 0) { need().next(); await settle(); } return self(); },
    runOnlyPendingTimersAsync: async () => { await settle(); need().runAll(); await settle(); return self(); },
    getTimerCount: () => need().count(),
    clearAllTimers: () => { need().clear(); return self(); },
    setSystemTime: (time) => {
      if (timers === null) self().useFakeTimers({ toFake: ['Date'] });
      need().setTime(Number(time instanceof Date ? time.getTime() : time ?? Date.now()));
      return self();
    },
    getRealSystemTime: () => Math.floor(host.now()),
    getMockedSystemTime: () => (timers === null ? null : new Date()),
    now: () => Date.now(),
  };
}

/** Values of globals and of the environment that are put back. */
function stubs(self) {
  const saved = new Map();
  const put = (object, key, value) => {
    const id = `${object === globalThis ? 'global' : 'env'}:${key}`;
    if (!saved.has(id)) saved.set(id, { object, key, descriptor: Object.getOwnPropertyDescriptor(object, key) });
    Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value });
    return self();
  };
  const undo = (object) => {
    for (const [id, entry] of saved) {
      if (entry.object !== object) continue;
      if (entry.descriptor === undefined) delete object[entry.key];
      else Object.defineProperty(object, entry.key, entry.descriptor);
      saved.delete(id);
    }
    return self();
  };
  return {
    stubGlobal: (key, value) => put(globalThis, key, value),
    stubEnv: (key, value) => put(process.env, key, value),
    unstubAllGlobals: () => undo(globalThis),
    unstubAllEnvs: () => undo(process.env),
  };
}

function makeTools(name) {
  const modules = require('internal/modules');
  const self = () => tools;
  const later = (what) => () => { throw new Error(`\`${name}.${what}\` is not supported by the test stage`); };
  const tools = {
    fn: spy.fn(`${name}.fn()`), spyOn: spy.spyOn, isMockFunction: spy.isMockFunction,
    clearAllMocks: () => { spy.clearAll(); return tools; },
    resetAllMocks: () => { spy.resetAll(); return tools; },
    restoreAllMocks: () => { spy.restoreAll(); return tools; },
    mocked: (value) => value,
    ...fakeTimers(self), ...stubs(self),
    doMock: (id, factory) => { modules.mock(id, modules.callerOf(new Error().stack), factory); return tools; },
    doUnmock: (id) => { modules.unmock(id, modules.callerOf(new Error().stack)); return tools; },
    mock: (id, factory) => {
      if (typeof factory !== 'function') throw new Error(`\`${name}.mock\` without a factory is not supported by the test stage, hint: give one`);
      modules.mock(id, modules.callerOf(new Error().stack), factory);
      return tools;
    },
    unmock: (id) => { modules.unmock(id, modules.callerOf(new Error().stack)); return tools; },
    resetModules: () => { modules.reset(); return tools; },
    isolateModules: (run) => { modules.reset(); run(); },
    requireActual: (id) => modules.actual(id, modules.callerOf(new Error().stack)),
    importActual: async (id) => modules.actual(id, modules.callerOf(new Error().stack)),
    hoisted: (make) => make(),
    setTimeout: () => tools, setConfig() {}, resetConfig() {}, retryTimes: () => tools,
    waitFor: async (check, { timeout = 1000, interval = 50 } = {}) => {
      for (let passed = 0; ; passed += interval) {
        try {
          return await check();
        } catch (error) {
          if (passed >= timeout) throw error;
        }
        await new Promise((resolve) => { setTimeout(resolve, interval); });
      }
    },
    waitUntil: async (check, options) => tools.waitFor(async () => {
      const value = await check();
      if (!value) throw new Error('vi.waitUntil: the condition was never met');
      return value;
    }, options),
    dynamicImportSettled: async () => {},
    createMockFromModule: later('createMockFromModule'), genMockFromModule: later('genMockFromModule'),
  };
  return tools;
}

function make(name, context) {
  style.current = name;
  const test = makeTest(context);
  const tools = makeTools(name === 'vitest' ? 'vi' : 'jest');
  return {
    test, it: test, describe, suite: describe, expect,
    beforeAll: hook('before', context), afterAll: hook('after', context), beforeEach: hook('beforeEach', context), afterEach: hook('afterEach', context),
    xit: test.skip, xtest: test.skip, fit: test.only, xdescribe: describe.skip, fdescribe: describe.only,
    ...(name === 'vitest'
      ? {
        vi: tools, vitest: tools, assert: vitestAssert(),
        expectTypeOf: anything(), assertType() {},
        onTestFinished: (fn) => harness.current().hooks.after.push({ fn: () => fn(), options: {} }), onTestFailed() {},
        bench: later('bench'), inject: later('inject'),
      }
      : { jest: tools }),
  };
}

function later(name) {
  const fail = () => { throw new Error(`\`${name}\` is not supported by the test stage`); };
  return Object.assign(fail, { skip() {}, todo() {} });
}

/** Types are gone when a test runs: whatever is asked of them holds. */
function anything() {
  const any = new Proxy(function () {}, { get: () => any, apply: () => any });
  return any;
}

function vitestAssert() {
  const assert = require('assert');
  const truthy = (value, message) => assert.ok(value, message);
  return Object.assign((value, message) => truthy(value, message), {
    ...assert, isTrue: (value, message) => assert.strictEqual(value, true, message), isFalse: (value, message) => assert.strictEqual(value, false, message),
    isDefined: (value, message) => truthy(value !== undefined, message), isUndefined: (value, message) => assert.strictEqual(value, undefined, message),
    isNull: (value, message) => assert.strictEqual(value, null, message), isNotNull: (value, message) => truthy(value !== null, message),
    deepEqual: assert.deepStrictEqual, equal: assert.equal, include: (all, item, message) => truthy(all.includes(item), message),
    instanceOf: (value, type, message) => truthy(value instanceof type, message), lengthOf: (value, length, message) => assert.strictEqual(value.length, length, message),
    isArray: (value, message) => truthy(Array.isArray(value), message), isFunction: (value, message) => truthy(typeof value === 'function', message),
    isObject: (value, message) => truthy(value !== null && typeof value === 'object', message), isString: (value, message) => truthy(typeof value === 'string', message),
  });
}

module.exports = { make };

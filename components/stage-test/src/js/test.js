// node:test
'use strict';

const timers = require('timers');
const { codes, describe: describeError } = require('internal/errors');

const settings = host.facts();
const pattern = settings.name === '' ? null : new RegExp(settings.name);
/** Thrown by what skips the test that runs. */
const SKIPPED = Symbol('skipped');
const NOT_FINISHED = 'test did not finish before its parent and was cancelled';

class TestFailure extends Error {
  constructor(message, failureType, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = 'ERR_TEST_FAILURE';
    this.failureType = failureType;
  }
}

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

const byId = new Map();
let ids = 0;
/** The suite or test in whose body the script is just now, while suites are built. */
let building = null;

class Test {
  constructor(parent, kind, name, options, fn, place) {
    Object.assign(this, { parent, kind, options, fn, place, id: ++ids });
    this.name = name;
    this.children = [];
    this.pending = [];
    this.active = 0;
    this.hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
    this.ran = null;
    this.started = false;
    this.finished = false;
    this.passed = false;
    this.cancelled = false;
    this.error = null;
    this.skipped = options.skip !== undefined && options.skip !== false;
    this.todo = options.todo !== undefined && options.todo !== false;
    this.reason = [options.skip, options.todo].find((reason) => typeof reason === 'string') ?? '';
    this.planned = options.plan ?? null;
    this.asserted = 0;
    /** What is checked at its end. */
    this.checks = [];
    this.runOnly = false;
    this.end = deferred();
    this.stop = deferred();
    this.stop.promise.catch(() => {});
    byId.set(this.id, this);
  }

  path() {
    const names = [];
    for (let test = this; test.parent !== null; test = test.parent) names.unshift(test.name);
    return names;
  }

  signal() {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }
}

const root = new Test(null, 'suite', '', {}, null, '');
root.started = true;
let rootRuns = false;
let over = false;

// Which tests run.

function chosen(test) {
  if (pattern !== null && test.kind === 'test') {
    const matches = test.path().some((name) => pattern.test(name)) || pattern.test(test.path().join(' '));
    if (!matches) return 'test name does not match pattern';
  }
  if (settings.only && !isOnly(test)) return '\'only\' option not set';
  return null;
}

function isOnly(test) {
  for (let above = test; above.parent !== null; above = above.parent) {
    if (above.options.only) return true;
    // The subtests of a chosen test all run, unless it says otherwise.
    if (above.parent.kind === 'test' && !above.parent.runOnly) return true;
  }
  const within = (suite) => suite.children.some((child) => child.options.only || within(child));
  return test.kind === 'suite' && within(test);
}

// Registration.

function parse(kind, args) {
  let [name, options, fn] = args;
  if (typeof name === 'function') [name, options, fn] = [undefined, undefined, name];
  else if (name !== null && typeof name === 'object') [name, options, fn] = [undefined, name, options];
  else if (typeof options === 'function') [options, fn] = [undefined, options];
  if (typeof name !== 'string' || name === '') name = fn?.name || '<anonymous>';
  const given = options ?? {};
  if (given.timeout != null && given.timeout !== Infinity && !(typeof given.timeout === 'number' && given.timeout >= 0)) {
    throw new codes.ERR_OUT_OF_RANGE('options.timeout', '>= 0 && <= 2147483647', given.timeout);
  }
  return { name, options: given, fn };
}

function create(parent, kind, args, extra) {
  const { name, options, fn } = parse(kind, args);
  const test = new Test(parent, kind, name, { ...options, ...extra }, fn, host.mapStack(new Error().stack));
  if (typeof fn !== 'function') test.fn = () => {};
  parent.children.push(test);
  if (kind === 'suite') build(test);
  if (parent.finished || over) {
    const why = new TestFailure('test could not be started because its parent finished', 'parentAlreadyFinished');
    conclude(test, why);
  } else if (parent === root) {
    startRoot();
  } else if (parent.kind === 'test') {
    if (parent.active < width(parent)) begin(test);
    else parent.pending.push(test);
  }
  return test.end.promise;
}

/** How many of its tests run at once. */
function width(test) {
  const { concurrency } = test.options;
  if (concurrency === true) return Infinity;
  return typeof concurrency === 'number' && concurrency >= 1 ? concurrency : 1;
}

/** Runs a suite's body, which registers what is in it. */
function build(suite) {
  suite.built = null;
  if (suite.skipped) return;
  const outer = building;
  building = suite;
  try {
    const context = new SuiteContext(suite);
    const result = host.guard(suite.fn, context, [context], suite.id);
    if (typeof result?.then === 'function') {
      suite.built = Promise.resolve(result).catch((error) => { suite.bodyError = { error }; });
    }
  } catch (error) {
    suite.bodyError = { error };
  } finally {
    building = outer;
  }
}

// Running.

function startRoot() {
  if (rootRuns) return;
  rootRuns = true;
  timers.setImmediate(runRoot);
}

async function runRoot() {
  for (let at = 0; at < root.children.length; at++) await run(root.children[at]);
  rootRuns = false;
}

function begin(test) {
  test.parent.active++;
  run(test);
}

async function run(test) {
  if (test.finished) return;
  test.started = true;
  const left = test.skipped ? null : chosen(test);
  if (left !== null) {
    test.skipped = true;
    test.reason = left;
  }
  if (test.skipped) return conclude(test, null);
  const excluded = host.begin(test.id, test.path());
  if (excluded !== undefined) return conclude(test, new TestFailure(excluded, 'testCodeFailure'));
  let error = null;
  try {
    await (test.kind === 'suite' ? runSuite(test) : runTest(test));
  } catch (thrown) {
    error = { thrown };
  }
  if (!test.finished) conclude(test, error === null ? null : error.thrown);
}

async function runSuite(suite) {
  try {
    if (suite.built !== null) await Promise.race([suite.built, suite.stop.promise]);
    if (suite.bodyError !== undefined) throw suite.bodyError.error;
    await runBefore(suite.parent);
    await runBefore(suite);
    await Promise.race([runChildren(suite), suite.stop.promise]);
    await runHooks(suite, 'after', suite);
  } catch (error) {
    try {
      await runHooks(suite, 'after', suite);
    } catch {
      // The first error is the one to report.
    }
    throw error;
  }
}

async function runChildren(suite) {
  let next = 0;
  const work = async () => {
    while (next < suite.children.length && !suite.finished) await run(suite.children[next++]);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width(suite), suite.children.length)) }, work));
}

async function runTest(test) {
  let error = null;
  const each = [];
  for (let above = test.parent; above !== null; above = above.parent) each.unshift(above);
  if (test.parent.hooks.before.length > 0) await runBefore(test.parent);
  try {
    for (const above of each) if (above.hooks.beforeEach.length > 0) await runHooks(above, 'beforeEach', test);
    const result = invoke(test, test.fn, new TestContext(test), test.options.timeout, test.id);
    await Promise.race([result, test.stop.promise]);
    checkPlan(test);
    for (const check of test.checks) check();
  } catch (thrown) {
    if (thrown === SKIPPED) test.skipped = true;
    else error = { thrown };
  }
  if (test.finished) return;
  cancelChildren(test);
  try {
    if (test.hooks.after.length > 0) await runHooks(test, 'after', test);
    for (const above of each.reverse()) if (above.hooks.afterEach.length > 0) await runHooks(above, 'afterEach', test);
  } catch (thrown) {
    error ??= { thrown };
  }
  // Here, not by the caller: the parent of a test that was begun before it went on must find it ended.
  if (!test.finished) conclude(test, error === null ? null : error.thrown);
}

function checkPlan(test) {
  if (test.planned === null) return;
  const count = test.asserted + test.children.length;
  if (count !== test.planned) throw new TestFailure(`plan expected ${test.planned} assertions but received ${count}`, 'testCodeFailure');
}

/** Calls the function of a test or hook. Answers a promise, or what it threw is thrown. */
function invoke(owner, fn, context, timeout, id) {
  if (fn.length >= 2) {
    const finish = deferred();
    const done = (error) => (error ? finish.reject(error) : finish.resolve());
    const result = host.guard(fn, context, [context, done], id);
    if (typeof result?.then === 'function') {
      result.then(undefined, () => {});
      finish.promise.catch(() => {});
      throw new TestFailure('passed a callback but also returned a Promise', 'callbackAndPromisePresent');
    }
    return withTimeout(owner, finish.promise, timeout);
  }
  return withTimeout(owner, host.guard(fn, context, [context], id), timeout);
}

function withTimeout(owner, promise, timeout) {
  if (timeout === undefined || timeout === null || timeout === Infinity) return promise;
  return new Promise((resolve, reject) => {
    const timer = timers.setTimeout(() => {
      owner.controller?.abort();
      reject(new TestFailure(`test timed out after ${timeout}ms`, 'testTimeoutFailure'));
    }, timeout);
    Promise.resolve(promise).then(resolve, reject).finally(() => timers.clearTimeout(timer));
  });
}

function runBefore(owner) {
  owner.ran ??= owner.hooks.before.length === 0 ? undefined : runHooks(owner, 'before', owner);
  return owner.ran;
}

async function runHooks(owner, kind, test) {
  const hooks = kind === 'after' ? owner.hooks.after.splice(0) : owner.hooks[kind];
  for (const { fn, options } of hooks) {
    try {
      const context = test.kind === 'suite' ? new SuiteContext(test) : new TestContext(test);
      const result = invoke(test, fn, context, options.timeout, test.id);
      await Promise.race([result, test.stop.promise]);
    } catch (error) {
      if (error === SKIPPED) throw error;
      throw new TestFailure(messageOf(error), 'hookFailed', { kind, error });
    }
  }
}

function messageOf(error) {
  return error !== null && typeof error === 'object' && error.message !== undefined ? String(error.message) : String(error);
}

function cancelChildren(test) {
  for (const child of test.children) if (!child.finished) cancel(child, NOT_FINISHED);
}

function cancel(test, message) {
  if (test.finished) return;
  test.cancelled = true;
  conclude(test, new TestFailure(message, 'cancelledByParent'));
}

/** A test ends: its result is told, and the next one of its parent begins. */
function conclude(test, error) {
  test.finished = true;
  cancelChildren(test);
  let failure = error;
  if (failure === null && !test.skipped) {
    const failed = test.children.filter((child) => !child.passed && !child.todo && !child.skipped).length;
    if (failed > 0) failure = new TestFailure(`${failed} subtest${failed > 1 ? 's' : ''} failed`, 'subtestsFailed');
  }
  test.passed = failure === null;
  test.controller?.abort();
  tell(test, failure);
  test.end.resolve();
  const { parent } = test;
  if (parent !== null && parent.kind === 'test' && test.started && !parent.finished) {
    parent.active--;
    const next = parent.pending.shift();
    if (next !== undefined) begin(next);
  }
}

function tell(test, failure) {
  let told = null;
  if (failure !== null) {
    const inner = failure instanceof TestFailure && failure.failureType === 'hookFailed' ? failure.cause : null;
    const described = describeError(inner === null ? failure : inner.error);
    told = {
      ...described,
      kind: failure instanceof TestFailure ? failure.failureType : 'testCodeFailure',
      message: inner === null ? described.message : `hook ${inner.kind} failed: ${described.message}`,
    };
  }
  host.record(JSON.stringify({
    id: test.id,
    path: test.path(),
    suite: test.kind === 'suite',
    place: test.place,
    skipped: test.skipped,
    todo: test.todo,
    cancelled: test.cancelled,
    reason: String(test.reason),
    failure: told,
  }));
}

// What test functions are given.

class SuiteContext {
  #suite;
  constructor(suite) { this.#suite = suite; }
  get name() { return this.#suite.name; }
  get fullName() { return this.#suite.path().join(' > '); }
  get filePath() { return settings.main; }
  get signal() { return this.#suite.signal(); }
  diagnostic(message) { host.print(`# ${message}\n`, false); }
}

class TestContext {
  #test;
  #mock;
  #assert;
  constructor(test) { this.#test = test; }
  get name() { return this.#test.name; }
  get fullName() { return this.#test.path().join(' > '); }
  get filePath() { return settings.main; }
  get signal() { return this.#test.signal(); }
  get mock() {
    if (this.#mock === undefined) {
      const mock = new (require('internal/mock').MockTracker)();
      this.#test.hooks.after.push({ fn: () => mock.reset(), options: {} });
      this.#mock = mock;
    }
    return this.#mock;
  }
  get assert() {
    this.#assert ??= countedAssert(this.#test);
    return this.#assert;
  }
  diagnostic(message) { host.print(`# ${message}\n`, false); }
  plan(count) { this.#test.planned = count; }
  async waitFor(condition, { interval = 50, timeout = 1000 } = {}) {
    for (let passed = 0; ; passed += interval) {
      try {
        return await condition();
      } catch (error) {
        if (passed >= timeout) throw Object.assign(new Error('waitFor() timed out', { cause: error }), { code: 'ERR_TEST_FAILURE' });
      }
      await new Promise((resolve) => { timers.setTimeout(resolve, interval); });
    }
  }
  skip(reason = '') { this.#test.skipped = true; this.#test.reason = reason; }
  todo(reason = '') { this.#test.todo = true; this.#test.reason = reason; }
  runOnly(value) { this.#test.runOnly = Boolean(value); }
  test(...args) { return create(this.#test, 'test', args); }
  before(fn, options) { addHook(this.#test, 'before', fn, options); }
  after(fn, options) { addHook(this.#test, 'after', fn, options); }
  beforeEach(fn, options) { addHook(this.#test, 'beforeEach', fn, options); }
  afterEach(fn, options) { addHook(this.#test, 'afterEach', fn, options); }
}

/** Snapshots of values, as JSON unless they say otherwise. */
const serializers = [(value) => (value === undefined ? 'undefined' : JSON.stringify(value, null, 2))];
let snapshotPath = (main) => `${main}.snapshot`;

function serialized(value, own) {
  const text = (own ?? serializers).reduce((shown, serialize) => serialize(shown), value);
  if (typeof text !== 'string') throw Object.assign(new TypeError('the serializers of a snapshot must give a string'), { code: 'ERR_INVALID_STATE' });
  return text;
}

function expectSame(wrong) {
  if (wrong === null) return;
  const { AssertionError } = require('assert');
  const { difference } = require('internal/diff');
  const { message, actual, expected } = wrong;
  const shown = expected === undefined ? message : `${message}\n+ actual - expected\n\n${difference(actual.split('\n'), expected.split('\n'))}`;
  throw new AssertionError({ message: shown, actual, expected, operator: 'strictEqual' });
}

const snapshotAssert = {
  snapshot: (test, value, options = {}) => {
    const name = test.path().join(' > ');
    expectSame(require('internal/snapshots').compare(snapshotPath(settings.main), '', name, [serialized(value, options.serializers)]));
  },
  fileSnapshot: (test, value, file, options = {}) => {
    const place = require('path').resolve(require('path').dirname(settings.main), file);
    expectSame(require('internal/snapshots').compareFile(place, serialized(value, options.serializers)));
  },
};
const ownAssertions = new Map();

function countedAssert(test) {
  const assert = require('assert');
  const own = [...Object.entries(snapshotAssert), ...ownAssertions].map(([name, fn]) => [name, (...args) => {
    test.asserted++;
    return snapshotAssert[name] === fn ? fn(test, ...args) : fn(...args);
  }]);
  return Object.assign(Object.fromEntries(own), countedOf(assert, test));
}

function countedOf(assert, test) {
  return Object.fromEntries(Object.entries(assert).filter(([, fn]) => typeof fn === 'function').map(([name, fn]) => [name, (...args) => {
    test.asserted++;
    return fn(...args);
  }]));
}

function addHook(owner, kind, fn, options = {}) {
  if (typeof fn !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('fn', 'of type function', fn);
  owner.hooks[kind].push({ fn, options });
}

/** Where a call of `test` or of a hook counts: the suite that is built, the test that runs, or the file. */
function current() {
  if (building !== null) return building;
  const test = byId.get(host.context());
  return test !== undefined && !test.finished ? test : root;
}

function make(kind) {
  const define = (extra) => (...args) => {
    const parent = current();
    return create(parent, kind, args, extra);
  };
  const fn = define({});
  fn.skip = define({ skip: true });
  fn.todo = define({ todo: true });
  fn.only = define({ only: true });
  return fn;
}

const test = make('test');
const it = make('test');
const describe = make('suite');

const exported = Object.assign(test, {
  test, it, describe, suite: describe,
  before: (fn, options) => addHook(current(), 'before', fn, options),
  after: (fn, options) => addHook(current(), 'after', fn, options),
  beforeEach: (fn, options) => addHook(current(), 'beforeEach', fn, options),
  afterEach: (fn, options) => addHook(current(), 'afterEach', fn, options),
  run: () => { throw new codes.ERR_NOT_SUPPORTED('run()'); },
  snapshot: {
    setDefaultSnapshotSerializers: (list) => { serializers.splice(0, serializers.length, ...list); },
    setResolveSnapshotPath: (fn) => { snapshotPath = fn; },
  },
  assert: { register: (name, fn) => { ownAssertions.set(name, fn); } },
});

Object.defineProperty(exported, 'mock', {
  configurable: true, enumerable: true,
  get() { return require('internal/mock').mock; },
});

// What the runner calls.

Object.defineProperty(exported, host.harness, {
  enumerable: false,
  value: {
    SKIPPED, current,
    /** For other ways to write tests: `fn` is as node:test takes it. */
    create: (kind, name, options, fn) => create(current(), kind, [name, options, fn]),
    hook: (kind, fn, options) => addHook(current(), kind, fn, options),
    isDone: () => root.children.every((child) => child.finished),
    /** Fails the test in whose context something was thrown. Answers whether there is one that still runs. */
    uncaught(error, kind) {
      let failed = byId.get(host.context());
      while (failed !== undefined && failed !== null && failed.finished) failed = failed.parent;
      if (failed === undefined || failed === null || failed === root) return false;
      failed.stop.reject(error);
      return true;
    },
    /**
     * Nothing is left to run, and tests still wait: fails those that do, so that what comes after them can run.
     * Answers whether there were any.
     */
    unstick(why) {
      const waiting = root.children.filter((child) => child.started && !child.finished).flatMap(innermost);
      for (const test of waiting) {
        const failure = new TestFailure(why, 'cancelledByParent');
        if (test.unstuck) conclude(test, failure);
        test.unstuck = true;
        test.stop.reject(failure);
      }
      return waiting.length > 0;
    },
    /** Ends what can't end by itself. Root hooks run last. */
    finish(why) {
      if (over) return;
      over = true;
      for (const child of root.children) if (!child.finished) deepCancel(child, why);
      if (root.hooks.after.length > 0) {
        runHooks(root, 'after', root).catch((error) => host.fail(JSON.stringify(describeError(error))));
      }
    },
  },
});

/** The tests that run within one, or it. */
function innermost(test) {
  const within = test.children.filter((child) => child.started && !child.finished).flatMap(innermost);
  return within.length > 0 ? within : [test];
}

function deepCancel(test, why) {
  for (const child of test.children) if (!child.finished) deepCancel(child, why);
  cancel(test, why);
}

module.exports = exported;

// What Mocha's suites find: `describe`, `it` and hooks, with `this`.
'use strict';

const harness = require('test')[host.harness];

class Context {
  constructor(test, name) {
    this.test = { title: name, parent: { title: '' }, fullTitle: () => name };
    this.currentTest = this.test;
    Object.defineProperty(this, 'owner', { value: test, enumerable: false });
  }
  timeout(ms) { return ms === undefined ? 0 : this; }
  slow() { return this; }
  retries() { return this; }
  skip() {
    this.owner?.skip?.('');
    throw harness.SKIPPED;
  }
}

/** What `this` is: of one suite, and of those within it what that has. */
const contexts = new Map();
function contextOf(owner) {
  if (!contexts.has(owner)) {
    const above = owner.parent === null ? null : contextOf(owner.parent);
    const context = new Context(undefined, owner.name);
    if (above !== null) Object.setPrototypeOf(context, above);
    contexts.set(owner, context);
  }
  return contexts.get(owner);
}

/** A function as node:test takes it. */
function body(fn, owner) {
  if (typeof fn !== 'function') return fn;
  const self = (test) => {
    const context = Object.create(contextOf(owner));
    const suite = contextOf(owner);
    // What hooks leave on `this` is the tests'.
    return new Proxy(context, {
      get: (target, key) => (key === 'owner' ? test : Reflect.get(target, key)),
      set: (target, key, value) => { suite[key] = value; return true; },
    });
  };
  return fn.length > 0 ? (test, done) => { fn.call(self(test), done); } : (test) => fn.call(self(test));
}

function makeIt(extra) {
  return (name, fn) => {
    const options = typeof fn === 'function' ? extra : { ...extra, todo: true };
    harness.create('test', String(name), options, body(fn, harness.current()));
    return { timeout() { return this; }, slow() { return this; }, retries() { return this; } };
  };
}

function makeDescribe(extra) {
  return (name, fn) => {
    const run = typeof fn === 'function' ? () => { fn.call(contextOf(harness.current())); } : undefined;
    harness.create('suite', String(name), extra, run);
    return { timeout() { return this; } };
  };
}

const hook = (kind) => (...args) => {
  const fn = args.find((arg) => typeof arg === 'function');
  harness.hook(kind, body(fn, harness.current()), {});
};

const variants = (make) => Object.assign(make({}), { skip: make({ skip: true }), only: make({ only: true }) });
const it = variants(makeIt);
const describe = variants(makeDescribe);
for (const fn of [it, describe]) Object.assign(fn, { timeout() { return fn; } });

module.exports = {
  describe, context: describe, suite: describe, it, specify: it, test: it,
  before: hook('before'), after: hook('after'), beforeEach: hook('beforeEach'), afterEach: hook('afterEach'),
  setup: hook('beforeEach'), teardown: hook('afterEach'), suiteSetup: hook('before'), suiteTeardown: hook('after'),
  xit: it.skip, xspecify: it.skip, xdescribe: describe.skip, xcontext: describe.skip, run() {},
};

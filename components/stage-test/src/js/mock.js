// The mocks of node:test
'use strict';

const { codes } = require('internal/errors');
const { MockTimers } = require('internal/mock_timers');
const modules = require('internal/modules');

class MockFunctionContext {
  #calls = [];
  #state;
  constructor(state) { this.#state = state; }
  get calls() { return this.#calls.slice(); }
  callCount() { return this.#calls.length; }
  mockImplementation(implementation) { this.#state.implementation = checked(implementation, 'implementation'); }
  mockImplementationOnce(implementation, onCall) {
    const at = onCall ?? this.#calls.length;
    this.#state.once.set(at, checked(implementation, 'implementation'));
  }
  resetCalls() { this.#calls = []; }
  restore() { this.#state.restore(); }
  /** Adds a call. */
  [host.harness](call) { this.#calls.push(call); }
}

function checked(fn, name) {
  if (typeof fn !== 'function') throw new codes.ERR_INVALID_ARG_TYPE(name, 'of type function', fn);
  return fn;
}

function makeMock(original, implementation, options, restore) {
  const state = { implementation, once: new Map(), restore: () => { state.implementation = original; restore(); } };
  const context = new MockFunctionContext(state);
  const times = options?.times ?? Infinity;
  const call = function (target, self, args, newTarget) {
    const at = context.callCount();
    let run = state.once.get(at) ?? state.implementation;
    state.once.delete(at);
    if (at >= times) run = original;
    const entry = { arguments: args, error: undefined, result: undefined, stack: new Error(), target: newTarget, this: self };
    try {
      entry.result = newTarget === undefined ? Reflect.apply(run, self, args) : Reflect.construct(run, args, newTarget);
      if (newTarget !== undefined) entry.this = entry.result;
      return entry.result;
    } catch (error) {
      entry.error = error;
      throw error;
    } finally {
      context[host.harness](entry);
      if (at + 1 >= times) state.restore();
    }
  };
  return new Proxy(original, {
    apply: (target, self, args) => call(target, self, args, undefined),
    construct: (target, args, newTarget) => call(target, undefined, args, newTarget),
    get: (target, key, receiver) => (key === 'mock' ? context : Reflect.get(target, key, receiver)),
    has: (target, key) => key === 'mock' || Reflect.has(target, key),
  });
}

class MockTracker {
  #mocks = [];
  #timers;

  fn(original = function () {}, implementation = original, options = {}) {
    if (original !== null && typeof original === 'object') [original, implementation, options] = [function () {}, undefined, original];
    if (implementation !== null && typeof implementation === 'object') [implementation, options] = [original, implementation];
    checked(original, 'original');
    const mock = makeMock(original, checked(implementation ?? original, 'implementation'), options, () => {});
    this.#mocks.push(mock);
    return mock;
  }

  method(object, name, implementation, options = {}) {
    if (implementation !== null && typeof implementation === 'object') [implementation, options] = [undefined, implementation];
    const descriptor = find(object, name);
    const accessor = options.getter ? 'get' : options.setter ? 'set' : 'value';
    const original = descriptor?.[accessor];
    if (typeof original !== 'function') throw new codes.ERR_INVALID_ARG_VALUE('methodName', original, 'must be a method');
    const own = Object.getOwnPropertyDescriptor(object, name);
    const restore = () => {
      if (own === undefined) delete object[name];
      else Object.defineProperty(object, name, own);
    };
    const mock = makeMock(original, implementation ?? original, options, restore);
    Object.defineProperty(object, name, { configurable: true, enumerable: descriptor.enumerable, ...descriptor, [accessor]: mock });
    this.#mocks.push(mock);
    return mock;
  }

  getter(object, name, implementation, options = {}) {
    if (implementation !== null && typeof implementation === 'object') [implementation, options] = [undefined, implementation];
    return this.method(object, name, implementation, { ...options, getter: true });
  }

  setter(object, name, implementation, options = {}) {
    if (implementation !== null && typeof implementation === 'object') [implementation, options] = [undefined, implementation];
    return this.method(object, name, implementation, { ...options, setter: true });
  }

  property(object, name, value) {
    const own = Object.getOwnPropertyDescriptor(object, name);
    object[name] = value;
    this.#mocks.push({ mock: { restore: () => (own === undefined ? delete object[name] : Object.defineProperty(object, name, own)) } });
    return object;
  }

  /** What a module is from now on, for whoever loads it later. */
  module(specifier, options = {}) {
    const from = modules.callerOf(new Error().stack);
    const { namedExports = {}, defaultExport, exports } = options;
    const value = exports ?? (defaultExport === undefined ? { ...namedExports } : { default: defaultExport, ...namedExports });
    const mock = { mock: modules.mock(specifier, from, () => value) };
    this.#mocks.push(mock);
    return mock.mock;
  }

  get timers() {
    this.#timers ??= new MockTimers();
    return this.#timers;
  }

  reset() {
    this.restoreAll();
    this.#timers?.reset();
    this.#mocks = [];
  }

  restoreAll() {
    for (const mock of this.#mocks.slice().reverse()) mock.mock.restore();
  }
}

function find(object, name) {
  for (let at = object; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

module.exports = { MockTracker, mock: new MockTracker() };

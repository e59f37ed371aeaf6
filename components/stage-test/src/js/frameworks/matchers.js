// The matchers of `expect`. Each answers `{ pass, message }` from `this` (what `expect` was given, and how) and its
// arguments; `message` is what to say of a failure, and `actual` and `expected` what to show the difference of.
'use strict';

const { equals } = require('internal/equal');
const { pretty } = require('internal/pretty');

const isObject = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');
const plainly = (pass, more = {}) => ({ pass, ...more });
const against = (pass, actual, expected) => ({ pass, actual, expected, compared: true });

function numbers(actual, expected) {
  for (const value of [actual, expected]) {
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new TypeError(`received value must be a number or bigint, and is ${pretty(value)}`);
  }
}

/** The parts of a path: `a.b[0].c`. */
const parts = (path) => (Array.isArray(path) ? path : String(path).replaceAll(/\[(\w+)\]/g, '.$1').split('.'));

function follow(value, path) {
  let at = value;
  for (const part of path) {
    if (at === null || at === undefined || !(part in Object(at))) return { found: false };
    at = at[part];
  }
  return { found: true, value: at };
}

function thrown(received, isPromise) {
  if (isPromise) return { threw: true, error: received };
  if (typeof received !== 'function') throw new TypeError(`received value must be a function, and is ${pretty(received)}`);
  try {
    received();
    return { threw: false };
  } catch (error) {
    return { threw: true, error };
  }
}

function toThrow(expected) {
  const { threw, error } = thrown(this.received, this.promise === 'rejects');
  const text = isObject(error) && error.message !== undefined ? String(error.message) : String(error);
  const said = threw ? `it threw: ${text}` : 'it did not throw';
  if (!threw || expected === undefined) return plainly(threw, { said });
  if (typeof expected === 'string') return plainly(text.includes(expected), { expected, said });
  if (expected instanceof RegExp) return plainly(expected.test(text), { expected, said });
  if (typeof expected === 'function') return plainly(error instanceof expected, { expected: expected.name, said });
  if (typeof expected.asymmetricMatch === 'function') return plainly(expected.asymmetricMatch(error), { expected, said });
  return plainly(text === expected.message, { expected: expected.message, said });
}

const mockOf = (value) => {
  if (value?.mock?.calls === undefined) throw new TypeError(`received value must be a mock or spy function, and is ${pretty(value)}`);
  return value.mock;
};
const returns = (mock) => mock.results.filter((result) => result.type === 'return').map((result) => result.value);

function contains(received, item, same) {
  if (typeof received === 'string') return received.includes(String(item));
  return Array.from(received).some((other) => same(other, item));
}

const matchers = {
  toBe(expected) { return against(Object.is(this.received, expected), this.received, expected); },
  toEqual(expected) { return against(this.equals(this.received, expected), this.received, expected); },
  toStrictEqual(expected) { return against(this.equals(this.received, expected, { strict: true }), this.received, expected); },
  toMatchObject(expected) { return against(this.equals(this.received, expected, { subset: true }), this.received, expected); },
  toBeTruthy() { return plainly(Boolean(this.received)); },
  toBeFalsy() { return plainly(!this.received); },
  toBeNull() { return plainly(this.received === null); },
  toBeUndefined() { return plainly(this.received === undefined); },
  toBeDefined() { return plainly(this.received !== undefined); },
  toBeNullable() { return plainly(this.received === undefined || this.received === null); },
  toBeNaN() { return plainly(Number.isNaN(this.received)); },
  toBeGreaterThan(expected) { numbers(this.received, expected); return plainly(this.received > expected, { expected }); },
  toBeGreaterThanOrEqual(expected) { numbers(this.received, expected); return plainly(this.received >= expected, { expected }); },
  toBeLessThan(expected) { numbers(this.received, expected); return plainly(this.received < expected, { expected }); },
  toBeLessThanOrEqual(expected) { numbers(this.received, expected); return plainly(this.received <= expected, { expected }); },
  toBeCloseTo(expected, digits = 2) {
    const near = this.received === expected || Math.abs(this.received - expected) < 10 ** -digits / 2;
    return plainly(near, { expected });
  },
  toBeInstanceOf(expected) { return plainly(this.received instanceof expected, { expected: expected.name }); },
  toBeTypeOf(expected) { return plainly(typeof this.received === expected, { expected }); },
  toBeOneOf(expected) { return plainly([...expected].some((item) => this.equals(this.received, item)), { expected }); },
  toSatisfy(expected) { return plainly(Boolean(expected(this.received))); },
  toContain(expected) { return plainly(contains(this.received, expected, (a, b) => a === b || Object.is(a, b)), { expected }); },
  toContainEqual(expected) { return plainly(contains(this.received, expected, (a, b) => this.equals(a, b)), { expected }); },
  toHaveLength(expected) { return plainly(this.received?.length === expected, { expected, said: `its length is ${pretty(this.received?.length)}` }); },
  toMatch(expected) {
    if (typeof this.received !== 'string') throw new TypeError(`received value must be a string, and is ${pretty(this.received)}`);
    return plainly(expected instanceof RegExp ? expected.test(this.received) : this.received.includes(expected), { expected });
  },
  toHaveProperty(path, ...values) {
    const whole = Array.isArray(path) ? { found: false } : follow(this.received, [String(path)]);
    const at = whole.found ? whole : follow(this.received, parts(path));
    if (values.length === 0) return plainly(at.found, { expected: path });
    return against(at.found && this.equals(at.value, values[0]), at.value, values[0]);
  },
  toThrow, toThrowError: toThrow,

  toHaveBeenCalled() { return plainly(mockOf(this.received).calls.length > 0); },
  toHaveBeenCalledOnce() { return times(mockOf(this.received).calls, 1); },
  toHaveBeenCalledTimes(count) { return times(mockOf(this.received).calls, count); },
  toHaveBeenCalledWith(...args) {
    const { calls } = mockOf(this.received);
    return against(calls.some((call) => this.equals(call, args)), calls.at(-1), args);
  },
  toHaveBeenCalledExactlyOnceWith(...args) {
    const { calls } = mockOf(this.received);
    return against(calls.length === 1 && this.equals(calls[0], args), calls, [args]);
  },
  toHaveBeenLastCalledWith(...args) {
    const last = mockOf(this.received).calls.at(-1);
    return against(this.equals(last, args), last, args);
  },
  toHaveBeenNthCalledWith(at, ...args) {
    const call = mockOf(this.received).calls[at - 1];
    return against(this.equals(call, args), call, args);
  },
  toHaveReturned() { return plainly(returns(mockOf(this.received)).length > 0); },
  toHaveReturnedTimes(count) { return times(returns(mockOf(this.received)), count); },
  toHaveReturnedWith(value) { return plainly(returns(mockOf(this.received)).some((other) => this.equals(other, value)), { expected: value }); },
  toHaveLastReturnedWith(value) {
    const last = returns(mockOf(this.received)).at(-1);
    return against(this.equals(last, value), last, value);
  },
  toHaveNthReturnedWith(at, value) {
    const result = mockOf(this.received).results[at - 1]?.value;
    return against(this.equals(result, value), result, value);
  },
  toHaveResolved() { return plainly(mockOf(this.received).results.length > 0); },
};

function times(list, count) {
  return plainly(list.length === count, { expected: count, said: `it was called ${list.length} times` });
}

for (const [alias, name] of [
  ['toBeCalled', 'toHaveBeenCalled'], ['toBeCalledTimes', 'toHaveBeenCalledTimes'], ['toBeCalledWith', 'toHaveBeenCalledWith'],
  ['lastCalledWith', 'toHaveBeenLastCalledWith'], ['nthCalledWith', 'toHaveBeenNthCalledWith'], ['toReturn', 'toHaveReturned'],
  ['toReturnTimes', 'toHaveReturnedTimes'], ['toReturnWith', 'toHaveReturnedWith'], ['lastReturnedWith', 'toHaveLastReturnedWith'],
  ['nthReturnedWith', 'toHaveNthReturnedWith'],
]) matchers[alias] = matchers[name];

module.exports = { matchers, equals };

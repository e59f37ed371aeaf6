// `vi.fn`, `jest.fn` and `spyOn`.
'use strict';

/** Every mock there is, so that all can be cleared, reset and restored. */
const all = new Set();
let order = 0;

function makeMock(name, implementation, original, restore) {
  let state;
  const fresh = () => ({ calls: [], instances: [], contexts: [], invocationCallOrder: [], results: [], settledResults: [] });
  const once = [];
  let current = implementation;
  let named = name;

  const mock = function (...args) {
    state.calls.push(args);
    state.contexts.push(this);
    state.instances.push(this);
    state.invocationCallOrder.push(++order);
    const result = { type: 'incomplete', value: undefined };
    state.results.push(result);
    const run = once.length > 0 ? once.shift() : current;
    try {
      const value = new.target !== undefined && run !== undefined && run.prototype !== undefined
        ? Reflect.construct(run, args, new.target === mock ? run : new.target)
        : run?.apply(this, args);
      if (new.target !== undefined && value !== null && typeof value === 'object') state.instances[state.instances.length - 1] = value;
      Object.assign(result, { type: 'return', value });
      if (typeof value?.then === 'function') follow(value);
      return value;
    } catch (error) {
      Object.assign(result, { type: 'throw', value: error });
      throw error;
    }
  };
  const follow = (promise) => {
    const settled = { type: 'incomplete', value: undefined };
    state.settledResults.push(settled);
    promise.then((value) => Object.assign(settled, { type: 'fulfilled', value }), (value) => Object.assign(settled, { type: 'rejected', value }));
  };
  const clear = () => { state = fresh(); return mock; };
  const set = (fn) => { current = fn; return mock; };
  const add = (fn) => { once.push(fn); return mock; };
  clear();
  Object.defineProperty(mock, 'name', { value: original?.name || 'mockConstructor', configurable: true });
  Object.defineProperty(mock, 'length', { value: original?.length ?? 0, configurable: true });
  Object.defineProperty(mock, 'mock', {
    get: () => Object.defineProperty(state, 'lastCall', { get() { return this.calls.at(-1); }, configurable: true, enumerable: true }),
  });
  Object.assign(mock, {
    _isMockFunction: true,
    getMockName: () => named,
    mockName: (next) => { named = next; return mock; },
    getMockImplementation: () => once[0] ?? current,
    mockImplementation: set,
    mockImplementationOnce: add,
    mockReturnValue: (value) => set(() => value),
    mockReturnValueOnce: (value) => add(() => value),
    mockResolvedValue: (value) => set(async () => value),
    mockResolvedValueOnce: (value) => add(async () => value),
    mockRejectedValue: (value) => set(async () => { throw value; }),
    mockRejectedValueOnce: (value) => add(async () => { throw value; }),
    mockThrow: (value) => set(() => { throw value; }),
    mockThrowOnce: (value) => add(() => { throw value; }),
    mockReturnThis: () => set(function () { return this; }),
    mockClear: clear,
    mockReset: () => { once.length = 0; current = original; return clear(); },
    mockRestore: () => { once.length = 0; current = original; restore(); return clear(); },
    withImplementation: (fn, body) => {
      const before = current;
      current = fn;
      const done = () => { current = before; return mock; };
      let result;
      try {
        result = body();
      } catch (error) {
        done();
        throw error;
      }
      if (typeof result?.then === 'function') return result.then(done, (error) => { done(); throw error; });
      return done();
    },
  });
  all.add(mock);
  return mock;
}

const fn = (name) => (implementation) => makeMock(name, implementation, implementation, () => {});

function find(object, key) {
  for (let at = object; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

function spyOn(object, key, access) {
  const descriptor = find(object, key);
  if (descriptor === undefined) throw new Error(`property \`${String(key)}\` does not exist in the object to spy on`);
  const kind = access ?? 'value';
  const original = kind === 'value' && descriptor.get !== undefined ? descriptor.get.call(object) : descriptor[kind];
  if (original?._isMockFunction) return original;
  if (typeof original !== 'function') throw new Error(`cannot spy on \`${String(key)}\`: it is no function but ${typeof original}`);
  const own = Object.getOwnPropertyDescriptor(object, key);
  const restore = () => {
    if (own === undefined) delete object[key];
    else Object.defineProperty(object, key, own);
  };
  const mock = makeMock(String(key), original, original, restore);
  if (kind === 'value') Object.defineProperty(object, key, { configurable: true, enumerable: descriptor.enumerable, writable: true, value: mock });
  else Object.defineProperty(object, key, { ...descriptor, configurable: true, [kind]: mock });
  return mock;
}

module.exports = {
  fn, spyOn,
  isMockFunction: (value) => value?._isMockFunction === true,
  clearAll: () => { for (const mock of all) mock.mockClear(); },
  resetAll: () => { for (const mock of all) mock.mockReset(); },
  restoreAll: () => { for (const mock of all) mock.mockRestore(); },
};

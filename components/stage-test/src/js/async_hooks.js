// node:async_hooks: what is stored for a call and all that follows from it
'use strict';

/** The stores of what runs: replaced as a whole, so that each callback keeps those it was made with. */
class AsyncLocalStorage {
  run(store, fn, ...args) {
    const before = host.stores();
    host.setStores(new Map(before).set(this, store));
    try {
      return fn(...args);
    } finally {
      host.setStores(before);
    }
  }
  exit(fn, ...args) { return this.run(undefined, fn, ...args); }
  getStore() { return host.stores()?.get(this); }
  enterWith(store) { host.setStores(new Map(host.stores()).set(this, store)); }
  disable() { this.enterWith(undefined); }
  static bind(fn) { return AsyncResource.bind(fn); }
  static snapshot() {
    const stores = host.stores();
    return (fn, ...args) => within(stores, () => fn(...args));
  }
}

function within(stores, run) {
  const before = host.stores();
  host.setStores(stores);
  try {
    return run();
  } finally {
    host.setStores(before);
  }
}

class AsyncResource {
  #stores = host.stores();
  constructor(type) { this.type = type; }
  runInAsyncScope(fn, self, ...args) { return within(this.#stores, () => fn.apply(self, args)); }
  bind(fn) { return AsyncResource.bind(fn); }
  asyncId() { return 1; }
  triggerAsyncId() { return 0; }
  emitDestroy() { return this; }
  static bind(fn, type, self) {
    const stores = host.stores();
    return function (...args) { return within(stores, () => fn.apply(self ?? this, args)); };
  }
}

module.exports = {
  AsyncLocalStorage, AsyncResource,
  createHook: () => ({ enable() { return this; }, disable() { return this; } }),
  executionAsyncId: () => 1, triggerAsyncId: () => 0, executionAsyncResource: () => ({}),
};

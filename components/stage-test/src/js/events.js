// node:events
'use strict';

const { codes } = require('internal/errors');

const captureRejections = Symbol.for('nodejs.rejection');
const errorMonitor = Symbol('events.errorMonitor');

function checkListener(listener) {
  if (typeof listener !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('listener', 'of type function', listener);
}

const table = (emitter) => {
  if (emitter._events === undefined || !Object.hasOwn(emitter, '_events')) {
    Object.defineProperty(emitter, '_events', { configurable: true, writable: true, enumerable: false, value: new Map() });
  }
  return emitter._events;
};

function EventEmitter(options) {
  if (!(this instanceof EventEmitter)) return new EventEmitter(options);
  table(this);
}

function add(emitter, event, listener, first) {
  checkListener(listener);
  const events = table(emitter);
  if (events.has('newListener') && event !== 'newListener') emitter.emit('newListener', event, listener.listener ?? listener);
  const list = events.get(event) ?? [];
  events.set(event, first ? [listener, ...list] : [...list, listener]);
  return emitter;
}

function once(emitter, event, listener) {
  checkListener(listener);
  const wrapped = function (...args) {
    emitter.removeListener(event, wrapped);
    return listener.apply(emitter, args);
  };
  wrapped.listener = listener;
  return wrapped;
}

Object.assign(EventEmitter.prototype, {
  on(event, listener) { return add(this, event, listener, false); },
  addListener(event, listener) { return add(this, event, listener, false); },
  prependListener(event, listener) { return add(this, event, listener, true); },
  once(event, listener) { return add(this, event, once(this, event, listener), false); },
  prependOnceListener(event, listener) { return add(this, event, once(this, event, listener), true); },
  off(event, listener) { return this.removeListener(event, listener); },
  removeListener(event, listener) {
    checkListener(listener);
    const events = table(this);
    const list = events.get(event) ?? [];
    const at = list.findLastIndex((known) => known === listener || known.listener === listener);
    if (at < 0) return this;
    const left = list.toSpliced(at, 1);
    if (left.length === 0) events.delete(event);
    else events.set(event, left);
    if (events.has('removeListener')) this.emit('removeListener', event, listener);
    return this;
  },
  removeAllListeners(event) {
    if (event === undefined) table(this).clear();
    else table(this).delete(event);
    return this;
  },
  emit(event, ...args) {
    const events = table(this);
    if (event === 'error' && events.has(errorMonitor)) this.emit(errorMonitor, ...args);
    const list = events.get(event);
    if (list === undefined) {
      if (event !== 'error') return false;
      const [error] = args;
      if (error instanceof Error) throw error;
      const unhandled = new codes.ERR_UNHANDLED_ERROR(error);
      unhandled.context = error;
      throw unhandled;
    }
    for (const listener of list) listener.apply(this, args);
    return true;
  },
  listenerCount(event, listener) {
    const list = table(this).get(event) ?? [];
    return listener === undefined ? list.length : list.filter((known) => known === listener || known.listener === listener).length;
  },
  listeners(event) { return (table(this).get(event) ?? []).map((listener) => listener.listener ?? listener); },
  rawListeners(event) { return [...(table(this).get(event) ?? [])]; },
  eventNames() { return [...table(this).keys()]; },
  setMaxListeners(count) { Object.defineProperty(this, '_maxListeners', { configurable: true, writable: true, enumerable: false, value: count }); return this; },
  getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
});
for (const name of Object.keys(EventEmitter.prototype)) {
  Object.defineProperty(EventEmitter.prototype, name, { enumerable: false });
}

function onceEvent(emitter, event, options = {}) {
  return new Promise((resolve, reject) => {
    if (typeof emitter.addEventListener === 'function') {
      emitter.addEventListener(event, (value) => resolve([value]), { once: true });
      return;
    }
    const done = (...args) => { emitter.removeListener('error', failed); resolve(args); };
    const failed = (error) => { emitter.removeListener(event, done); reject(error); };
    emitter.once(event, done);
    if (event !== 'error') emitter.once('error', failed);
    options.signal?.addEventListener('abort', () => { emitter.removeListener(event, done); reject(options.signal.reason); }, { once: true });
  });
}

function on(emitter, event, options = {}) {
  const [values, waiting] = [[], []];
  let failure = null;
  emitter.on(event, (...args) => (waiting.length > 0 ? waiting.shift().resolve({ value: args, done: false }) : values.push(args)));
  if (event !== 'error') emitter.on('error', (error) => (waiting.length > 0 ? waiting.shift().reject(error) : (failure = { error })));
  options.signal?.addEventListener('abort', () => waiting.splice(0).forEach(({ reject }) => reject(options.signal.reason)));
  return {
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (failure !== null) { const { error } = failure; failure = null; return Promise.reject(error); }
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() { return Promise.resolve({ value: undefined, done: true }); },
    [Symbol.asyncIterator]() { return this; },
  };
}

module.exports = Object.assign(EventEmitter, {
  EventEmitter, once: onceEvent, on, errorMonitor, captureRejectionSymbol: captureRejections,
  defaultMaxListeners: 10, captureRejections: false,
  listenerCount: (emitter, event) => emitter.listenerCount(event),
  getEventListeners: (emitter, event) => emitter.listeners?.(event) ?? [],
  setMaxListeners: (count, ...emitters) => emitters.forEach((emitter) => emitter.setMaxListeners?.(count)),
});

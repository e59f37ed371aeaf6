// node:timers
'use strict';

const LONGEST = 2 ** 31 - 1;

function delayOf(value) {
  const delay = Math.trunc(Number(value));
  return delay >= 1 && delay <= LONGEST ? delay : 1;
}

function checkCallback(callback) {
  if (typeof callback !== 'function') {
    const { codes } = require('internal/errors');
    throw new codes.ERR_INVALID_ARG_TYPE('callback', 'of type function', callback);
  }
}

class Timeout {
  #id;
  #start;
  #referenced = true;
  constructor(callback, delay, args, repeat) {
    checkCallback(callback);
    this.#start = () => host.addTimer(callback, args, delayOf(delay), repeat);
    this.#id = this.#start();
  }
  ref() { this.#referenced = true; host.refTimer(this.#id, true); return this; }
  unref() { this.#referenced = false; host.refTimer(this.#id, false); return this; }
  hasRef() { return this.#referenced; }
  refresh() {
    host.clearTimer(this.#id);
    this.#id = this.#start();
    host.refTimer(this.#id, this.#referenced);
    return this;
  }
  close() { host.clearTimer(this.#id); return this; }
  [Symbol.toPrimitive]() { return this.#id; }
  [Symbol.dispose ?? Symbol('dispose')]() { this.close(); }
}

class Immediate {
  #id;
  constructor(callback, args) {
    checkCallback(callback);
    this.#id = host.addImmediate(callback, args);
  }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  clear() { host.clearImmediate(this.#id); }
}

function clearTimeout(timer) {
  if (timer instanceof Timeout) timer.close();
  else if (typeof timer === 'number' || typeof timer === 'string') host.clearTimer(Number(timer));
}

const setTimeout = (callback, delay, ...args) => new Timeout(callback, delay, args, false);
const setImmediate = (callback, ...args) => new Immediate(callback, args);
for (const [fn, name] of [[setTimeout, 'setTimeout'], [setImmediate, 'setImmediate']]) {
  Object.defineProperty(fn, Symbol.for('nodejs.util.promisify.custom'), { enumerable: false, get: () => require('timers/promises')[name] });
}

module.exports = {
  setTimeout, setImmediate,
  setInterval: (callback, delay, ...args) => new Timeout(callback, delay, args, true),
  clearTimeout,
  clearInterval: clearTimeout,
  clearImmediate: (immediate) => { if (immediate instanceof Immediate) immediate.clear(); },
  get promises() { return require('timers/promises'); },
};

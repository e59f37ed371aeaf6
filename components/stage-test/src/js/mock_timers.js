// Timers and `Date` that only move when they are told.
'use strict';

const APIS = ['setInterval', 'setTimeout', 'setImmediate', 'Date', 'scheduler.wait'];
/** Timers that set timers are followed so far. */
const MAX_STEPS = 100_000;

class MockTimers {
  #saved = null;
  #now = 0;
  #timers = [];
  #ids = 0;

  enable(options = {}) {
    if (this.#saved !== null) throw Object.assign(new Error('MockTimers is already enabled'), { code: 'ERR_INVALID_STATE' });
    const apis = options.apis ?? ['setInterval', 'setTimeout', 'setImmediate', 'Date'];
    const unknown = apis.find((api) => !APIS.includes(api));
    if (unknown !== undefined) {
      const { codes } = require('internal/errors');
      throw new codes.ERR_INVALID_ARG_VALUE('options.apis', unknown, 'option is not supported');
    }
    this.#now = Number(options.now ?? 0);
    this.#saved = [];
    const clear = (timer) => { this.#timers = this.#timers.filter((known) => known !== timer && known.id !== Number(timer)); };
    const timers = require('timers');
    const replace = (name, value) => {
      for (const object of [globalThis, timers]) {
        if (object === timers && name === 'Date') continue;
        this.#saved.push([object, name, object[name]]);
        object[name] = value;
      }
    };
    if (apis.includes('setTimeout')) {
      replace('setTimeout', (fn, delay, ...args) => this.#add(fn, delay, args, false));
      replace('clearTimeout', clear);
      this.#promised('setTimeout', (resolve, delay, value) => this.#add(() => resolve(value), delay, [], false));
    }
    if (apis.includes('setInterval')) {
      replace('setInterval', (fn, delay, ...args) => this.#add(fn, delay, args, true));
      replace('clearInterval', clear);
    }
    if (apis.includes('setImmediate')) {
      replace('setImmediate', (fn, ...args) => this.#add(fn, -1, args, false));
      replace('clearImmediate', clear);
      this.#promised('setImmediate', (resolve, value) => this.#add(() => resolve(value), -1, [], false));
    }
    if (apis.includes('Date')) this.#date(replace);
  }

  /** The function of `node:timers/promises`. */
  #promised(name, start) {
    const promises = require('timers/promises');
    this.#saved.push([promises, name, promises[name]]);
    promises[name] = (...args) => new Promise((resolve) => { start(resolve, ...args); });
  }

  #date(replace) {
    const [Real, now] = [Date, () => this.#now];
    const Mock = function Date(...args) {
      if (new.target === undefined) return new Real(now()).toString();
      return Reflect.construct(Real, args.length === 0 ? [now()] : args, new.target === Mock ? Real : new.target);
    };
    Object.setPrototypeOf(Mock, Real);
    Mock.prototype = Real.prototype;
    Mock.now = now;
    Mock.isMock = true;
    replace('Date', Mock);
  }

  #add(callback, delay, args, repeat) {
    const wait = delay === -1 ? -1 : Math.max(Math.trunc(Number(delay)) || 0, 1);
    const timer = {
      id: ++this.#ids, callback, args, at: this.#now + wait, every: repeat ? Math.max(wait, 1) : null,
      ref() { return this; }, unref() { return this; }, hasRef() { return true; }, [Symbol.toPrimitive]() { return this.id; },
      refresh: () => { timer.at = this.#now + wait; return timer; },
      close: () => { this.#timers = this.#timers.filter((known) => known !== timer); return timer; },
      [Symbol.dispose ?? Symbol('dispose')]() { this.close(); },
    };
    this.#timers.push(timer);
    return timer;
  }

  #first(end) {
    const due = this.#timers.filter((timer) => timer.at <= end);
    return due.reduce((first, timer) => (first === undefined || timer.at < first.at || (timer.at === first.at && timer.id < first.id) ? timer : first), undefined);
  }

  #run(timer) {
    this.#now = Math.max(this.#now, timer.at);
    if (timer.every === null) this.#timers.splice(this.#timers.indexOf(timer), 1);
    else timer.at += timer.every;
    timer.callback(...timer.args);
  }

  tick(time = 1) {
    const end = this.#now + time;
    for (let timer = this.#first(end); timer !== undefined; timer = this.#first(end)) this.#run(timer);
    this.#now = Math.max(this.#now, end);
  }

  /** As `tick`; what waits for a timer runs before the next one. */
  async tickAsync(time, settle) {
    const end = this.#now + time;
    await settle();
    for (let timer = this.#first(end); timer !== undefined; timer = this.#first(end)) {
      this.#run(timer);
      await settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Runs the next timer, if there is one. */
  next() {
    const timer = this.#first(Infinity);
    if (timer !== undefined) this.#run(timer);
  }

  /** Runs timers until there are none. */
  drain() {
    for (let steps = 0; this.#timers.length > 0; steps++) {
      if (steps > MAX_STEPS) throw new Error(`more than ${MAX_STEPS} timers ran: they never end`);
      this.next();
    }
  }

  runAll() {
    const last = this.#timers.reduce((latest, timer) => Math.max(latest, timer.at), this.#now);
    this.tick(last - this.#now);
  }

  setTime(time = 0) { this.#now = time; }
  count() { return this.#timers.length; }
  clear() { this.#timers = []; }

  reset() {
    for (const [object, name, value] of (this.#saved ?? []).toReversed()) object[name] = value;
    this.#saved = null;
    this.#timers = [];
  }

  [Symbol.dispose ?? Symbol('dispose')]() { this.reset(); }
}

module.exports = { MockTimers };

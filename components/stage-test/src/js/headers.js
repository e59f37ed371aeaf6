// `Headers` of the web
'use strict';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function nameOf(name) {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError(`Headers: ${text} is an invalid header name.`);
  return text.toLowerCase();
}

class Headers {
  #values = new Map();
  constructor(init) {
    if (init === undefined) return;
    if (init === null || typeof init !== 'object') throw new TypeError('Headers constructor: the init must be an object');
    const entries = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
    for (const [name, value] of entries) this.append(name, value);
  }
  append(name, value) {
    const key = nameOf(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), String(value).trim()]);
  }
  set(name, value) { this.#values.set(nameOf(name), [String(value).trim()]); }
  get(name) { return this.#values.get(nameOf(name))?.join(', ') ?? null; }
  has(name) { return this.#values.has(nameOf(name)); }
  delete(name) { this.#values.delete(nameOf(name)); }
  getSetCookie() { return [...(this.#values.get('set-cookie') ?? [])]; }
  forEach(call, self) { for (const [name, value] of this) call.call(self, value, name, this); }
  *entries() {
    for (const name of [...this.#values.keys()].sort()) {
      if (name === 'set-cookie') for (const value of this.#values.get(name)) yield [name, value];
      else yield [name, this.get(name)];
    }
  }
  *keys() { for (const [name] of this) yield name; }
  *values() { for (const [, value] of this) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  get [Symbol.toStringTag]() { return 'Headers'; }
}

module.exports = { Headers };

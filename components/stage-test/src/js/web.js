// Globals that come from the web platform.
'use strict';

const { codes } = require('internal/errors');

class DOMException extends Error {
  #name;
  constructor(message = '', options = 'Error') {
    super(message, typeof options === 'object' && 'cause' in options ? { cause: options.cause } : undefined);
    this.#name = typeof options === 'string' ? options : options.name ?? 'Error';
  }
  get name() { return this.#name; }
  get code() { return { AbortError: 20, TimeoutError: 23, DataCloneError: 25, InvalidCharacterError: 5, NotFoundError: 8 }[this.#name] ?? 0; }
}

class Event {
  #stopped = false;
  constructor(type, options = {}) {
    this.type = String(type);
    this.cancelable = Boolean(options.cancelable);
    this.bubbles = Boolean(options.bubbles);
    this.composed = Boolean(options.composed);
    this.defaultPrevented = false;
    this.target = null;
    this.currentTarget = null;
    this.timeStamp = host.now();
  }
  preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
  stopPropagation() {}
  stopImmediatePropagation() { this.#stopped = true; }
  get [host.harness]() { return this.#stopped; }
}

class CustomEvent extends Event {
  constructor(type, options = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}

class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options = {}) {
    if (listener === null || listener === undefined) return;
    const settings = typeof options === 'boolean' ? {} : options;
    const list = this.#listeners.get(type) ?? [];
    if (list.some((known) => known.listener === listener)) return;
    this.#listeners.set(type, [...list, { listener, once: Boolean(settings.once) }]);
    settings.signal?.addEventListener('abort', () => this.removeEventListener(type, listener), { once: true });
  }
  removeEventListener(type, listener) {
    this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((known) => known.listener !== listener));
  }
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw new codes.ERR_INVALID_ARG_TYPE('event', 'an instance of Event', event);
    event.target = event.currentTarget = this;
    for (const { listener, once } of this.#listeners.get(event.type) ?? []) {
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
      if (event[host.harness]) break;
    }
    return !event.defaultPrevented;
  }
}

const make = Symbol('make');

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  constructor(key) {
    if (key !== make) throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    super();
    this.onabort = null;
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }
  [make](reason = new DOMException('This operation was aborted', 'AbortError')) {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const event = new Event('abort');
    this.onabort?.(event);
    this.dispatchEvent(event);
  }
  static abort(reason) { const signal = new AbortSignal(make); signal[make](reason); return signal; }
  static timeout(delay) {
    const signal = new AbortSignal(make);
    setTimeout(() => signal[make](new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay).unref();
    return signal;
  }
  static any(signals) {
    const any = new AbortSignal(make);
    for (const signal of signals) {
      if (signal.aborted) { any[make](signal.reason); break; }
      signal.addEventListener('abort', () => any[make](signal.reason), { once: true });
    }
    return any;
  }
}

class AbortController {
  #signal = new AbortSignal(make);
  get signal() { return this.#signal; }
  abort(reason) { this.#signal[make](reason); }
}

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return host.encode(String(text)); }
  encodeInto(text, target) {
    const bytes = host.encode(String(text));
    const fitting = bytes.subarray(0, target.length);
    target.set(fitting);
    return { read: text.length, written: fitting.length };
  }
}

class TextDecoder {
  #fatal;
  #keepMark;
  #rest = new Uint8Array(0);
  constructor(label = 'utf-8', options = {}) {
    const name = String(label).trim().toLowerCase();
    this.encoding = { 'utf8': 'utf-8', 'utf-8': 'utf-8', 'utf-16le': 'utf-16le', 'latin1': 'windows-1252', 'ascii': 'windows-1252', 'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252' }[name];
    if (this.encoding === undefined) throw Object.assign(new RangeError(`The "${label}" encoding is not supported`), { code: 'ERR_ENCODING_NOT_SUPPORTED' });
    this.#fatal = Boolean(options.fatal);
    this.#keepMark = Boolean(options.ignoreBOM);
  }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#keepMark; }
  decode(input, options = {}) {
    const view = input === undefined ? new Uint8Array(0) : ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input);
    if (this.encoding !== 'utf-8') return Buffer.from(view).toString(this.encoding === 'utf-16le' ? 'utf16le' : 'latin1');
    let bytes = new Uint8Array(this.#rest.length + view.length);
    bytes.set(this.#rest);
    bytes.set(view, this.#rest.length);
    this.#rest = new Uint8Array(0);
    if (options.stream) {
      const cut = incomplete(bytes);
      this.#rest = bytes.slice(bytes.length - cut);
      bytes = bytes.slice(0, bytes.length - cut);
    }
    return host.decode(bytes, this.#fatal, this.#keepMark);
  }
}

/** How many bytes at the end begin a character that isn't complete. */
function incomplete(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function structuredClone(value, options) {
  if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('The "value"');
  return clone(value, new Map(), options);
}

function clone(value, seen) {
  if (typeof value === 'symbol' || typeof value === 'function') {
    throw new DOMException(`${typeof value === 'symbol' ? String(value) : value.toString().slice(0, 60)} could not be cloned.`, 'DataCloneError');
  }
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => { seen.set(value, copy); return copy; };
  const kind = host.kindOf(value);
  switch (kind) {
    case 'Date': return keep(new Date(value.getTime()));
    case 'RegExp': return keep(new RegExp(value.source, value.flags));
    case 'ArrayBuffer': return keep(value.slice(0));
    case 'TypedArray': {
      const Type = globalThis[Object.prototype.toString.call(value).slice(8, -1)];
      return keep(new Type(clone(value.buffer, seen), value.byteOffset, value.length));
    }
    case 'DataView': return keep(new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength));
    case 'Map': { const copy = keep(new Map()); for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen)); return copy; }
    case 'Set': { const copy = keep(new Set()); for (const item of [...value]) copy.add(clone(item, seen)); return copy; }
    case 'Error': {
      const Types = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
      const copy = keep(new (Types[value.name] ?? Error)(value.message));
      if (value.stack !== undefined) copy.stack = value.stack;
      if (Object.hasOwn(value, 'cause')) Object.defineProperty(copy, 'cause', { configurable: true, writable: true, value: clone(value.cause, seen) });
      return copy;
    }
    case 'Promise': case 'WeakMap': case 'WeakSet': case 'Generator': case 'Proxy':
      throw new DOMException(`#<${kind}> could not be cloned.`, 'DataCloneError');
    default:
      if (kind.startsWith('Boxed')) return keep(Object(value.valueOf()));
  }
  const copy = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
  return copy;
}

function queueMicrotask(callback) {
  if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('callback', 'of type function', callback);
  Promise.resolve().then(() => { callback(); });
}

module.exports = { DOMException, Event, CustomEvent, EventTarget, AbortSignal, AbortController, TextEncoder, TextDecoder, structuredClone, queueMicrotask };

// node:buffer: the part that tests of libraries use
'use strict';

const { codes } = require('internal/errors');

const encodings = new Map([
  ['utf8', 'utf8'], ['utf-8', 'utf8'], ['hex', 'hex'], ['base64', 'base64'], ['base64url', 'base64url'],
  ['latin1', 'latin1'], ['binary', 'latin1'], ['ascii', 'ascii'], ['utf16le', 'utf16le'], ['utf-16le', 'utf16le'], ['ucs2', 'utf16le'], ['ucs-2', 'utf16le'],
]);

function encodingOf(name) {
  const encoding = encodings.get(String(name ?? 'utf8').toLowerCase());
  if (encoding === undefined) throw Object.assign(new TypeError(`Unknown encoding: ${name}`), { code: 'ERR_UNKNOWN_ENCODING' });
  return encoding;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function encode64(bytes, url) {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    out += alphabet[a >> 2] + alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)];
    out += b === undefined ? '=' : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)];
    out += c === undefined ? '=' : alphabet[c & 63];
  }
  return url ? out.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : out;
}

function decode64(text) {
  const clean = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=[^]*$/, '').replace(/[^A-Za-z0-9+/]/g, '');
  const out = [];
  let [bits, count] = [0, 0];
  for (const char of clean) {
    bits = ((bits << 6) | alphabet.indexOf(char)) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push((bits >> count) & 255);
    }
  }
  return out;
}

function bytesOf(text, name) {
  switch (encodingOf(name)) {
    case 'utf8': return host.encode(text);
    case 'hex': {
      const pairs = /^(?:[0-9a-f]{2})*/i.exec(text)[0];
      return Array.from({ length: pairs.length / 2 }, (_, at) => Number.parseInt(pairs.slice(2 * at, 2 * at + 2), 16));
    }
    case 'base64': case 'base64url': return decode64(text);
    case 'utf16le': return Array.from({ length: 2 * text.length }, (_, at) => (text.charCodeAt(at >> 1) >> (8 * (at & 1))) & 255);
    default: return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 255);
  }
}

class Buffer extends Uint8Array {
  static from(value, encoding, length) {
    if (typeof value === 'string') return Buffer.#own(bytesOf(value, encoding));
    if (value instanceof ArrayBuffer) return new Buffer(value, encoding, length);
    if (value !== null && typeof value === 'object') {
      if (value.type === 'Buffer' && Array.isArray(value.data)) return Buffer.#own(value.data);
      if (ArrayBuffer.isView(value) || Array.isArray(value) || typeof value.length === 'number') return Buffer.#own(Array.from(value, (byte) => byte & 255));
      const primitive = value.valueOf?.();
      if (primitive !== value && primitive != null) return Buffer.from(primitive, encoding, length);
    }
    throw new codes.ERR_INVALID_ARG_TYPE('first', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
  }
  static #own(bytes) {
    const buffer = new Buffer(bytes.length);
    buffer.set(bytes);
    return buffer;
  }
  static alloc(size, fill, encoding) {
    if (typeof size !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('size', 'of type number', size);
    const buffer = new Buffer(size);
    return fill === undefined ? buffer : buffer.fill(fill, 0, size, encoding);
  }
  static allocUnsafe(size) { return Buffer.alloc(size); }
  static allocUnsafeSlow(size) { return Buffer.alloc(size); }
  static isBuffer(value) { return value instanceof Buffer; }
  static isEncoding(name) { return typeof name === 'string' && encodings.has(name.toLowerCase()); }
  static byteLength(value, encoding) { return typeof value === 'string' ? bytesOf(value, encoding).length : value.byteLength; }
  static compare(a, b) {
    for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
    return Math.sign(a.length - b.length);
  }
  static concat(list, total = list.reduce((sum, part) => sum + part.length, 0)) {
    const buffer = Buffer.alloc(total);
    let at = 0;
    for (const part of list) {
      const fitting = part.subarray(0, Math.max(0, total - at));
      buffer.set(fitting, at);
      at += fitting.length;
    }
    return buffer;
  }

  toString(encoding, start = 0, end = this.length) {
    const part = start === 0 && end >= this.length ? this : this.subarray(start, end);
    switch (encodingOf(encoding)) {
      case 'utf8': return host.decode(part, false, true);
      case 'hex': return Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join('');
      case 'base64': return encode64(part, false);
      case 'base64url': return encode64(part, true);
      case 'utf16le': {
        let out = '';
        for (let at = 0; at + 1 < part.length; at += 2) out += String.fromCharCode(part[at] | (part[at + 1] << 8));
        return out;
      }
      case 'ascii': return Array.from(part, (byte) => String.fromCharCode(byte & 127)).join('');
      default: return Array.from(part, (byte) => String.fromCharCode(byte)).join('');
    }
  }
  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); }
  toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
  equals(other) { return this === other || Buffer.compare(this, other) === 0; }
  compare(other, start = 0, end = other.length, from = 0, to = this.length) { return Buffer.compare(this.subarray(from, to), other.subarray(start, end)); }
  slice(start, end) { return this.subarray(start, end); }
  copy(target, at = 0, start = 0, end = this.length) {
    const part = this.subarray(start, Math.min(end, start + target.length - at));
    target.set(part, at);
    return part.length;
  }
  write(text, offset = 0, length = this.length - offset, encoding = 'utf8') {
    if (typeof offset === 'string') [offset, length, encoding] = [0, this.length, offset];
    else if (typeof length === 'string') [length, encoding] = [this.length - offset, length];
    const bytes = Array.from(bytesOf(text, encoding)).slice(0, Math.min(length, this.length - offset));
    this.set(bytes, offset);
    return bytes.length;
  }
  fill(value, start = 0, end = this.length, encoding = 'utf8') {
    if (typeof value !== 'string' && !ArrayBuffer.isView(value)) return super.fill(Number(value) & 255, start, end);
    if (typeof start === 'string') [start, end, encoding] = [0, this.length, start];
    const bytes = typeof value === 'string' ? bytesOf(value, encoding) : value;
    if (bytes.length === 0) return super.fill(0, start, end);
    for (let at = start; at < end; at++) this[at] = bytes[(at - start) % bytes.length];
    return this;
  }
  indexOf(value, from = 0, encoding = 'utf8') {
    if (typeof value === 'number') return super.indexOf(value & 255, from);
    const bytes = typeof value === 'string' ? bytesOf(value, encoding) : value;
    for (let at = from < 0 ? Math.max(0, this.length + from) : from; at + bytes.length <= this.length; at++) {
      let same = 0;
      while (same < bytes.length && this[at + same] === bytes[same]) same++;
      if (same === bytes.length) return at;
    }
    return -1;
  }
  includes(value, from, encoding) { return this.indexOf(value, from, encoding) >= 0; }
  [Symbol.for('nodejs.util.inspect.custom')]() {
    const shown = Array.from(this.subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const more = this.length - 50;
    return `<Buffer${shown === '' ? '' : ` ${shown}`}${more > 0 ? ` ... ${more} more byte${more > 1 ? 's' : ''}` : ''}>`;
  }
  swap16() { for (let at = 0; at + 1 < this.length; at += 2) [this[at], this[at + 1]] = [this[at + 1], this[at]]; return this; }
}

// readUInt8, writeInt32LE and their like.
const kinds = [['UInt8', 'Uint8', 1], ['Int8', 'Int8', 1], ['UInt16', 'Uint16', 2], ['Int16', 'Int16', 2], ['UInt32', 'Uint32', 4], ['Int32', 'Int32', 4], ['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigUInt64', 'BigUint64', 8], ['BigInt64', 'BigInt64', 8]];
for (const [name, type, size] of kinds) {
  for (const end of size === 1 ? [''] : ['LE', 'BE']) {
    const view = (buffer, offset) => {
      if (offset < 0 || offset + size > buffer.length) throw new codes.ERR_OUT_OF_RANGE('offset', `>= 0 and <= ${buffer.length - size}`, offset);
      return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    };
    const define = (method, value) => {
      for (const alias of new Set([method, method.replace('UInt', 'Uint')])) {
        Object.defineProperty(Buffer.prototype, alias, { configurable: true, writable: true, enumerable: false, value });
      }
    };
    define(`read${name}${end}`, function (offset = 0) { return view(this, offset)[`get${type}`](offset, end === 'LE'); });
    define(`write${name}${end}`, function (value, offset = 0) { view(this, offset)[`set${type}`](offset, value, end === 'LE'); return offset + size; });
  }
}

Buffer.poolSize = 8192;

/** Buffers of old are made with or without `new`, of a size or of what `from` takes. */
const make = (args) => (typeof args[0] === 'number' ? Buffer.alloc(args[0]) : Buffer.from(...args));
const Callable = new Proxy(Buffer, {
  apply: (target, self, args) => make(args),
  construct: (target, args, newTarget) => {
    const known = args[0] instanceof ArrayBuffer || typeof args[0] === 'number' || newTarget !== Callable;
    return known ? Reflect.construct(target, args, newTarget) : make(args);
  },
});
Object.defineProperty(Buffer.prototype, 'constructor', { configurable: true, writable: true, enumerable: false, value: Callable });

class Blob {
  #bytes;
  constructor(parts = [], options = {}) {
    this.#bytes = Buffer.concat(parts.map((part) => (part instanceof Blob ? part.#bytes : Buffer.from(part))));
    this.type = options.type ?? '';
  }
  get size() { return this.#bytes.length; }
  async text() { return this.#bytes.toString(); }
  async arrayBuffer() { return new Uint8Array(this.#bytes).buffer; }
  slice(start, end, type = '') { return new Blob([this.#bytes.subarray(start, end)], { type }); }
}

function atob(text) {
  const clean = String(text).replace(/[\t\n\f\r ]/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || clean.replace(/=+$/, '').length % 4 === 1) {
    throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  }
  return Buffer.from(clean, 'base64').toString('latin1');
}

function btoa(text) {
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\xff]/.test(String(text))) throw new DOMException('Invalid character', 'InvalidCharacterError');
  return Buffer.from(String(text), 'latin1').toString('base64');
}

module.exports = { Buffer: Callable, SlowBuffer: Callable, Blob, atob, btoa, kMaxLength: 2 ** 31 - 1, constants: { MAX_LENGTH: 2 ** 31 - 1, MAX_STRING_LENGTH: 2 ** 29 - 24 } };

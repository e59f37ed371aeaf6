// node:crypto: hashes, and randomness that is the same at each run
'use strict';

const { codes } = require('internal/errors');

const names = new Map([
  ['md5', 'md5'], ['sha1', 'sha1'], ['sha-1', 'sha1'], ['sha224', 'sha224'], ['sha-224', 'sha224'], ['sha256', 'sha256'], ['sha-256', 'sha256'],
  ['sha384', 'sha384'], ['sha-384', 'sha384'], ['sha512', 'sha512'], ['sha-512', 'sha512'], ['sha512-256', 'sha512-256'], ['sha-512/256', 'sha512-256'],
]);

function algorithm(name) {
  if (typeof name !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('algorithm', 'of type string', name);
  const known = names.get(name.toLowerCase().replace(/^rsa-/, ''));
  if (known === undefined) throw Object.assign(new Error('Digest method not supported'), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
  return known;
}

function bytesOf(data, encoding, name = 'data') {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? undefined : encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new codes.ERR_INVALID_ARG_TYPE(name, 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

const shown = (bytes, encoding) => {
  const buffer = Buffer.from(bytes.buffer);
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding);
};

class Digest {
  #parts = [];
  #done = false;
  #finish;
  constructor(finish) { this.#finish = finish; }
  update(data, encoding) {
    if (this.#done) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#parts.push(Buffer.from(bytesOf(data, encoding)));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#done = true;
    return shown(this.#finish(Buffer.concat(this.#parts)), encoding);
  }
  copy() {
    const copy = new Digest(this.#finish);
    copy.#parts = [...this.#parts];
    return copy;
  }
  write(data, encoding) { this.update(data, encoding); return true; }
  end(data, encoding) { if (data !== undefined) this.update(data, encoding); return this; }
  read() { return this.digest(); }
}

function createHash(name) {
  const known = algorithm(name);
  return new Digest((bytes) => host.hash(known, bytes));
}

function createHmac(name, key) {
  const known = algorithm(name);
  const secret = bytesOf(key, 'utf8', 'key');
  return new Digest((bytes) => host.hmac(known, secret, bytes));
}

function timingSafeEqual(a, b) {
  const [left, right] = [bytesOf(a, undefined, 'buf1'), bytesOf(b, undefined, 'buf2')];
  if (left.length !== right.length) throw Object.assign(new RangeError('Input buffers must have the same byte length'), { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' });
  let difference = 0;
  for (let at = 0; at < left.length; at++) difference |= left[at] ^ right[at];
  return difference === 0;
}

const later = (callback, make) => {
  if (callback === undefined) return make();
  let answer;
  try {
    answer = [null, make()];
  } catch (error) {
    answer = [error];
  }
  setImmediate(callback, ...answer);
  return undefined;
};

function randomBytes(size, callback) {
  if (typeof size !== 'number') throw new codes.ERR_INVALID_ARG_TYPE('size', 'of type number', size);
  if (!(size >= 0 && size < 2 ** 31)) throw new codes.ERR_OUT_OF_RANGE('size', '>= 0 && <= 2147483647', size);
  return later(callback, () => Buffer.from(host.randomBytes(size).buffer));
}

function fill(view, offset = 0, size = view.byteLength - offset) {
  new Uint8Array(view.buffer, view.byteOffset + offset, size).set(host.randomBytes(size));
  return view;
}

function randomInt(...args) {
  const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
  const [low, high] = args.length > 1 ? args : [0, args[0]];
  if (!Number.isSafeInteger(low)) throw new codes.ERR_INVALID_ARG_TYPE('min', 'a safe integer', low);
  if (!Number.isSafeInteger(high)) throw new codes.ERR_INVALID_ARG_TYPE('max', 'a safe integer', high);
  if (high <= low) throw new codes.ERR_OUT_OF_RANGE('max', `greater than the value of "min" (${low})`, high);
  return later(callback, () => low + Math.floor(host.random() * (high - low)));
}

function randomUUID() {
  const bytes = host.randomBytes(16);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Buffer.from(bytes.buffer).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

class CryptoKey {}

const subtle = new Proxy({
  async digest(name, data) { return host.hash(algorithm(typeof name === 'object' ? name.name : name), bytesOf(data)).buffer; },
}, {
  get: (target, name) => target[name] ?? (typeof name === 'string' ? () => { throw new codes.ERR_NOT_SUPPORTED(`crypto.subtle.${name}()`); } : undefined),
});

/** So many bytes may be asked for at once, as in browsers. */
const MAX_RANDOM_BYTES = 65_536;

class Crypto {
  get subtle() { return subtle; }
  getRandomValues(view) {
    if (!ArrayBuffer.isView(view) || view instanceof DataView || /Float/.test(view.constructor.name)) throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    if (view.byteLength > MAX_RANDOM_BYTES) throw new DOMException(`The requested length exceeds ${MAX_RANDOM_BYTES} bytes`, 'QuotaExceededError');
    return fill(view);
  }
  randomUUID() { return randomUUID(); }
}
const webcrypto = new Crypto();

const missing = {};
for (const name of ['createCipheriv', 'createDecipheriv', 'createSign', 'createVerify', 'createDiffieHellman', 'createECDH', 'createPrivateKey', 'createPublicKey',
  'createSecretKey', 'generateKeyPair', 'generateKeyPairSync', 'hkdf', 'hkdfSync', 'pbkdf2', 'pbkdf2Sync', 'scrypt', 'scryptSync', 'sign', 'verify', 'publicEncrypt', 'privateDecrypt']) {
  missing[name] = () => { throw new codes.ERR_NOT_SUPPORTED(`crypto.${name}()`); };
}

module.exports = {
  createHash, createHmac, timingSafeEqual, randomBytes, randomInt, randomUUID, Crypto, CryptoKey, webcrypto, subtle, ...missing,
  pseudoRandomBytes: randomBytes, rng: randomBytes,
  randomFillSync: (view, offset, size) => fill(view, offset, size),
  randomFill: (view, ...rest) => {
    const callback = rest.pop();
    later(callback, () => fill(view, ...rest));
  },
  getRandomValues: (view) => webcrypto.getRandomValues(view),
  hash: (name, data, encoding = 'hex') => createHash(name).update(data).digest(encoding),
  getHashes: () => ['RSA-MD5', 'RSA-SHA1', 'RSA-SHA224', 'RSA-SHA256', 'RSA-SHA384', 'RSA-SHA512', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512-256'],
  getCiphers: () => [],
  constants: {},
};

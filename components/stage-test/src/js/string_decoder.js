// node:string_decoder: characters that are split between chunks
'use strict';

/** How many of the last bytes belong to a character that is not complete. */
function incomplete(bytes, encoding) {
  if (encoding === 'utf16le' || encoding === 'ucs2' || encoding === 'utf-16le' || encoding === 'ucs-2') {
    const odd = bytes.length % 2;
    const last = bytes[bytes.length - odd - 1];
    return odd + (last >= 0xd8 && last <= 0xdb ? 2 : 0);
  }
  if (encoding === 'base64' || encoding === 'base64url') return bytes.length % 3;
  if (encoding !== 'utf8' && encoding !== 'utf-8') return 0;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
    return wanted > back ? back : 0;
  }
  return 0;
}

function StringDecoder(encoding = 'utf8') {
  const name = String(encoding).toLowerCase();
  if (!Buffer.isEncoding(name)) throw Object.assign(new TypeError(`Unknown encoding: ${encoding}`), { code: 'ERR_UNKNOWN_ENCODING' });
  this.encoding = name === 'utf-8' ? 'utf8' : name;
  Object.defineProperty(this, 'held', { value: Buffer.alloc(0), writable: true, enumerable: false });
}
StringDecoder.prototype.write = function write(chunk) {
  if (typeof chunk === 'string') return chunk;
  const bytes = Buffer.concat([this.held, Buffer.from(chunk)]);
  const left = incomplete(bytes, this.encoding);
  this.held = bytes.subarray(bytes.length - left);
  return bytes.toString(this.encoding, 0, bytes.length - left);
};
StringDecoder.prototype.end = function end(chunk) {
  const text = (chunk === undefined ? '' : this.write(chunk)) + this.held.toString(this.encoding);
  this.held = Buffer.alloc(0);
  return text;
};

module.exports = { StringDecoder };

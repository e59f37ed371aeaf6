// node:string_decoder
'use strict';

class StringDecoder {
  #decoder;
  constructor(encoding = 'utf8') {
    this.encoding = encoding;
    this.#decoder = /^utf-?8$/i.test(encoding) ? new TextDecoder('utf-8', { ignoreBOM: true }) : null;
  }
  write(bytes) { return this.#decoder === null ? Buffer.from(bytes).toString(this.encoding) : this.#decoder.decode(bytes, { stream: true }); }
  end(bytes) { return (bytes === undefined ? '' : this.write(bytes)) + (this.#decoder?.decode() ?? ''); }
}

module.exports = { StringDecoder };

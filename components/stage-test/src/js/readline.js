// node:readline: the lines of a stream
'use strict';

const EventEmitter = require('events');
const { codes } = require('internal/errors');

class Interface extends EventEmitter {
  #rest = '';
  #lines = [];
  #waiting = null;
  #ended = false;
  constructor({ input, output }) {
    super();
    Object.assign(this, { input, output, terminal: false });
    if (typeof input?.on !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('input', 'an instance of Readable', input);
    input.on('data', (chunk) => {
      const parts = (this.#rest + chunk.toString()).split(/\r?\n/);
      this.#rest = parts.pop();
      for (const line of parts) this.#line(line);
    });
    input.on('end', () => {
      if (this.#rest !== '') this.#line(this.#rest);
      this.close();
    });
  }
  #line(line) {
    this.#lines.push(line);
    this.emit('line', line);
    this.#waiting?.();
  }
  question(text, options, callback = options) {
    this.output?.write(text);
    this.once('line', callback);
  }
  close() {
    if (this.#ended) return;
    this.#ended = true;
    this.emit('close');
    this.#waiting?.();
  }
  pause() { return this; }
  resume() { return this; }
  setPrompt() {}
  prompt() {}
  write() {}
  async *[Symbol.asyncIterator]() {
    for (;;) {
      if (this.#lines.length > 0) yield this.#lines.shift();
      else if (this.#ended) return;
      else await new Promise((resolve) => { this.#waiting = resolve; });
    }
  }
}

const createInterface = (options, output) => new Interface(typeof options?.on === 'function' ? { input: options, output } : options);

module.exports = {
  Interface, createInterface,
  clearLine: () => true, clearScreenDown: () => true, cursorTo: () => true, moveCursor: () => true, emitKeypressEvents() {},
  promises: { Interface, createInterface },
};

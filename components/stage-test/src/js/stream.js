// node:stream: the part that libraries without I/O of their own use
'use strict';

const EventEmitter = require('events');
const { codes } = require('internal/errors');

const HIGH_WATER_BYTES = 16_384;
const HIGH_WATER_OBJECTS = 16;

class Stream extends EventEmitter {
  pipe(target) {
    this.on('data', (chunk) => target.write(chunk));
    this.on('end', () => target.end());
    return target;
  }
}

function destroyOf(stream, error) {
  if (stream.destroyed) return stream;
  stream.destroyed = true;
  const done = (failure) => {
    const final = failure ?? error;
    process.nextTick(() => {
      if (final) {
        stream.errored = final;
        stream.emit('error', final);
      }
      stream.closed = true;
      stream.emit('close');
    });
  };
  if (typeof stream._destroy === 'function') stream._destroy(error ?? null, done);
  else done();
  return stream;
}

class Readable extends Stream {
  constructor(options = {}) {
    super();
    initReadable(this, options);
  }
  _read() { throw Object.assign(new Error('The _read() method is not implemented'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' }); }
  get readableFlowing() { return this._readable.flowing; }
  get readableLength() { return this._readable.chunks.length; }
  get readableEnded() { return this._readable.emitted; }
  get readableObjectMode() { return this._readable.objects; }
  get readableHighWaterMark() { return this._readable.mark; }
  get readable() { return !this._readable.emitted && !this.destroyed; }
  setEncoding(encoding) {
    this._readable.decoder = new (require('string_decoder').StringDecoder)(encoding);
    return this;
  }
  push(chunk, encoding) {
    const state = this._readable;
    if (chunk === null) {
      state.ended = true;
      const rest = state.decoder?.end();
      if (rest) state.chunks.push(rest);
    } else {
      if (state.ended) {
        destroyOf(this, Object.assign(new Error('stream.push() after EOF'), { code: 'ERR_STREAM_PUSH_AFTER_EOF' }));
        return false;
      }
      let value = chunk;
      if (!state.objects) {
        if (typeof value === 'string') value = Buffer.from(value, encoding);
        else if (!(value instanceof Uint8Array)) throw new codes.ERR_INVALID_ARG_TYPE('chunk', 'of type string or an instance of Buffer or Uint8Array', chunk);
        if (state.decoder) value = state.decoder.write(value);
      }
      if (state.objects || value.length > 0) state.chunks.push(value);
    }
    state.reading = false;
    schedule(this);
    return size(state) < state.mark;
  }
  unshift(chunk) { this._readable.chunks.unshift(chunk); schedule(this); }
  read(count) {
    const state = this._readable;
    if (state.chunks.length === 0) {
      fill(this);
      if (state.chunks.length === 0) return null;
    }
    let chunk;
    if (state.objects || count === undefined) {
      chunk = state.objects || state.chunks.length === 1 ? state.chunks.shift() : join(state.chunks.splice(0));
    } else {
      const all = join(state.chunks.splice(0));
      chunk = all.slice(0, count);
      if (count < all.length) state.chunks.push(all.slice(count));
    }
    schedule(this);
    return chunk;
  }
  on(event, listener) {
    super.on(event, listener);
    if (event === 'data' && this._readable.flowing !== false) this.resume();
    if (event === 'readable') { this._readable.watched = true; schedule(this); }
    return this;
  }
  addListener(event, listener) { return this.on(event, listener); }
  resume() { this._readable.flowing = true; schedule(this); return this; }
  pause() { this._readable.flowing = false; return this; }
  isPaused() { return this._readable.flowing === false; }
  pipe(target, options = {}) {
    this.on('data', (chunk) => {
      if (target.write(chunk) === false) {
        this.pause();
        target.once('drain', () => this.resume());
      }
    });
    if (options.end !== false) this.once('end', () => target.end());
    target.emit('pipe', this);
    return target;
  }
  unpipe() { this.removeAllListeners('data'); return this; }
  destroy(error) { return destroyOf(this, error); }
  async *[Symbol.asyncIterator]() {
    const state = this._readable;
    try {
      for (;;) {
        if (this.errored) throw this.errored;
        const chunk = state.chunks.length > 0 ? state.chunks.shift() : undefined;
        if (chunk !== undefined) yield chunk;
        else if (state.ended) { state.emitted = true; return; }
        else if (this.destroyed) return;
        else await next(this);
      }
    } finally {
      this.destroy();
    }
  }
  async toArray() {
    const out = [];
    for await (const chunk of this) out.push(chunk);
    return out;
  }
  static from(source, options = {}) {
    const iterator = typeof source === 'string' || source instanceof Uint8Array ? [source][Symbol.iterator]() : (source[Symbol.asyncIterator] ?? source[Symbol.iterator]).call(source);
    const stream = new Readable({ objectMode: true, ...options, read() {} });
    stream._read = () => {
      Promise.resolve(iterator.next()).then(async ({ value, done }) => stream.push(done ? null : await value)).catch((error) => destroyOf(stream, error));
    };
    return stream;
  }
}

function initReadable(stream, options) {
  const objects = Boolean(options.objectMode || options.readableObjectMode);
  stream.destroyed ??= false;
  stream._readable = {
    chunks: [], ended: false, emitted: false, flowing: null, reading: false, scheduled: false, watched: false, objects,
    mark: options.readableHighWaterMark ?? options.highWaterMark ?? (objects ? HIGH_WATER_OBJECTS : HIGH_WATER_BYTES), decoder: null,
  };
  if (options.encoding) Readable.prototype.setEncoding.call(stream, options.encoding);
  if (typeof options.read === 'function') stream._read = options.read;
  if (typeof options.destroy === 'function') stream._destroy = options.destroy;
}

const size = (state) => (state.objects ? state.chunks.length : state.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
const join = (chunks) => (chunks.length === 0 ? null : typeof chunks[0] === 'string' ? chunks.join('') : Buffer.concat(chunks));

function fill(stream) {
  const state = stream._readable;
  if (state.reading || state.ended || stream.destroyed || size(state) >= state.mark) return;
  state.reading = true;
  try {
    stream._read(state.mark);
  } catch (error) {
    destroyOf(stream, error);
  }
}

/** Waits for a chunk, the end, or an error. */
function next(stream) {
  return new Promise((resolve, reject) => {
    const state = stream._readable;
    state.waiting = () => { stream.removeListener('error', reject); resolve(); };
    stream.once('error', reject);
    stream.once('close', resolve);
    fill(stream);
    if (state.chunks.length > 0 || state.ended) state.waiting();
  });
}

function schedule(stream) {
  const state = stream._readable;
  if (state.waiting !== undefined && (state.chunks.length > 0 || state.ended)) {
    const { waiting } = state;
    state.waiting = undefined;
    waiting();
    return;
  }
  if (state.scheduled) return;
  state.scheduled = true;
  process.nextTick(() => {
    state.scheduled = false;
    flow(stream);
  });
}

function flow(stream) {
  const state = stream._readable;
  if (stream.destroyed) return;
  while (state.flowing && state.chunks.length > 0 && !stream.destroyed) stream.emit('data', state.chunks.shift());
  if (state.watched && (state.chunks.length > 0 || state.ended) && !state.emitted) stream.emit('readable');
  if (state.ended && state.chunks.length === 0 && !state.emitted && (state.flowing || state.watched)) {
    state.emitted = true;
    stream.emit('end');
    if (!(stream._writable && !stream._writable.finished)) destroyOf(stream);
    return;
  }
  if (state.flowing || state.watched) fill(stream);
}

function initWritable(stream, options) {
  const objects = Boolean(options.objectMode || options.writableObjectMode);
  stream.destroyed ??= false;
  stream._writable = {
    queue: [], busy: false, ending: false, finished: false, needDrain: false, objects, corked: 0,
    mark: options.writableHighWaterMark ?? options.highWaterMark ?? (objects ? HIGH_WATER_OBJECTS : HIGH_WATER_BYTES),
    decode: options.decodeStrings !== false, length: 0,
  };
  for (const name of ['write', 'writev', 'final', 'destroy']) if (typeof options[name] === 'function') stream[`_${name}`] = options[name];
}

const writable = {
  write(chunk, encoding, callback) {
    const state = this._writable;
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    if (chunk === null) throw Object.assign(new TypeError('May not write null values to stream'), { code: 'ERR_STREAM_NULL_VALUES' });
    if (state.ending) {
      const error = Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' });
      process.nextTick(() => callback?.(error));
      destroyOf(this, error);
      return false;
    }
    let value = chunk;
    if (!state.objects) {
      if (typeof value === 'string') { if (state.decode) [value, encoding] = [Buffer.from(value, encoding), 'buffer']; }
      else if (value instanceof Uint8Array) encoding = 'buffer';
      else throw new codes.ERR_INVALID_ARG_TYPE('chunk', 'of type string or an instance of Buffer, TypedArray, or DataView', chunk);
    }
    state.length += state.objects ? 1 : value.length;
    state.queue.push([value, encoding ?? 'utf8', callback]);
    const fits = state.length < state.mark;
    if (!fits) state.needDrain = true;
    work(this);
    return fits;
  },
  end(chunk, encoding, callback) {
    if (typeof chunk === 'function') [chunk, encoding, callback] = [undefined, undefined, chunk];
    else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding];
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    if (callback !== undefined) this.once('finish', callback);
    this._writable.ending = true;
    work(this);
    return this;
  },
  cork() { this._writable.corked++; },
  uncork() { this._writable.corked--; work(this); },
  setDefaultEncoding() { return this; },
};

function work(stream) {
  const state = stream._writable;
  if (state.busy || state.corked > 0 || stream.destroyed) return;
  const first = state.queue.shift();
  if (first === undefined) {
    if (state.ending && !state.finished) finish(stream);
    return;
  }
  state.busy = true;
  const [chunk, encoding, callback] = first;
  let sync = true;
  const done = (error) => {
    const after = () => {
      state.busy = false;
      state.length -= state.objects ? 1 : chunk.length;
      if (error) {
        callback?.(error);
        destroyOf(stream, error);
        return;
      }
      callback?.(null);
      if (state.needDrain && state.queue.length === 0 && !state.ending) {
        state.needDrain = false;
        stream.emit('drain');
      }
      work(stream);
    };
    if (sync) process.nextTick(after);
    else after();
  };
  try {
    stream._write(chunk, encoding, done);
  } catch (error) {
    sync = false;
    destroyOf(stream, error);
  }
  sync = false;
}

function finish(stream) {
  const state = stream._writable;
  state.finished = true;
  const done = (error) => {
    if (error) { destroyOf(stream, error); return; }
    process.nextTick(() => {
      stream.emit('prefinish');
      stream.emit('finish');
      if (!stream._readable || stream._readable.emitted) destroyOf(stream);
    });
  };
  if (typeof stream._final === 'function') stream._final(done);
  else done();
}

const writableGetters = {
  writable() { return !this._writable.ending && !this.destroyed; },
  writableEnded() { return this._writable.ending; },
  writableFinished() { return this._writable.finished; },
  writableLength() { return this._writable.length; },
  writableNeedDrain() { return this._writable.needDrain; },
  writableObjectMode() { return this._writable.objects; },
  writableHighWaterMark() { return this._writable.mark; },
};

function makeWritable(prototype) {
  for (const [name, value] of Object.entries(writable)) Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  for (const [name, get] of Object.entries(writableGetters)) Object.defineProperty(prototype, name, { configurable: true, get });
}

class Writable extends Stream {
  constructor(options = {}) {
    super();
    initWritable(this, options);
  }
  _write(chunk, encoding, callback) {
    if (typeof this._writev === 'function') this._writev([{ chunk, encoding }], callback);
    else throw Object.assign(new Error('The _write() method is not implemented'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
  }
  destroy(error) { return destroyOf(this, error); }
}
makeWritable(Writable.prototype);

class Duplex extends Readable {
  constructor(options = {}) {
    super(options);
    initWritable(this, options);
    this.allowHalfOpen = options.allowHalfOpen !== false;
  }
  _write(chunk, encoding, callback) { Writable.prototype._write.call(this, chunk, encoding, callback); }
}
makeWritable(Duplex.prototype);

class Transform extends Duplex {
  constructor(options = {}) {
    super(options);
    if (typeof options.transform === 'function') this._transform = options.transform;
    if (typeof options.flush === 'function') this._flush = options.flush;
  }
  _read() {
    const { held } = this;
    this.held = undefined;
    held?.();
  }
  _write(chunk, encoding, callback) {
    this._transform(chunk, encoding, (error, value) => {
      if (error) { callback(error); return; }
      const more = value === undefined || value === null ? true : this.push(value);
      if (more || this._readable.flowing === null) callback();
      else this.held = callback;
    });
  }
  _transform() { throw Object.assign(new Error('The _transform() method is not implemented'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' }); }
  _final(callback) {
    const done = (error, value) => {
      if (error) { callback(error); return; }
      if (value !== undefined && value !== null) this.push(value);
      this.push(null);
      callback();
    };
    if (typeof this._flush === 'function') this._flush(done);
    else done();
  }
}

class PassThrough extends Transform {
  _transform(chunk, encoding, callback) { callback(null, chunk); }
}

/** Calls back when a stream is at its end, or failed. */
function finished(stream, options, callback = options) {
  let called = false;
  const done = (error) => {
    if (called) return;
    called = true;
    callback(error);
  };
  const ended = () => {
    const reads = stream._readable === undefined || stream._readable.emitted;
    const writes = stream._writable === undefined || stream._writable.finished;
    if (reads && writes) done();
  };
  for (const event of ['end', 'finish']) stream.on(event, () => process.nextTick(ended));
  stream.on('error', done);
  stream.on('close', () => {
    ended();
    done(Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
  });
  return () => { called = true; };
}

const isStream = (value) => typeof value?.on === 'function';

function pipeline(...parts) {
  const callback = typeof parts.at(-1) === 'function' && parts.length > 2 && !isStream(parts.at(-1)) && parts.at(-1).constructor.name !== 'AsyncGeneratorFunction' ? parts.pop() : () => {};
  const steps = (Array.isArray(parts[0]) ? parts[0] : parts).slice();
  let from = steps.shift();
  if (typeof from === 'function') from = from();
  if (!isStream(from)) from = Readable.from(from);
  const all = [from];
  let last = from;
  for (const step of steps) {
    const target = isStream(step) ? step : Readable.from(step(last));
    if (isStream(step)) last.pipe(target);
    all.push(target);
    last = target;
  }
  let called = false;
  const done = (error) => {
    if (called) return;
    called = true;
    if (error) for (const stream of all) stream.destroy();
    callback(error);
  };
  for (const stream of all.slice(0, -1)) stream.on('error', done);
  finished(last, done);
  return last;
}

const promises = {
  finished: (stream) => new Promise((resolve, reject) => { finished(stream, (error) => (error ? reject(error) : resolve())); }),
  pipeline: (...parts) => new Promise((resolve, reject) => { pipeline(...parts, (error) => (error ? reject(error) : resolve())); }),
};

// Libraries of old call the constructors without `new`, on objects of their own.
function callable(Class, init) {
  const fn = function (...args) {
    if (new.target !== undefined) return Reflect.construct(Class, args, new.target === fn ? Class : new.target);
    if (!(this instanceof Class)) return new Class(...args);
    EventEmitter.call(this);
    init(this, args[0] ?? {});
    return undefined;
  };
  Object.setPrototypeOf(fn, Class);
  fn.prototype = Class.prototype;
  Object.defineProperty(fn, 'name', { value: Class.name });
  Object.defineProperty(Class.prototype, 'constructor', { configurable: true, writable: true, value: fn });
  return fn;
}
const both = (stream, options) => { initReadable(stream, options); initWritable(stream, options); };
const made = {
  Stream: callable(Stream, () => {}),
  Readable: callable(Readable, initReadable), Writable: callable(Writable, initWritable), Duplex: callable(Duplex, both),
  Transform: callable(Transform, (stream, options) => {
    both(stream, options);
    for (const name of ['transform', 'flush']) if (typeof options[name] === 'function') stream[`_${name}`] = options[name];
  }),
  PassThrough: callable(PassThrough, both),
};

module.exports = Object.assign(made.Stream, made, { pipeline, finished, promises, isReadable: (stream) => stream?._readable !== undefined, addAbortSignal: (signal, stream) => stream });

// The first script of every context: makes the globals that Node has, and answers what the runner calls.
// `host` has the functions that only Rust can give.
(function bootstrap(host) {
  'use strict';

  host.harness = Symbol('harness');
  const cache = new Map();

  /** A module of Node's by its name without `node:`. */
  function builtin(name) {
    const known = cache.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    cache.set(name, module);
    host.compileBuiltin(name).call(module.exports, module.exports, builtin, module, host);
    return module.exports;
  }

  /**
   * Defines a global that is only made when it is first used. It stays an accessor: the engine caches whether a
   * global is one.
   */
  function lazy(name, make) {
    let made = false;
    let value;
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get() {
        if (!made) {
          value = make();
          made = true;
        }
        return value;
      },
      set(next) {
        value = next;
        made = true;
      },
    });
  }

  const from = (module, ...names) => {
    for (const name of names) lazy(name, () => builtin(module)[name]);
  };

  Object.defineProperty(globalThis, 'global', { configurable: true, writable: true, value: globalThis });
  lazy('console', () => builtin('console'));
  lazy('process', () => builtin('process'));
  from('buffer', 'Buffer', 'atob', 'btoa', 'Blob');
  from('url', 'URL', 'URLSearchParams');
  from('timers', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate');
  from('perf_hooks', 'performance');
  from('crypto', 'Crypto', 'CryptoKey');
  lazy('crypto', () => builtin('crypto').webcrypto);
  from('internal/web', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'CustomEvent', 'DOMException',
    'TextEncoder', 'TextDecoder', 'structuredClone', 'queueMicrotask');
  from('internal/headers', 'Headers');
  Math.random = Object.defineProperty(() => host.random(), 'name', { value: 'random' });

  // What tests find without importing it.
  const { globals } = host.facts();
  if (globals !== 'none') {
    for (const name of host.globalsOf(globals)) lazy(name, () => builtin(`internal/${globals}`)[name]);
  }

  /** Frames of the constructors by which an error was made are left out, as V8 does. */
  function withoutConstructors(frames, error) {
    const { name } = error.constructor ?? {};
    if (typeof name !== 'string' || name === '' || !Object.hasOwn(error.constructor, 'prototype')) return frames;
    const lines = frames.split('\n');
    const at = lines.slice(0, 4).findLastIndex((line) => line.trim().startsWith(`at ${name} (`));
    return lines.slice(at + 1).join('\n');
  }

  // The engine puts a backslash before every slash of a pattern, also where one is, and in classes.
  const source = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source');
  Object.defineProperty(RegExp.prototype, 'source', {
    configurable: true,
    get() {
      const text = source.get.call(this);
      if (!text.includes('/')) return text;
      let inClass = false;
      return text.replaceAll('\\/', '/').replace(/\\[^]|[[\]/]/g, (part) => {
        if (part === '[') inClass = true;
        else if (part === ']') inClass = false;
        return part === '/' && !inClass ? '\\/' : part;
      });
    },
  });

  builtin('internal/locale').install();

  // As in V8, a stack begins with the error's name and message, and frames stand where the source has them.
  const stack = Object.getOwnPropertyDescriptor(Error.prototype, 'stack');
  Object.defineProperty(Error.prototype, 'stack', {
    configurable: true,
    get() {
      const frames = stack.get.call(this);
      if (frames === undefined) return undefined;
      let head;
      try {
        head = Error.prototype.toString.call(this);
      } catch {
        head = 'Error';
      }
      return `${head}\n${withoutConstructors(host.mapStack(frames), this)}`.trimEnd();
    },
    set(value) {
      Object.defineProperty(this, 'stack', { configurable: true, writable: true, enumerable: false, value });
    },
  });
  Error.captureStackTrace ??= function captureStackTrace(object) {
    const { stack } = new Error();
    Object.defineProperty(object, 'stack', { configurable: true, writable: true, enumerable: false, value: stack });
  };
  Error.stackTraceLimit ??= 10;

  const modules = builtin('internal/modules');

  return {
    builtin,
    /** Runs a CommonJS file as the main module. */
    runMain: (path) => modules.runMain(path),
    /** Gives the exports of a CommonJS file that an ES module imports. */
    requireFile: (path) => modules.requireFile(path),
    /** Whether every test that was registered has ended. */
    isDone: () => !cache.has('test') || builtin('test')[host.harness].isDone(),
    /** An error that nothing caught: fails the test in whose context it happened. Answers whether there is one. */
    uncaught: (error, kind) => {
      const process = cache.get('process');
      const event = kind === 'rejection' ? 'unhandledRejection' : 'uncaughtException';
      if (process !== undefined && process.exports.listenerCount(event) > 0) {
        process.exports.emit(event, error, kind === 'rejection' ? Promise.resolve() : 'uncaughtException');
        return true;
      }
      return cache.has('test') && builtin('test')[host.harness].uncaught(error, kind);
    },
    /** Nothing is left to run: fails the tests that wait. Answers whether there were any. */
    unstick: (why) => cache.has('test') && builtin('test')[host.harness].unstick(why),
    /** Nothing is left to run: ends the tests that still wait, and runs the last hooks. */
    finish: (why) => {
      if (cache.has('test')) builtin('test')[host.harness].finish(why);
    },
    /** What stands for a module, if a test mocks it. */
    mocked: (place) => modules.mocked(place),
    /** Writes snapshots, where it is asked for. */
    saveSnapshots: () => { if (cache.has('internal/snapshots')) builtin('internal/snapshots').save(); },
    /** Emits the events of the process's end, and answers its exit code. */
    exitCode: () => {
      const process = cache.get('process');
      return process === undefined ? 0 : process.exports[host.harness]();
    },
    /** An error as text for the report. */
    describe: (error) => JSON.stringify(builtin('internal/errors').describe(error)),
  };
})

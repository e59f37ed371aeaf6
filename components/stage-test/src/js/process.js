// node:process
'use strict';

const EventEmitter = require('events');

const facts = host.facts();
const started = host.now();

const process = Object.assign(Object.create(EventEmitter.prototype), {
  title: 'node',
  version: facts.version,
  versions: { node: facts.version.slice(1), ropewalk: facts.stage },
  platform: 'linux',
  arch: 'wasm32',
  release: { name: 'node' },
  pid: 1,
  ppid: 0,
  execPath: '/usr/bin/node',
  execArgv: [],
  argv: ['/usr/bin/node', facts.main],
  argv0: 'node',
  env: facts.env,
  exitCode: undefined,
  features: {},
  config: {},
  cwd: () => facts.cwd,
  umask: () => 0o22,
  uptime: () => (host.now() - started) / 1000,
  nextTick: (callback, ...args) => {
    if (typeof callback !== 'function') {
      const { codes } = require('internal/errors');
      throw new codes.ERR_INVALID_ARG_TYPE('callback', 'of type function', callback);
    }
    host.addTick(callback, args);
  },
  hrtime: Object.assign((since) => {
    const now = Math.round(host.now() * 1e6);
    const time = [Math.floor(now / 1e9), now % 1e9];
    if (since === undefined) return time;
    let [seconds, nanos] = [time[0] - since[0], time[1] - since[1]];
    if (nanos < 0) { seconds -= 1; nanos += 1e9; }
    return [seconds, nanos];
  }, { bigint: () => BigInt(Math.round(host.now() * 1e6)) }),
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  emitWarning: (warning) => {
    const text = warning instanceof Error ? `${warning.name}: ${warning.message}` : `Warning: ${warning}`;
    host.print(`(node:1) ${text}\n`, true);
  },
  exit: (code) => {
    if (code !== undefined) process.exitCode = code;
    emitExit();
    host.exit(Number(process.exitCode ?? 0));
  },
  abort: () => host.exit(134),
  stdout: stream(false),
  stderr: stream(true),
  stdin: { isTTY: false, fd: 0 },
  binding: () => { throw new Error('No such module'); },
});
EventEmitter.call(process);

function stream(isError) {
  return {
    isTTY: false, columns: 80, fd: isError ? 2 : 1, writable: true,
    write: (text, encoding, callback) => {
      host.print(typeof text === 'string' ? text : Buffer.from(text).toString(), isError);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done !== undefined) host.addTick(done, []);
      return true;
    },
    on() { return this; }, once() { return this; }, end() {}, getColorDepth: () => 1, hasColors: () => false,
  };
}

let exited = false;
function emitExit() {
  if (exited) return;
  exited = true;
  process.emit('exit', Number(process.exitCode ?? 0));
}

Object.defineProperty(process, host.harness, {
  enumerable: false,
  value: () => {
    emitExit();
    return Number(process.exitCode ?? 0);
  },
});

module.exports = process;

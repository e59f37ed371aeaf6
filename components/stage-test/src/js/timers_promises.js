// node:timers/promises
'use strict';

const timers = require('timers');

function abortable(signal, start, stop) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const handle = start(resolve);
    signal?.addEventListener('abort', () => { stop(handle); reject(aborted(signal)); }, { once: true });
  });
}

function aborted(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

function setTimeout(delay, value, options = {}) {
  return abortable(options.signal, (resolve) => {
    const timer = timers.setTimeout(() => resolve(value), delay);
    if (options.ref === false) timer.unref();
    return timer;
  }, timers.clearTimeout);
}

function setImmediate(value, options = {}) {
  return abortable(options.signal, (resolve) => timers.setImmediate(() => resolve(value)), timers.clearImmediate);
}

async function* setInterval(delay, value, options = {}) {
  for (;;) yield await setTimeout(delay, value, options);
}

module.exports = {
  setTimeout, setImmediate, setInterval,
  scheduler: { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() },
};

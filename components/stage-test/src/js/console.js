// node:console
'use strict';

const counts = new Map();
const times = new Map();
let indent = '';

function write(args, isError) {
  const first = args[0];
  let text = args.length === 1 && typeof first === 'string' ? first : require('util').format(...args);
  if (indent !== '') text = indent + text.replaceAll('\n', `\n${indent}`);
  host.print(`${text}\n`, isError);
}

const out = (...args) => write(args, false);
const err = (...args) => write(args, true);

function table(data, columns) {
  if (data === null || typeof data !== 'object') return out(data);
  const { inspect } = require('util');
  const rows = data instanceof Map ? [...data] : Object.entries(data);
  const names = [];
  for (const [, row] of rows) {
    if (row !== null && typeof row === 'object') {
      for (const name of columns ?? Object.keys(row)) if (!names.includes(name)) names.push(name);
    }
  }
  const values = rows.some(([, row]) => row === null || typeof row !== 'object');
  const head = ['(index)', ...names, ...(values ? ['Values'] : [])];
  const cells = rows.map(([key, row]) => {
    const isObject = row !== null && typeof row === 'object';
    return [String(key), ...names.map((name) => (isObject && name in row ? inspect(row[name], { depth: 0 }) : '')),
      ...(values ? [isObject ? '' : inspect(row)] : [])];
  });
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at].length)) + 2);
  const line = (row) => `│${row.map((cell, at) => ` ${cell.padEnd(widths[at] - 1)}`).join('│')}│`;
  const rule = (left, middle, right) => left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  out([rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤'), ...cells.map(line), rule('└', '┴', '┘')].join('\n'));
}

const console = {
  log: out, info: out, debug: out, warn: err, error: err,
  dir: (value, options) => out(require('util').inspect(value, { customInspect: false, ...options })),
  dirxml: out,
  trace: (...args) => {
    const frames = new Error().stack.split('\n').slice(2).join('\n');
    err(`Trace${args.length > 0 ? `: ${require('util').format(...args)}` : ''}\n${frames}`);
  },
  assert: (value, ...args) => {
    if (value) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    err(...args);
  },
  group: (...args) => { if (args.length > 0) out(...args); indent += '  '; },
  groupEnd: () => { indent = indent.slice(0, -2); },
  count: (label = 'default') => { const count = (counts.get(String(label)) ?? 0) + 1; counts.set(String(label), count); out(`${label}: ${count}`); },
  countReset: (label = 'default') => { counts.delete(String(label)); },
  time: (label = 'default') => { times.set(String(label), host.now()); },
  timeLog: (label = 'default', ...args) => { if (times.has(String(label))) out(`${label}: ${(host.now() - times.get(String(label))).toFixed(3)}ms`, ...args); },
  timeEnd: (label = 'default') => { console.timeLog(label); times.delete(String(label)); },
  table,
};
console.groupCollapsed = console.group;
console.Console = class Console { constructor() { Object.assign(this, console); } };

module.exports = console;

// Values as snapshots show them: as Jest and Vitest print them.
'use strict';

const MAX_DEPTH = 100;

/** With `basic`, plain objects and arrays are named, and quotes in strings escaped: as older snapshots have it. */
function pretty(value, { basic = false, indent = '' } = {}) {
  return show(value, indent, [], basic);
}

function show(value, indent, above, basic) {
  switch (typeof value) {
    case 'string': return `"${basic ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : value}"`;
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return `${value}n`;
    case 'function': return value.getMockName !== undefined ? mocked(value, indent, above, basic) : `[Function ${value.name || 'anonymous'}]`;
    case 'symbol': return String(value);
    case 'object': return value === null ? 'null' : object(value, indent, above, basic);
    default: return String(value);
  }
}

function mocked(fn, indent, above, basic) {
  const name = fn.getMockName();
  const head = `[MockFunction${name === 'jest.fn()' || name === 'vi.fn()' || name === '' ? '' : ` ${name}`}]`;
  if (fn.mock.calls.length === 0) return head;
  return `${head} ${fields([['"calls"', fn.mock.calls], ['"results"', fn.mock.results]], indent, above, basic)}`;
}

function fields(entries, indent, above, basic) {
  const inner = `${indent}  `;
  const lines = entries.map(([key, value]) => `${inner}${key}: ${show(value, inner, above, basic)},\n`);
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
}

function items(values, open, close, indent, above, basic) {
  const inner = `${indent}  `;
  const lines = Array.from(values, (value) => `${inner}${show(value, inner, above, basic)},\n`);
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join('')}${indent}${close}`;
}

const nameOf = (value) => (typeof value.constructor === 'function' && value.constructor.name) || 'Object';

function object(value, indent, above, basic) {
  if (above.includes(value)) return '[Circular]';
  if (above.length > MAX_DEPTH) return `[${nameOf(value)}]`;
  if (typeof value.toAsymmetricMatcher === 'function') return value.toAsymmetricMatcher();
  const within = [...above, value];
  const kind = host.kindOf(value);
  switch (kind) {
    case 'Error': return `[${Error.prototype.toString.call(value)}]`;
    case 'Date': return Number.isNaN(value.getTime()) ? 'Date { NaN }' : value.toISOString();
    case 'RegExp': return basic ? String(value).replaceAll('\\', '\\\\') : String(value);
    case 'Promise': return 'Promise {}';
    case 'WeakMap': case 'WeakSet': return `${kind} {}`;
    case 'BoxedString': case 'BoxedNumber': case 'BoxedBoolean': case 'BoxedSymbol': case 'BoxedBigInt':
      return `[${kind.slice(5)}: ${show(value.valueOf(), indent, within, basic)}]`;
    case 'Map': {
      const inner = `${indent}  `;
      const lines = [...value].map(([key, item]) => `${inner}${show(key, inner, within, basic)} => ${show(item, inner, within, basic)},\n`);
      return lines.length === 0 ? 'Map {}' : `Map {\n${lines.join('')}${indent}}`;
    }
    case 'Set': return items(value, 'Set {', '}', indent, within, basic);
    case 'Arguments': return items(value, 'Arguments [', ']', indent, within, basic);
    case 'ArrayBuffer': return items(new Uint8Array(value), 'ArrayBuffer [', ']', indent, within, basic);
    default:
  }
  if (kind === 'TypedArray') return items(value, `${nameOf(value)} [`, ']', indent, within, basic);
  if (Array.isArray(value)) return items(value, nameOf(value) === 'Array' && !basic ? '[' : `${nameOf(value)} [`, ']', indent, within, basic);
  if (typeof value.toJSON === 'function') return show(value.toJSON(), indent, within, basic);
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
  const keys = [...Object.keys(value).sort(), ...symbols];
  const shown = keys.map((key) => [typeof key === 'symbol' ? `[${String(key)}]` : show(key, '', [], basic), value[key]]);
  const name = Object.getPrototypeOf(value) === null ? 'Object' : nameOf(value);
  return `${name === 'Object' && !basic ? '' : `${name} `}${fields(shown, indent, within, basic)}`;
}

module.exports = { pretty };

// Equality as `expect` has it.
'use strict';

const isObject = (value) => value !== null && typeof value === 'object';
const isMatcher = (value) => isObject(value) && typeof value.asymmetricMatch === 'function';

/**
 * Whether two values are equal. `strict`: types, `undefined` properties and holes count. `subset`: what `expected`
 * doesn't have is not compared.
 */
function equals(actual, expected, options = {}) {
  return same(actual, expected, options, []);
}

function same(a, b, options, pairs) {
  const [left, right] = [isMatcher(a), isMatcher(b)];
  if (left !== right) return right ? b.asymmetricMatch(a) : a.asymmetricMatch(b);
  for (const tester of options.testers ?? []) {
    const answer = tester.call({ equals: (x, y) => equals(x, y, options) }, a, b, options.testers);
    if (answer !== undefined) return answer;
  }
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (pairs.some(([x, y]) => x === a && y === b)) return true;
  if (options.strict && a.constructor !== b.constructor) return false;
  pairs.push([a, b]);
  const result = contents(a, b, options, pairs);
  pairs.pop();
  return result;
}

function contents(a, b, options, pairs) {
  const kind = host.kindOf(a);
  if (kind !== host.kindOf(b)) return false;
  if (kind.startsWith('Boxed')) return Object.is(a.valueOf(), b.valueOf());
  switch (kind) {
    case 'Date': return Object.is(a.getTime(), b.getTime());
    case 'RegExp': return String(a) === String(b);
    case 'Error': return a.name === b.name && a.message === b.message && same(a.cause, b.cause, options, pairs);
    case 'ArrayBuffer': return same(new Uint8Array(a), new Uint8Array(b), options, pairs);
    case 'Set': return a.size === b.size && [...a].every((item) => b.has(item) || [...b].some((other) => same(item, other, options, pairs)));
    case 'Map': return a.size === b.size && [...a].every(([key, value]) => (b.has(key)
      ? same(value, b.get(key), options, pairs)
      : [...b].some(([other, theirs]) => same(key, other, options, pairs) && same(value, theirs, options, pairs))));
    default:
  }
  if ((Array.isArray(a) || kind === 'TypedArray') && a.length !== b.length) return false;
  if (a instanceof URL && b instanceof URL) return a.href === b.href;
  return properties(a, b, options, pairs);
}

const keysOf = (value) => [...Object.keys(value), ...Object.getOwnPropertySymbols(value).filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))];

function properties(a, b, options, pairs) {
  const wanted = keysOf(b);
  const counts = (key, value) => options.strict || value[key] !== undefined;
  for (const key of wanted) {
    if (!counts(key, b) && !options.subset) continue;
    const has = options.subset ? key in a : Object.hasOwn(a, key);
    if (!has || !same(a[key], b[key], options, pairs)) return false;
  }
  return (options.subset && !Array.isArray(b)) || keysOf(a).every((key) => !counts(key, a) || Object.hasOwn(b, key));
}

module.exports = { equals, isMatcher };

// Deep comparison, as node:assert and util.isDeepStrictEqual do it.
'use strict';

/** Whether two values are deeply equal: by `Object.is` and prototypes when strict, else by `==`. */
function isDeepEqual(actual, expected, strict) {
  return equal(actual, expected, strict, []);
}

function equal(a, b, strict, pairs) {
  if (a === b) return a !== 0 || !strict || Object.is(a, b);
  const objects = isObject(a) && isObject(b);
  if (!objects) {
    if (strict) return typeof a !== 'object' && Object.is(a, b);
    if (isObject(a) || isObject(b)) return false;
    // eslint-disable-next-line eqeqeq
    return a == b || (a !== a && b !== b);
  }
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [kind, other] = [host.kindOf(a), host.kindOf(b)];
  if (kind !== other || Array.isArray(a) !== Array.isArray(b)) return false;
  if (strict && Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  if (pairs.some(([left, right]) => left === a && right === b)) return true;
  pairs.push([a, b]);
  const same = sameContents(a, b, kind, strict, pairs);
  pairs.pop();
  return same;
}

function isObject(value) {
  return value !== null && (typeof value === 'object' || typeof value === 'function');
}

function sameContents(a, b, kind, strict, pairs) {
  if (typeof a === 'function' || typeof b === 'function') return false;
  switch (kind) {
    case 'Date':
      if (!Object.is(Date.prototype.getTime.call(a), Date.prototype.getTime.call(b))) return false;
      break;
    case 'RegExp':
      if (String(a) !== String(b) || a.lastIndex !== b.lastIndex) return false;
      break;
    case 'Error':
      if (a.message !== b.message || a.name !== b.name) return false;
      if (!sameHidden(a, b, 'cause', strict, pairs) || !sameHidden(a, b, 'errors', strict, pairs)) return false;
      break;
    case 'TypedArray':
      if (a.length !== b.length || a.constructor !== b.constructor) return false;
      for (let at = 0; at < a.length; at++) {
        if (strict ? !Object.is(a[at], b[at]) : a[at] !== b[at] && !(a[at] !== a[at] && b[at] !== b[at])) return false;
      }
      return sameKeys(a, b, strict, pairs, true);
    case 'ArrayBuffer': {
      const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
      if (left.length !== right.length || left.some((byte, at) => byte !== right[at])) return false;
      break;
    }
    case 'Set':
      if (a.size !== b.size || !sameSets(a, b, strict, pairs)) return false;
      break;
    case 'Map':
      if (a.size !== b.size || !sameMaps(a, b, strict, pairs)) return false;
      break;
    case 'Promise': case 'WeakMap': case 'WeakSet':
      return false;
    default:
      if (kind.startsWith('Boxed') && !Object.is(a.valueOf(), b.valueOf())) return false;
  }
  if (Array.isArray(a) && a.length !== b.length) return false;
  return sameKeys(a, b, strict, pairs, false);
}

function sameHidden(a, b, key, strict, pairs) {
  if (Object.hasOwn(a, key) !== Object.hasOwn(b, key)) return false;
  return !Object.hasOwn(a, key) || equal(a[key], b[key], strict, pairs);
}

function ownKeys(value, strict, skipIndices) {
  let keys = Object.keys(value);
  if (skipIndices) keys = keys.filter((key) => !/^(0|[1-9]\d*)$/.test(key));
  if (!strict) return keys;
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
  return [...keys, ...symbols];
}

function sameKeys(a, b, strict, pairs, skipIndices) {
  const keys = ownKeys(a, strict, skipIndices);
  if (keys.length !== ownKeys(b, strict, skipIndices).length) return false;
  for (const key of keys) {
    if (!Object.prototype.propertyIsEnumerable.call(b, key)) return false;
  }
  return keys.every((key) => equal(a[key], b[key], strict, pairs));
}

function sameSets(a, b, strict, pairs) {
  const open = [];
  for (const item of a) {
    if (b.has(item)) continue;
    if (strict && !isObject(item)) return false;
    open.push(item);
  }
  if (open.length === 0) return true;
  const candidates = [...b].filter((item) => !a.has(item) && (isObject(item) || !strict));
  return open.every((item) => {
    const found = candidates.findIndex((candidate) => equal(item, candidate, strict, pairs));
    if (found >= 0) candidates.splice(found, 1);
    return found >= 0;
  });
}

function sameMaps(a, b, strict, pairs) {
  const open = [];
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!equal(value, b.get(key), strict, pairs)) return false;
    } else {
      if (strict && !isObject(key)) return false;
      open.push([key, value]);
    }
  }
  if (open.length === 0) return true;
  const candidates = [...b].filter(([key]) => !a.has(key));
  return open.every(([key, value]) => {
    const found = candidates.findIndex(([other, theirs]) => equal(key, other, strict, pairs) && equal(value, theirs, strict, pairs));
    if (found >= 0) candidates.splice(found, 1);
    return found >= 0;
  });
}

module.exports = { isDeepEqual };

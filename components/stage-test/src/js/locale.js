// What depends on languages, of which the engine has none: order and case of texts, as for English and its like.
'use strict';

const PRIMARY = /[^\p{M}]/gu;
const cache = new Map();

/** What counts first: letters without marks and case; blanks before signs, signs before digits, digits before letters. */
function weight(char) {
  let found = cache.get(char);
  if (found === undefined) {
    const base = char.normalize('NFD').match(PRIMARY)?.[0]?.toLowerCase() ?? '';
    const group = /\s/.test(base) ? 0 : /\p{N}/u.test(base) ? 2 : /\p{L}/u.test(base) ? 3 : 1;
    found = base === '' ? '' : `${group}${base}`;
    cache.set(char, found);
  }
  return found;
}

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function parts(text, numeric) {
  return numeric ? text.match(/\d+|\D/gu) ?? [] : Array.from(text);
}

function compare(left, right, { numeric = false, sensitivity = 'variant' } = {}) {
  if (left === right) return 0;
  const [a, b] = [parts(left, numeric), parts(right, numeric)];
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const both = numeric && /^\d/.test(a[at]) && /^\d/.test(b[at]);
    const found = both ? Number(a[at]) - Number(b[at]) : order(weight(a[at]), weight(b[at]));
    if (found !== 0) return Math.sign(found);
  }
  if (a.length !== b.length) return Math.sign(a.length - b.length);
  if (sensitivity === 'base') return 0;
  const marks = (text) => text.normalize('NFD').toLowerCase();
  const byMarks = order(marks(left), marks(right));
  if (byMarks !== 0 && sensitivity !== 'case') return byMarks;
  if (sensitivity === 'accent') return 0;
  // Small letters come before large ones.
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) return a[at] === a[at].toLowerCase() ? -1 : 1;
  }
  return 0;
}

/** Of the languages whose letters have other pairs, those that are spoken of in tests. */
const turkic = (locales) => /^(tr|az)\b/i.test(String([locales].flat()[0] ?? ''));
const { toLocaleUpperCase, toLocaleLowerCase } = String.prototype;

const methods = {
  localeCompare(other, locales, options) { return compare(String(this), String(other), options); },
  toLocaleUpperCase(locales) { return toLocaleUpperCase.call(turkic(locales) ? String(this).replaceAll('i', 'İ') : this); },
  toLocaleLowerCase(locales) {
    return toLocaleLowerCase.call(turkic(locales) ? String(this).replaceAll('İ', 'i').replaceAll('I\u0307', 'i').replaceAll('I', 'ı') : this);
  },
};

module.exports = {
  install() {
    for (const [name, value] of Object.entries(methods)) Object.defineProperty(String.prototype, name, { configurable: true, writable: true, enumerable: false, value });
  },
};

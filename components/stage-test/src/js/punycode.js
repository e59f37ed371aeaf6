// node:punycode (RFC 3492)
'use strict';

const [BASE, LOWEST, HIGHEST, SKEW, DAMP, BIAS, FIRST] = [36, 1, 26, 38, 700, 72, 128];

function adapt(delta, count, first) {
  let left = first ? Math.floor(delta / DAMP) : delta >> 1;
  left += Math.floor(left / count);
  let at = 0;
  while (left > ((BASE - LOWEST) * HIGHEST) >> 1) {
    left = Math.floor(left / (BASE - LOWEST));
    at += BASE;
  }
  return at + Math.floor(((BASE - LOWEST + 1) * left) / (left + SKEW));
}

const limit = (at, bias) => (at <= bias ? LOWEST : at >= bias + HIGHEST ? HIGHEST : at - bias);
const digit = (value) => String.fromCharCode(value < 26 ? value + 97 : value + 22);
const valueOf = (code) => (code >= 48 && code < 58 ? code - 22 : code >= 65 && code < 91 ? code - 65 : code >= 97 && code < 123 ? code - 97 : BASE);

function encode(text) {
  const points = Array.from(text, (char) => char.codePointAt(0));
  let out = points.filter((point) => point < FIRST).map((point) => String.fromCharCode(point)).join('');
  const basic = out.length;
  let done = basic;
  if (basic > 0) out += '-';
  let [at, delta, bias] = [FIRST, 0, BIAS];
  while (done < points.length) {
    const next = Math.min(...points.filter((point) => point >= at));
    delta += (next - at) * (done + 1);
    at = next;
    for (const point of points) {
      if (point < at) delta++;
      if (point !== at) continue;
      let left = delta;
      for (let step = BASE; ; step += BASE) {
        const edge = limit(step, bias);
        if (left < edge) break;
        out += digit(edge + ((left - edge) % (BASE - edge)));
        left = Math.floor((left - edge) / (BASE - edge));
      }
      out += digit(left);
      bias = adapt(delta, done + 1, done === basic);
      delta = 0;
      done++;
    }
    delta++;
    at++;
  }
  return out;
}

function decode(text) {
  const end = Math.max(text.lastIndexOf('-'), 0);
  const points = Array.from(text.slice(0, end), (char) => char.codePointAt(0));
  let [at, index, bias] = [FIRST, 0, BIAS];
  for (let from = end > 0 ? end + 1 : 0; from < text.length;) {
    const before = index;
    for (let weight = 1, step = BASE; ; step += BASE) {
      const value = from < text.length ? valueOf(text.charCodeAt(from++)) : BASE;
      if (value >= BASE) throw new RangeError('Invalid input');
      index += value * weight;
      const edge = limit(step, bias);
      if (value < edge) break;
      weight *= BASE - edge;
    }
    bias = adapt(index - before, points.length + 1, before === 0);
    at += Math.floor(index / (points.length + 1));
    index %= points.length + 1;
    points.splice(index++, 0, at);
  }
  return String.fromCodePoint(...points);
}

const labels = (text, each) => {
  const [, user, domain] = /^(.*@)?(.*)$/s.exec(text);
  return (user ?? '') + domain.replaceAll(/[\u3002\uff0e\uff61]/g, '.').split('.').map(each).join('.');
};

module.exports = {
  encode, decode,
  // eslint-disable-next-line no-control-regex
  toASCII: (text) => labels(text, (label) => (/[^\x00-\x7f]/.test(label) ? `xn--${encode(label)}` : label)),
  toUnicode: (text) => labels(text, (label) => (/^xn--/.test(label) ? decode(label.slice(4).toLowerCase()) : label)),
  ucs2: { decode: (text) => Array.from(text, (char) => char.codePointAt(0)), encode: (points) => String.fromCodePoint(...points) },
  version: '2.1.0',
};

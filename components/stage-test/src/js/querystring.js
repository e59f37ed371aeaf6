// node:querystring
'use strict';

const escape = encodeURIComponent;

function parse(text, separator = '&', equals = '=', options = {}) {
  const out = Object.create(null);
  const decode = (part) => {
    try {
      return (options.decodeURIComponent ?? decodeURIComponent)(part.replaceAll('+', ' '));
    } catch {
      return part;
    }
  };
  const parts = String(text).split(separator).filter((part) => part !== '');
  for (const part of parts.slice(0, (options.maxKeys ?? 1000) || Infinity)) {
    const at = part.indexOf(equals);
    const [key, value] = at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + equals.length))];
    if (!(key in out)) out[key] = value;
    else if (Array.isArray(out[key])) out[key].push(value);
    else out[key] = [out[key], value];
  }
  return out;
}

function stringify(object, separator = '&', equals = '=', options = {}) {
  const encode = options.encodeURIComponent ?? escape;
  const shown = (value) => (['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? encode(String(value)) : '');
  return Object.entries(object ?? {}).flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((item) => `${encode(key)}${equals}${shown(item)}`)).join(separator);
}

module.exports = { parse, stringify, decode: parse, encode: stringify, escape, unescape: decodeURIComponent };

// util.inspect and util.format
'use strict';

const custom = Symbol.for('nodejs.util.inspect.custom');

const defaults = { depth: 2, showHidden: false, colors: false, customInspect: true, maxArrayLength: 100, maxStringLength: 10000, breakLength: 80, compact: 3, sorted: false, getters: false, numericSeparator: false };

const identifier = /^[a-zA-Z_$][\w$]*$/;

function inspect(value, options, ...old) {
  let settings = options;
  if (typeof options === 'boolean' || old.length > 0) {
    settings = { showHidden: options, depth: old[0] };
  }
  const given = settings ?? {};
  const context = { ...defaults, seen: [], circular: new Map(), level: 0 };
  for (const key of Object.keys(given)) if (given[key] !== undefined) context[key] = given[key];
  if (context.depth === null) context.depth = Infinity;
  if (context.maxArrayLength === null) context.maxArrayLength = Infinity;
  if (context.maxStringLength === null) context.maxStringLength = Infinity;
  return formatValue(context, value, 0, false);
}
inspect.custom = custom;
inspect.defaultOptions = defaults;
inspect.colors = {};
inspect.styles = {};

function quote(text) {
  let mark = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) mark = '"';
    else if (!text.includes('`') && !text.includes('${')) mark = '`';
  }
  let out = mark;
  for (const char of text) {
    const code = char.codePointAt(0);
    if (char === mark || char === '\\') out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\t') out += '\\t';
    else if (char === '\r') out += '\\r';
    else if (char === '\b') out += '\\b';
    else if (char === '\f') out += '\\f';
    else if (char === '\v') out += '\\v';
    else if (code < 32 || code === 127) out += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (code >= 0xd800 && code <= 0xdfff) out += `\\u${code.toString(16).toUpperCase()}`;
    else out += char;
  }
  return out + mark;
}

function formatPrimitive(context, value) {
  switch (typeof value) {
    case 'string': {
      let text = value;
      let rest = '';
      if (text.length > context.maxStringLength) {
        const more = text.length - context.maxStringLength;
        text = text.slice(0, context.maxStringLength);
        rest = `... ${more} more character${more > 1 ? 's' : ''}`;
      }
      if (context.compact !== true && text.length > 16 && text.length > context.breakLength - context.level - 4 && text.includes('\n')) {
        return text.split(/(?<=\n)/).map(quote).join(` +\n${' '.repeat(context.level + 2)}`) + rest;
      }
      return quote(text) + rest;
    }
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return `${value}n`;
    default: return String(value);
  }
}

/** The name of the constructor, or null for an object without a prototype. */
function constructorOf(value) {
  for (let object = value; object !== null; object = Object.getPrototypeOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, 'constructor');
    if (descriptor !== undefined && typeof descriptor.value === 'function' && descriptor.value.name !== '' && isInstance(value, descriptor.value)) {
      return descriptor.value.name;
    }
  }
  return null;
}

function isInstance(value, Class) {
  try {
    return value instanceof Class;
  } catch {
    return false;
  }
}

function formatValue(context, value, depth, typed) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return formatPrimitive(context, value);
  if (context.customInspect) {
    const inspector = value[custom];
    if (typeof inspector === 'function' && inspector !== inspect) {
      const left = context.depth === Infinity ? Infinity : context.depth - depth;
      const { seen, circular, level, ...options } = context;
      const result = inspector.call(value, left, { ...options, depth: left, stylize: (text) => String(text) }, inspect);
      if (result !== value) return typeof result === 'object' ? formatValue(context, result, depth) : String(result).replaceAll('\n', `\n${' '.repeat(context.level)}`);
    }
  }
  if (context.seen.includes(value)) {
    if (!context.circular.has(value)) context.circular.set(value, context.circular.size + 1);
    return `[Circular *${context.circular.get(value)}]`;
  }
  return formatObject(context, value, depth, typed);
}

function prefixOf(name, tag, fallback, size = '') {
  if (name === null) return `[${fallback}${size}: null prototype] ${tag !== '' && tag !== fallback ? `[${tag}] ` : ''}`;
  return `${name}${size} ${tag !== '' && tag !== name ? `[${tag}] ` : ''}`;
}

function keysOf(context, value) {
  const keys = context.showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  const symbols = Object.getOwnPropertySymbols(value);
  const all = [...keys, ...symbols.filter((symbol) => context.showHidden || Object.prototype.propertyIsEnumerable.call(value, symbol))];
  return all;
}

/** What the engine knows of an object, and two kinds that it doesn't tell. */
function kindOf(value) {
  const kind = host.kindOf(value);
  if (kind !== 'Object') return kind;
  if (Object.prototype.toString.call(value) === '[object Arguments]') return 'Arguments';
  return Object.getPrototypeOf(value) === null && value[Symbol.toStringTag] === 'Module' ? 'Module' : kind;
}

function formatObject(context, value, depth, typed) {
  const kind = kindOf(value);
  const name = constructorOf(value);
  let tag = value[Symbol.toStringTag];
  if (typeof tag !== 'string' || (tag !== '' && Object.hasOwn(value, Symbol.toStringTag) && name === tag)) tag = '';
  let keys = keysOf(context, value);
  let braces = ['{', '}'];
  let items = null;
  let base = '';
  if (Array.isArray(value)) {
    const plain = name === 'Array' && tag === '';
    braces = [plain ? '[' : `${prefixOf(name, tag, 'Array', `(${value.length})`)}[`, ']'];
    keys = keys.filter((key) => typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
    items = formatArray;
  } else if (kind === 'Set') {
    braces[0] = `${prefixOf(name, tag, 'Set', `(${value.size})`)}{`;
    items = formatSet;
    if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
  } else if (kind === 'Map') {
    braces[0] = `${prefixOf(name, tag, 'Map', `(${value.size})`)}{`;
    items = formatMap;
    if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
  } else if (kind === 'TypedArray') {
    braces = [`${prefixOf(name, tag, name ?? tag, `(${value.length})`)}[`, ']'];
    keys = keys.filter((key) => typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    items = formatTyped;
    if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
  } else if (kind === 'Arguments') {
    braces = ['[Arguments] [', ']'];
    keys = keys.filter((key) => typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    items = formatArray;
  } else if (typeof value === 'function') {
    base = formatFunction(value, name, tag);
    if (keys.length === 0) return base;
  } else if (kind === 'RegExp') {
    base = RegExp.prototype.toString.call(value);
    if (name !== 'RegExp') base = `${prefixOf(name, tag, 'RegExp')}${base}`;
    if (keys.length === 0) return base;
  } else if (kind === 'Date') {
    base = Number.isNaN(value.getTime()) ? 'Invalid Date' : Date.prototype.toISOString.call(value);
    if (name !== 'Date') base = `${prefixOf(name, tag, 'Date')}${base}`;
    if (keys.length === 0) return base;
  } else if (kind === 'Error') {
    base = formatError(context, value, keys);
    keys = keys.filter((key) => key !== 'stack' && key !== 'message');
    if ('cause' in value && Object.hasOwn(value, 'cause') && !keys.includes('cause')) keys.push('cause');
    if (Array.isArray(value.errors) && !keys.includes('errors')) keys.push('errors');
    if (keys.length === 0) return base;
  } else if (kind === 'Promise') {
    braces[0] = `${prefixOf(name, tag, 'Promise')}{`;
    items = formatPromise;
  } else if (kind === 'WeakSet' || kind === 'WeakMap') {
    return `${prefixOf(name, tag, kind)}{ <items unknown> }`;
  } else if (kind === 'ArrayBuffer') {
    braces[0] = `${prefixOf(name, tag, 'ArrayBuffer')}{`;
    items = formatBuffer;
  } else if (kind === 'Generator') {
    braces[0] = `Object [${tag}] {`;
  } else if (kind === 'Module') {
    braces[0] = '[Module: null prototype] {';
  } else if (kind.startsWith('Boxed')) {
    const type = kind.slice(5);
    const primitive = value.valueOf();
    keys = keys.filter((key) => type !== 'String' || typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    base = `[${type}${name !== type ? ` (${name})` : ''}: ${formatPrimitive({ ...context, compact: true }, primitive)}]`;
    if (keys.length === 0) return base;
  } else {
    if (name === 'Object' && tag === '') {
      if (keys.length === 0) return '{}';
    } else {
      braces[0] = `${prefixOf(name, tag, 'Object')}{`;
      if (keys.length === 0) return `${braces[0]}}`;
    }
  }
  if (depth > context.depth) {
    const shown = name === null ? `${tag || 'Object'}: null prototype` : tag !== '' && tag !== name ? `${name} [${tag}]` : name;
    return Array.isArray(value) ? '[Array]' : `[${shown}]`;
  }
  context.seen.push(value);
  context.currentDepth = depth;
  context.level += 2;
  const output = items === null ? [] : items(context, value, depth);
  for (const key of keys) output.push(formatProperty(context, value, key, depth, items === formatArray || items === formatTyped));
  context.level -= 2;
  context.seen.pop();
  if (context.circular.has(value)) {
    const reference = `<ref *${context.circular.get(value)}> `;
    if (base === '') braces[0] = reference + braces[0];
    else base = reference + base;
  }
  if (context.sorted && items !== formatArray) output.sort(typeof context.sorted === 'function' ? context.sorted : undefined);
  const grouped = items === formatArray || items === formatTyped ? group(context, output, value) : output;
  return reduce(context, grouped, base, braces, depth, grouped !== output);
}

function formatFunction(value, name, tag) {
  // A class's prototype can't be replaced; neither can that of what is built in.
  if (Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false && globalThis[value.name] !== value && !tag) {
    const parent = Object.getPrototypeOf(value);
    const extended = typeof parent === 'function' && parent.name ? ` extends ${parent.name}` : '';
    return `[class ${value.name || '(anonymous)'}${extended}]`;
  }
  const type = { GeneratorFunction: 'GeneratorFunction', AsyncFunction: 'AsyncFunction', AsyncGeneratorFunction: 'AsyncGeneratorFunction' }[tag] ?? 'Function';
  const shown = name === null ? `[${type} (null prototype)` : `[${type}`;
  return `${shown}${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]`;
}

function formatError(context, error, keys) {
  let text = typeof error.stack === 'string' && error.stack !== '' ? error.stack : Error.prototype.toString.call(error);
  if (!text.includes('\n    at')) text = `[${text}]`;
  if (error.code !== undefined && typeof error.name === 'string' && text.startsWith(error.name) && !text.startsWith(`${error.name} [`) && !keys.includes('name')) {
    text = text.replace(error.name, `${error.name} [${error.code}]`);
  }
  return text.replaceAll('\n', `\n${' '.repeat(context.level)}`);
}

function formatArray(context, value, depth) {
  const output = [];
  const length = Math.min(value.length, context.maxArrayLength);
  for (let at = 0; at < value.length && output.length < length; at++) {
    if (!Object.hasOwn(value, at)) {
      let holes = 1;
      while (at + holes < value.length && !Object.hasOwn(value, at + holes)) holes++;
      output.push(`<${holes} empty item${holes > 1 ? 's' : ''}>`);
      at += holes - 1;
    } else {
      output.push(formatProperty(context, value, String(at), depth, true, true));
    }
  }
  const more = value.length - length;
  if (more > 0) output.push(`... ${more} more item${more > 1 ? 's' : ''}`);
  return output;
}

function formatTyped(context, value) {
  const length = Math.min(value.length, context.maxArrayLength);
  const output = Array.from({ length }, (_, at) => formatPrimitive(context, value[at]));
  const more = value.length - length;
  if (more > 0) output.push(`... ${more} more item${more > 1 ? 's' : ''}`);
  return output;
}

function formatSet(context, value, depth) {
  return [...Set.prototype.values.call(value)].map((item) => formatValue(context, item, depth + 1));
}

function formatMap(context, value, depth) {
  return [...Map.prototype.entries.call(value)].map(([key, item]) => `${formatValue(context, key, depth + 1)} => ${formatValue(context, item, depth + 1)}`);
}

function formatPromise(context, value, depth) {
  const [state, result] = host.promiseState(value);
  if (state === 'pending') return ['<pending>'];
  const text = formatValue(context, result, depth + 1);
  return [state === 'rejected' ? `<rejected> ${text}` : text];
}

function formatBuffer(context, value) {
  const bytes = [...new Uint8Array(value, 0, Math.min(50, value.byteLength))].map((byte) => byte.toString(16).padStart(2, '0'));
  return [`[Uint8Contents]: <${bytes.join(' ')}${value.byteLength > 50 ? ` ... ${value.byteLength - 50} more bytes` : ''}>`, `byteLength: ${value.byteLength}`];
}

function formatProperty(context, value, key, depth, inArray, isItem = false) {
  const descriptor = Object.getOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
  let text;
  if ('value' in descriptor) {
    text = formatValue(context, descriptor.value, depth + 1);
  } else if (descriptor.get !== undefined) {
    text = descriptor.set !== undefined ? '[Getter/Setter]' : '[Getter]';
  } else {
    text = descriptor.set !== undefined ? '[Setter]' : 'undefined';
  }
  if (isItem) return text;
  let name;
  if (typeof key === 'symbol') name = `[${String(key)}]`;
  else if (key === '__proto__') name = "['__proto__']";
  else name = identifier.test(key) ? key : quote(key);
  if (!descriptor.enumerable && typeof key !== 'symbol') name = `[${key}]`;
  return `${name}: ${text}`;
}

/** Sets many short items of an array in columns. */
function group(context, output, value) {
  const extra = value.length > output.length || /^\.\.\. \d+ more/.test(output.at(-1) ?? '') ? 1 : 0;
  const count = output.length - extra;
  if (context.compact < 1 || count <= 6) return output;
  const lengths = output.slice(0, count).map((item) => item.length);
  const longest = Math.max(...lengths) + 2;
  if (longest * 3 + context.level >= context.breakLength || output.some((item) => item.includes('\n'))) return output;
  const total = lengths.reduce((sum, length) => sum + length, 0) + 2 * count;
  if (!(total / longest > 5 || longest - 2 <= 6)) return output;
  const bias = Math.sqrt(longest - total / output.length);
  const width = Math.max(longest - 3 - bias, 1);
  const columns = Math.min(Math.round(Math.sqrt(2.5 * width * count) / width), Math.floor((context.breakLength - context.level) / longest), context.compact * 4, 15);
  if (columns <= 1) return output;
  const widths = [];
  for (let column = 0; column < columns; column++) {
    let widest = 0;
    for (let at = column; at < count; at += columns) widest = Math.max(widest, lengths[at]);
    widths.push(widest + 2);
  }
  const numeric = [...value].slice(0, count).every((item) => typeof item === 'number' || typeof item === 'bigint');
  const grouped = [];
  for (let at = 0; at < count; at += columns) {
    const last = Math.min(at + columns, count);
    let row = '';
    for (let item = at; item < last - 1; item++) {
      const text = `${output[item]}, `;
      row += numeric ? text.padStart(widths[item - at]) : text.padEnd(widths[item - at]);
    }
    row += numeric ? output[last - 1].padStart(widths[last - 1 - at] - 2) : output[last - 1];
    grouped.push(row);
  }
  if (extra === 1) grouped.push(output[count]);
  return grouped;
}

function reduce(context, output, base, braces, depth, grouped) {
  const start = base === '' ? '' : `${base} `;
  const inOneLine = context.compact !== false && !grouped && context.currentDepth - depth < context.compact && fits(context, output, braces, base);
  if (inOneLine) return `${start}${braces[0]} ${output.join(', ')} ${braces[1]}`;
  const indent = `\n${' '.repeat(context.level)}`;
  return `${start}${braces[0]}${indent}  ${output.join(`,${indent}  `)}${indent}${braces[1]}`;
}

function fits(context, output, braces, base) {
  const total = 2 * output.length + context.level + braces[0].length + base.length + 10;
  if (total + output.length > context.breakLength) return false;
  const length = output.reduce((sum, item) => sum + item.length, total);
  return length <= context.breakLength && !base.includes('\n') && !output.some((item) => item.includes('\n'));
}

function formatWithOptions(options, ...args) {
  const [first, ...rest] = args;
  if (typeof first !== 'string') return args.map((value) => (typeof value === 'string' ? value : inspect(value, options))).join(' ');
  let next = 0;
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return rest.length > 0 ? '%' : '%%';
    if (next >= rest.length) return mark;
    const value = rest[next++];
    switch (mark) {
      case '%s':
        if (typeof value === 'bigint') return `${value}n`;
        if (typeof value === 'number') return formatPrimitive(defaults, value);
        if (value === null || typeof value !== 'object') return String(value);
        return hasOwnToString(value) ? String(value) : inspect(value, { ...options, depth: 0, compact: 3 });
      case '%d': return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : formatPrimitive(defaults, Number(value));
      case '%i': return typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : formatPrimitive(defaults, Number.parseInt(value));
      case '%f': return typeof value === 'symbol' ? 'NaN' : formatPrimitive(defaults, Number.parseFloat(value));
      case '%j':
        try {
          return JSON.stringify(value);
        } catch (error) {
          if (String(error.message).includes('circular') || String(error.message).includes('cyclic')) return '[Circular]';
          throw error;
        }
      case '%o': return inspect(value, { ...options, showHidden: true, depth: 4 });
      case '%O': return inspect(value, options);
      default: return '';
    }
  });
  const left = rest.slice(next).map((value) => (typeof value === 'string' ? value : inspect(value, options)));
  return [text, ...left].join(' ');
}

function hasOwnToString(value) {
  if (value instanceof Error) return true;
  const owner = (object) => (object === null || Object.hasOwn(object, 'toString') ? object : owner(Object.getPrototypeOf(object)));
  const found = owner(value);
  return found !== null && found !== Object.prototype && found !== Array.prototype && found !== Date.prototype
    && !Function.prototype.toString.call(found.toString).includes('[native code]');
}

const format = (...args) => formatWithOptions(undefined, ...args);

module.exports = { inspect, format, formatWithOptions };

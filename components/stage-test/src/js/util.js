// node:util
'use strict';

const { inspect, format, formatWithOptions } = require('internal/inspect');
const { isDeepEqual } = require('internal/compare');
const { codes } = require('internal/errors');

const customPromisify = Symbol.for('nodejs.util.promisify.custom');

function promisify(original) {
  if (typeof original !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('original', 'of type function', original);
  if (original[customPromisify] !== undefined) return original[customPromisify];
  function promisified(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, ...values) => (error ? reject(error) : resolve(values[0])));
    });
  }
  return Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
}
promisify.custom = customPromisify;

/** Codes of what `styleText` knows: on, off. */
const styles = {
  reset: [0, 0], bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], blink: [5, 25], inverse: [7, 27], hidden: [8, 28], strikethrough: [9, 29],
};
['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'].forEach((color, at) => {
  const capital = color[0].toUpperCase() + color.slice(1);
  Object.assign(styles, {
    [color]: [30 + at, 39], [`${color}Bright`]: [90 + at, 39], [`bg${capital}`]: [40 + at, 49], [`bg${capital}Bright`]: [100 + at, 49],
  });
});
styles.gray = styles.grey = styles.blackBright;

function styleText(format, text) {
  return [format].flat().reduceRight((shown, name) => {
    const style = styles[name];
    if (style === undefined) throw new codes.ERR_INVALID_ARG_VALUE('format', name, `must be one of: ${Object.keys(styles).join(', ')}`);
    return `\u001b[${style[0]}m${shown}\u001b[${style[1]}m`;
  }, String(text));
}

function callbackify(original) {
  return function callbackified(...args) {
    const callback = args.pop();
    original.apply(this, args).then(
      (value) => process.nextTick(callback, null, value),
      (error) => process.nextTick(callback, error ?? new Error('Promise was rejected with falsy value', { cause: error })),
    );
  };
}

function inherits(constructor, parent) {
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

function deprecate(fn, message, code) {
  let warned = false;
  return function deprecated(...args) {
    if (!warned) {
      warned = true;
      process.emitWarning(`${code ? `[${code}] ` : ''}DeprecationWarning: ${message}`);
    }
    return new.target ? Reflect.construct(fn, args, new.target) : fn.apply(this, args);
  };
}

const is = (...kinds) => (value) => value !== null && (typeof value === 'object' || typeof value === 'function') && kinds.includes(host.kindOf(value));
const isTyped = (name) => (value) => is('TypedArray')(value) && Object.prototype.toString.call(value) === `[object ${name}]`;

const types = {
  isPromise: is('Promise'), isMap: is('Map'), isSet: is('Set'), isDate: is('Date'), isRegExp: is('RegExp'),
  isNativeError: is('Error'), isWeakMap: is('WeakMap'), isWeakSet: is('WeakSet'), isArrayBuffer: is('ArrayBuffer'),
  isAnyArrayBuffer: is('ArrayBuffer'), isSharedArrayBuffer: () => false, isTypedArray: is('TypedArray'),
  isUint8Array: isTyped('Uint8Array'), isInt8Array: isTyped('Int8Array'), isUint16Array: isTyped('Uint16Array'),
  isInt16Array: isTyped('Int16Array'), isUint32Array: isTyped('Uint32Array'), isInt32Array: isTyped('Int32Array'),
  isFloat32Array: isTyped('Float32Array'), isFloat64Array: isTyped('Float64Array'), isDataView: is('DataView'),
  isUint8ClampedArray: isTyped('Uint8ClampedArray'), isBigInt64Array: isTyped('BigInt64Array'), isBigUint64Array: isTyped('BigUint64Array'),
  isArrayBufferView: (value) => ArrayBuffer.isView(value), isProxy: is('Proxy'), isGeneratorObject: is('Generator'),
  isModuleNamespaceObject: is('Module'), isArgumentsObject: is('Arguments'),
  isAsyncFunction: (value) => typeof value === 'function' && /^Async/.test(value[Symbol.toStringTag] ?? ''),
  isGeneratorFunction: (value) => typeof value === 'function' && /GeneratorFunction$/.test(value[Symbol.toStringTag] ?? ''),
  isBoxedPrimitive: is('BoxedString', 'BoxedNumber', 'BoxedBoolean', 'BoxedSymbol', 'BoxedBigInt'),
  isStringObject: is('BoxedString'), isNumberObject: is('BoxedNumber'), isBooleanObject: is('BoxedBoolean'),
  isSymbolObject: is('BoxedSymbol'), isBigIntObject: is('BoxedBigInt'), isExternal: () => false,
};

function parseArgs(config = {}) {
  const { args = process.argv.slice(2), options = {}, strict = true, allowPositionals = !strict } = config;
  const values = Object.create(null);
  const positionals = [];
  const store = (name, value) => {
    if (options[name]?.multiple) (values[name] ??= []).push(value);
    else values[name] = value;
  };
  const refuse = (code, message) => { throw Object.assign(new TypeError(message), { code }); };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (arg === '--') { positionals.push(...args.slice(at + 1)); break; }
    let name;
    let value;
    if (arg.startsWith('--')) {
      [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
    } else if (arg.startsWith('-') && arg.length > 1) {
      name = Object.keys(options).find((key) => options[key].short === arg[1]) ?? arg[1];
      if (arg.length > 2) value = arg.slice(2);
    } else {
      if (!allowPositionals) refuse('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', `Unexpected argument '${arg}'`);
      positionals.push(arg);
      continue;
    }
    const option = options[name];
    if (option === undefined && strict) refuse('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${arg}'`);
    if (option?.type === 'string') store(name, value ?? args[++at]);
    else store(name, value ?? true);
  }
  for (const [name, option] of Object.entries(options)) if (option.default !== undefined && !(name in values)) values[name] = option.default;
  return { values, positionals };
}

module.exports = {
  inspect, format, formatWithOptions, promisify, callbackify, inherits, deprecate, types, parseArgs,
  isDeepStrictEqual: (a, b) => isDeepEqual(a, b, true),
  styleText,
  isArray: Array.isArray, isError: types.isNativeError, isRegExp: types.isRegExp, isDate: types.isDate,
  isString: (value) => typeof value === 'string', isNumber: (value) => typeof value === 'number', isFunction: (value) => typeof value === 'function',
  isObject: (value) => value !== null && typeof value === 'object', isUndefined: (value) => value === undefined, isNull: (value) => value === null,
  getSystemErrorName: (number) => ({ '-2': 'ENOENT', '-13': 'EACCES', '-17': 'EEXIST', '-20': 'ENOTDIR', '-21': 'EISDIR', '-39': 'ENOTEMPTY' })[number],
  stripVTControlCharacters: (text) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
  toUSVString: (text) => String(text).toWellFormed?.() ?? String(text),
  debuglog: () => Object.assign(() => {}, { enabled: false }),
  debug: () => Object.assign(() => {}, { enabled: false }),
  get TextEncoder() { return globalThis.TextEncoder; },
  get TextDecoder() { return globalThis.TextDecoder; },
  get aborted() { return (signal) => new Promise((resolve) => { signal.addEventListener('abort', resolve, { once: true }); }); },
};

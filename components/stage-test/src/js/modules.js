// CommonJS modules, and node:module
'use strict';

const path = require('path');

const cache = Object.create(null);
let main;

class Module {
  constructor(id = '', parent) {
    this.id = id;
    this.path = path.dirname(id);
    this.exports = {};
    this.filename = null;
    this.loaded = false;
    this.children = [];
    this.paths = [];
    if (parent !== undefined) parent.children.push(this);
    Object.defineProperty(this, 'parent', { enumerable: false, writable: true, value: parent ?? null });
  }
  require(id) { return requireFrom(this, id); }
}

const isBuiltin = (name) => host.isBuiltin(name.startsWith('node:') ? name.slice(5) : name);
Object.assign(Module, {
  Module, isBuiltin,
  builtinModules: host.builtinNames(),
  _cache: cache,
  _extensions: Object.assign(Object.create(null), { '.js': () => {}, '.json': () => {}, '.node': () => {} }),
  createRequire: (from) => {
    const filename = typeof from === 'string' && !from.startsWith('file:') ? from : require('url').fileURLToPath(from);
    return makeRequire(Object.assign(new Module(filename), { filename }));
  },
});

function makeRequire(module) {
  const req = (id) => requireFrom(module, id);
  req.resolve = (id) => {
    check(id);
    return host.resolve(id, module.filename, false);
  };
  req.resolve.paths = () => [];
  req.cache = cache;
  req.main = main;
  req.extensions = Module._extensions;
  return req;
}

function check(id) {
  const { codes } = require('internal/errors');
  if (typeof id !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('id', 'of type string', id);
  if (id === '') throw new codes.ERR_INVALID_ARG_VALUE('id', id, 'must be a non-empty string');
}

/** What stands for modules, by path or `node:` and name. */
const mocks = new Map();

/** The file of the project from which a function was called. */
function callerOf(stack) {
  return /\((\/[^()]*?):\d+:\d+\)/.exec(stack)?.[1] ?? host.facts().main;
}

function placeOf(id, from) {
  try {
    return host.resolve(id, from, true);
  } catch {
    return host.resolve(id, from, false);
  }
}

/** Has a factory make what a module is, for all that load it from now on. */
function mock(id, from, factory) {
  const place = placeOf(id, from);
  if (cache[place] !== undefined || host.isLoaded(place)) {
    throw new Error(`\`${id}\` is loaded already and can't be mocked any more, hint: mock it first, then load what uses it by \`require\` or \`await import\``);
  }
  mocks.set(place, { factory, made: false, value: undefined });
  return { restore: () => mocks.delete(place) };
}

function mocked(place) {
  const found = mocks.get(place);
  if (found === undefined) return undefined;
  if (!found.made) {
    found.value = found.factory(() => actual(place, place));
    found.made = true;
    if (typeof found.value?.then === 'function') throw new Error('a factory of a mock that is asynchronous is not supported by the test stage');
  }
  return found.value;
}

/** A module as it is without its mock. */
function actual(id, from) {
  const place = id.startsWith('/') || id.startsWith('node:') ? id : placeOf(id, from);
  return place.startsWith('node:') ? builtin(place.slice(5)) : load(place, undefined);
}

function requireFrom(module, id) {
  check(id);
  const place = host.resolve(id, module.filename, false);
  if (mocks.size > 0) {
    const value = mocked(place);
    if (value !== undefined) return value;
  }
  return place.startsWith('node:') ? builtin(place.slice(5)) : load(place, module);
}

function builtin(name) {
  return name === 'module' ? Module : require(name);
}

function load(filename, parent) {
  const known = cache[filename];
  if (known !== undefined) {
    if (parent !== undefined && !parent.children.includes(known)) parent.children.push(known);
    return known.exports;
  }
  const module = new Module(filename, parent);
  module.filename = filename;
  if (parent === undefined && main === undefined) {
    main = module;
    module.id = '.';
  }
  cache[filename] = module;
  try {
    run(module, filename);
    module.loaded = true;
  } catch (error) {
    delete cache[filename];
    throw error;
  }
  return module.exports;
}

function run(module, filename) {
  const loaded = host.loadCommonJs(filename);
  if (typeof loaded === 'function') {
    loaded.call(module.exports, module.exports, makeRequire(module), module, filename, path.dirname(filename));
  } else if (typeof loaded === 'object') {
    module.exports = loaded;
  } else {
    try {
      module.exports = JSON.parse(loaded);
    } catch (error) {
      error.message = `${filename}: ${error.message}`;
      throw error;
    }
  }
}

module.exports = {
  mock, mocked, actual, callerOf,
  unmock: (id, from) => { mocks.delete(placeOf(id, from)); },
  reset: () => { for (const place of Object.keys(cache)) if (cache[place] !== main) delete cache[place]; },
  Module,
  runMain: (filename) => load(filename, undefined),
  requireFile: (filename) => load(filename, main ?? new Module('.')),
};

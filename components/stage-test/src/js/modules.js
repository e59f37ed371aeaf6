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

function requireFrom(module, id) {
  check(id);
  const place = host.resolve(id, module.filename, false);
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
  Module,
  runMain: (filename) => load(filename, undefined),
  requireFile: (filename) => load(filename, main ?? new Module('.')),
};

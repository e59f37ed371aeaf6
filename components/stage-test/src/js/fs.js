// node:fs, on the project's files
'use strict';

const { codes } = require('internal/errors');

const reasons = {
  ENOENT: 'no such file or directory', EISDIR: 'illegal operation on a directory', ENOTDIR: 'not a directory',
  EEXIST: 'file already exists', EINVAL: 'invalid argument', ENOTEMPTY: 'directory not empty', EACCES: 'permission denied', EIO: 'i/o error',
};
const numbers = { ENOENT: -2, EIO: -5, EACCES: -13, EEXIST: -17, ENOTDIR: -20, EISDIR: -21, ENOTEMPTY: -39 };

function placeOf(value) {
  if (typeof value === 'string') return require('path').resolve(value);
  if (value !== null && typeof value === 'object') {
    if (value.protocol === 'file:' || value instanceof URL) return require('url').fileURLToPath(value);
    if (value instanceof Uint8Array) return require('path').resolve(Buffer.from(value).toString());
  }
  throw new codes.ERR_INVALID_ARG_TYPE('path', 'of type string or an instance of Buffer or URL', value);
}

/** Calls the host. Its errors are codes. */
function call(syscall, shown, run) {
  try {
    return run();
  } catch (error) {
    const code = error.message;
    if (reasons[code] === undefined) throw error;
    const named = typeof shown === 'string' ? shown : placeOf(shown);
    throw Object.assign(new Error(`${code}: ${reasons[code]}, ${syscall} '${named}'`), { errno: numbers[code], code, syscall, path: named });
  }
}

const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding ?? null);

class Stats {
  constructor([kind, size]) {
    this.size = size;
    this.mode = kind === 'directory' ? 0o40755 : 0o100644;
    this.mtimeMs = this.atimeMs = this.ctimeMs = this.birthtimeMs = 0;
    this.mtime = this.atime = this.ctime = this.birthtime = new Date(0);
    Object.defineProperty(this, 'kind', { enumerable: false, value: kind });
  }
  isFile() { return this.kind === 'file'; }
  isDirectory() { return this.kind === 'directory'; }
  isSymbolicLink() { return false; }
  isFIFO() { return false; }
  isSocket() { return false; }
  isBlockDevice() { return false; }
  isCharacterDevice() { return false; }
}

class Dirent {
  constructor(name, kind, parent) {
    this.name = name;
    this.parentPath = this.path = parent;
    Object.defineProperty(this, 'kind', { enumerable: false, value: kind });
  }
  isFile() { return this.kind === 'file'; }
  isDirectory() { return this.kind === 'directory'; }
  isSymbolicLink() { return false; }
}

function readFileSync(path, options) {
  const place = placeOf(path);
  const encoding = encodingOf(options);
  if (encoding === null) return Buffer.from(call('open', path, () => host.readBytes(place)).buffer);
  if (/^utf-?8$/i.test(encoding)) return call('open', path, () => host.readText(place));
  return Buffer.from(call('open', path, () => host.readBytes(place)).buffer).toString(encoding);
}

function writeFile(path, data, options, append) {
  const place = placeOf(path);
  const flag = options?.flag ?? (append ? 'a' : 'w');
  if (flag.includes('x') && host.stat(place) !== null) call('open', path, () => { throw new Error('EEXIST'); });
  const encoding = encodingOf(options);
  const bytes = typeof data === 'string' ? (encoding === null || /^utf-?8$/i.test(encoding) ? host.encode(data) : Buffer.from(data, encoding)) : data;
  if (!ArrayBuffer.isView(bytes)) throw new codes.ERR_INVALID_ARG_TYPE('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
  call('open', path, () => host.writeFile(place, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), flag.startsWith('a')));
}

function statSync(path, options) {
  const found = host.stat(placeOf(path));
  if (found !== null) return new Stats(found);
  if (options?.throwIfNoEntry === false) return undefined;
  return call('stat', path, () => { throw new Error('ENOENT'); });
}

function readdirSync(path, options) {
  const place = placeOf(path);
  const withTypes = options?.withFileTypes === true;
  const out = [];
  const visit = (folder, prefix) => {
    for (const [name, kind] of call('scandir', path, () => host.readFolder(folder))) {
      out.push(withTypes ? new Dirent(name, kind, folder) : `${prefix}${name}`);
      if (options?.recursive === true && kind === 'directory') visit(`${folder === '/' ? '' : folder}/${name}`, `${prefix}${name}/`);
    }
  };
  visit(place, '');
  return out;
}

function mkdirSync(path, options) {
  const recursive = typeof options === 'object' && options?.recursive === true;
  const made = call('mkdir', path, () => host.makeFolder(placeOf(path), recursive));
  return recursive ? made ?? undefined : undefined;
}

function rmSync(path, options = {}) {
  const found = host.stat(placeOf(path));
  if (found === null) {
    if (options.force === true) return;
    call('stat', path, () => { throw new Error('ENOENT'); });
  }
  if (found[0] === 'directory' && options.recursive !== true) {
    throw Object.assign(new Error(`Path is a directory: rm returned EISDIR (is a directory) ${path}`), { code: 'ERR_FS_EISDIR' });
  }
  call('rm', path, () => host.remove(placeOf(path), true));
}

const sync = {
  readFileSync, statSync, readdirSync, mkdirSync, rmSync,
  lstatSync: statSync,
  existsSync: (path) => {
    try {
      return host.stat(placeOf(path)) !== null;
    } catch {
      return false;
    }
  },
  accessSync: (path) => { if (host.stat(placeOf(path)) === null) call('access', path, () => { throw new Error('ENOENT'); }); },
  writeFileSync: (path, data, options) => writeFile(path, data, typeof options === 'string' ? { encoding: options } : options, false),
  appendFileSync: (path, data, options) => writeFile(path, data, typeof options === 'string' ? { encoding: options } : options, true),
  mkdtempSync: (prefix) => {
    let at = 0;
    while (host.stat(placeOf(`${prefix}${String(at).padStart(6, '0')}`)) !== null) at++;
    const place = `${prefix}${String(at).padStart(6, '0')}`;
    host.makeFolder(placeOf(place), true);
    return place;
  },
  unlinkSync: (path) => call('unlink', path, () => host.remove(placeOf(path), false)),
  rmdirSync: (path, options) => call('rmdir', path, () => host.removeFolder(placeOf(path), options?.recursive === true)),
  renameSync: (from, to) => call('rename', from, () => host.rename(placeOf(from), placeOf(to))),
  copyFileSync: (from, to) => { writeFile(to, call('copyfile', from, () => host.readBytes(placeOf(from))), {}, false); },
  realpathSync: (path) => { sync.accessSync(path); return placeOf(path); },
  chmodSync: (path) => sync.accessSync(path),
  utimesSync: (path) => sync.accessSync(path),
};

const asynchronous = {};
const promises = {};
function add(name, run) {
  const plain = name.slice(0, -4);
  promises[plain] = async (...args) => run(...args);
  asynchronous[plain] = (...args) => {
    const callback = args.pop();
    if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('cb', 'of type function', callback);
    let outcome;
    try {
      const value = run(...args);
      outcome = plain === 'exists' ? [value] : [null, value];
    } catch (error) {
      outcome = [error];
    }
    setImmediate(callback, ...outcome);
  };
}
promises.open = async (path, flags) => {
  const descriptor = sync.openSync(path, flags);
  return {
    fd: descriptor, close: async () => sync.closeSync(descriptor), readFile: async (options) => readFileSync(path, options),
    writeFile: async (data, options) => writeFile(path, data, options, false), stat: async () => statSync(path),
  };
};
promises.constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 };

/** Files that are open, by descriptor. */
const open = new Map();
let descriptors = 10;

Object.assign(sync, {
  openSync: (path, flags = 'r') => {
    const place = placeOf(path);
    if (!flags.startsWith('r') && (!flags.startsWith('a') || host.stat(place) === null)) writeFile(path, '', { flag: flags }, false);
    if (flags.startsWith('r') && host.stat(place) === null) call('open', path, () => { throw new Error('ENOENT'); });
    open.set(++descriptors, { place, at: 0 });
    return descriptors;
  },
  closeSync: (descriptor) => { open.delete(descriptor); },
  fstatSync: (descriptor) => statSync(open.get(descriptor).place),
  readSync: (descriptor, buffer, offset = 0, length = buffer.byteLength - offset, position = null) => {
    const file = open.get(descriptor);
    const start = position ?? file.at;
    const part = host.readBytes(file.place).subarray(start, start + length);
    new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(part, offset);
    if (position === null) file.at += part.length;
    return part.length;
  },
  writeSync: (descriptor, data) => {
    const bytes = typeof data === 'string' ? host.encode(data) : data;
    host.writeFile(open.get(descriptor).place, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), true);
    return bytes.byteLength;
  },
  truncateSync: (path, length = 0) => {
    const bytes = new Uint8Array(length);
    bytes.set(call('open', path, () => host.readBytes(placeOf(path))).subarray(0, length));
    host.writeFile(placeOf(path), bytes, false);
  },
  cpSync: (from, to, options = {}) => {
    if (!statSync(from).isDirectory()) {
      mkdirSync(require('path').dirname(placeOf(to)), { recursive: true });
      return sync.copyFileSync(from, to);
    }
    if (options.recursive !== true) throw Object.assign(new Error('Recursive option not enabled, cannot copy a directory'), { code: 'ERR_FS_EISDIR' });
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) sync.cpSync(`${placeOf(from)}/${name}`, `${placeOf(to)}/${name}`, options);
    return undefined;
  },
  symlinkSync: () => { throw new codes.ERR_NOT_SUPPORTED('fs.symlink()'); },
  readlinkSync: (path) => call('readlink', path, () => { throw new Error(host.stat(placeOf(path)) === null ? 'ENOENT' : 'EINVAL'); }),
});
sync.realpathSync.native = sync.realpathSync;
for (const name of Object.keys(sync)) add(name, sync[name]);

function createReadStream(path, options = {}) {
  const { Readable } = require('stream');
  const { start = 0, end = Infinity, encoding } = typeof options === 'string' ? { encoding: options } : options;
  const stream = new Readable({
    encoding,
    read() {
      try {
        this.push(Buffer.from(call('open', path, () => host.readBytes(placeOf(path))).slice(start, end + 1).buffer));
        this.push(null);
      } catch (error) {
        this.destroy(error);
      }
    },
  });
  return Object.assign(stream, { path, close: () => stream.destroy() });
}

function createWriteStream(path, options = {}) {
  const { Writable } = require('stream');
  const flag = options.flags ?? 'w';
  if (flag.startsWith('w')) writeFile(path, '', {}, false);
  const stream = new Writable({
    write(chunk, encoding, callback) {
      writeFile(path, chunk, {}, true);
      callback();
    },
  });
  return Object.assign(stream, { path, close: () => stream.destroy() });
}

module.exports = { createReadStream, createWriteStream, ...sync, ...asynchronous, promises, Stats, Dirent, constants: promises.constants };

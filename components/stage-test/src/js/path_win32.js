// node:path, as on Windows
'use strict';

const { codes } = require('internal/errors');

function check(value, name = 'path') {
  if (typeof value !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, 'of type string', value);
}

/** Device (`C:` or `\\server\share`), whether a separator follows it, and the rest. */
function split(path) {
  const unc = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (unc !== null) return { device: `\\\\${unc[1]}\\${unc[2]}`, absolute: true, rest: path.slice(unc[0].length), unc: true };
  const drive = /^[A-Za-z]:/.exec(path)?.[0] ?? '';
  const rest = path.slice(drive.length);
  return { device: drive, absolute: /^[\\/]/.test(rest), rest, unc: false };
}

function simplify(rest, absolute) {
  const out = [];
  for (const part of rest.split(/[\\/]/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!absolute) out.push('..');
  }
  return out.join('\\');
}

const win32 = {
  sep: '\\', delimiter: ';',
  normalize(path) {
    check(path);
    if (path === '') return '.';
    const { device, absolute, rest, unc } = split(path);
    let text = simplify(rest, absolute);
    if (text === '' && !absolute) text = '.';
    if (text !== '' && /[\\/]$/.test(path)) text += '\\';
    if (unc && text === '') return `${device}\\`;
    return `${device}${absolute ? '\\' : ''}${text}`;
  },
  isAbsolute(path) { check(path); return path !== '' && split(path).absolute; },
  join(...paths) {
    for (const path of paths) check(path);
    const parts = paths.filter((path) => path !== '');
    if (parts.length === 0) return '.';
    let joined = parts.join('\\');
    // Only what begins with two separators by itself is a server.
    if (!/^[\\/]{2}[^\\/]/.test(parts[0])) joined = joined.replace(/^[\\/]{2,}/, '\\');
    return win32.normalize(joined);
  },
  resolve(...paths) {
    let [device, rest, absolute] = ['', '', false];
    for (const path of [...paths].reverse()) {
      check(path);
      if (path === '') continue;
      const parts = split(path);
      if (parts.device !== '' && device !== '' && parts.device.toLowerCase() !== device.toLowerCase()) continue;
      device ||= parts.device;
      if (!absolute) {
        rest = `${parts.rest}\\${rest}`;
        absolute = parts.absolute;
      }
      if (absolute && device !== '') break;
    }
    if (!absolute) [rest, absolute] = [`${process.cwd()}\\${rest}`, true];
    return `${device}\\${simplify(rest, true)}` || '.';
  },
  basename(path, suffix) {
    check(path);
    if (suffix !== undefined) check(suffix, 'suffix');
    const name = /([^\\/]*)[\\/]*$/.exec(split(path).rest)[1];
    return suffix !== undefined && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  },
  dirname(path) {
    check(path);
    const { device, absolute, rest } = split(path);
    const above = rest.replace(/[\\/]+$/, '').replace(/[\\/]*[^\\/]*$/, '');
    const root = `${device}${absolute ? rest[0] ?? '\\' : ''}`;
    if (above === '') return root === '' ? '.' : root;
    return `${device}${above}`;
  },
  extname(path) {
    const name = win32.basename(path);
    const at = name.lastIndexOf('.');
    return at <= 0 || name === '..' ? '' : name.slice(at);
  },
  relative(from, to) {
    check(from, 'from');
    check(to, 'to');
    const [left, right] = [win32.resolve(from), win32.resolve(to)];
    if (left.toLowerCase() === right.toLowerCase()) return '';
    if (split(left).device.toLowerCase() !== split(right).device.toLowerCase()) return right;
    const [a, b] = [left, right].map((path) => path.split('\\').filter((part) => part !== ''));
    let same = 0;
    while (same < a.length && same < b.length && a[same].toLowerCase() === b[same].toLowerCase()) same++;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('\\');
  },
  parse(path) {
    check(path);
    const { device, absolute, rest } = split(path);
    const root = `${device}${absolute ? rest[0] ?? '\\' : ''}`;
    const base = win32.basename(path);
    const ext = win32.extname(path);
    const dir = win32.dirname(path);
    return { root, dir: dir === '.' && !/^\.[\\/]/.test(path) ? '' : dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  },
  format(parts) {
    const base = parts.base ?? `${parts.name ?? ''}${parts.ext ? (parts.ext.startsWith('.') ? parts.ext : `.${parts.ext}`) : ''}`;
    const dir = parts.dir ?? parts.root;
    if (!dir) return base;
    return dir === parts.root ? `${dir}${base}` : `${dir}\\${base}`;
  },
  toNamespacedPath: (path) => path,
};
win32.win32 = win32;

module.exports = win32;

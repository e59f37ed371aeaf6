// node:path, as on POSIX
'use strict';

const { codes } = require('internal/errors');

function check(value, name = 'path') {
  if (typeof value !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, 'of type string', value);
}

function normalizeParts(parts, absolute) {
  const out = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!absolute) out.push('..');
  }
  return out.join('/');
}

const posix = {
  sep: '/',
  delimiter: ':',
  normalize(path) {
    check(path);
    if (path === '') return '.';
    const absolute = path.startsWith('/');
    let normal = normalizeParts(path.split('/'), absolute);
    if (normal === '' && !absolute) normal = '.';
    if (normal !== '' && path.endsWith('/')) normal += '/';
    return absolute ? `/${normal}` : normal;
  },
  isAbsolute(path) { check(path); return path.startsWith('/'); },
  join(...paths) {
    for (const path of paths) check(path);
    const joined = paths.filter((path) => path !== '').join('/');
    return joined === '' ? '.' : posix.normalize(joined);
  },
  resolve(...paths) {
    let resolved = '';
    for (let at = paths.length - 1; at >= 0 && !resolved.startsWith('/'); at--) {
      check(paths[at], `paths[${at}]`);
      if (paths[at] !== '') resolved = resolved === '' ? paths[at] : `${paths[at]}/${resolved}`;
    }
    if (!resolved.startsWith('/')) resolved = `${process.cwd()}/${resolved}`;
    return `/${normalizeParts(resolved.split('/'), true)}`;
  },
  relative(from, to) {
    check(from, 'from');
    check(to, 'to');
    const [a, b] = [from, to].map((path) => posix.resolve(path).split('/').filter(Boolean));
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
  },
  dirname(path) {
    check(path);
    if (path === '') return '.';
    const trimmed = path.replace(/\/+$/, '');
    const at = trimmed.lastIndexOf('/');
    if (trimmed === '') return '/';
    if (at < 0) return '.';
    return trimmed.slice(0, at).replace(/\/+$/, '') || '/';
  },
  basename(path, suffix) {
    check(path);
    if (suffix !== undefined) check(suffix, 'suffix');
    const trimmed = path.replace(/\/+$/, '');
    const base = trimmed.slice(trimmed.lastIndexOf('/') + 1);
    return suffix !== undefined && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  },
  extname(path) {
    const base = posix.basename(path);
    const at = base.lastIndexOf('.');
    return at <= 0 || base === '..' ? '' : base.slice(at);
  },
  parse(path) {
    check(path);
    const root = path.startsWith('/') ? '/' : '';
    const base = posix.basename(path);
    const ext = posix.extname(path);
    const trimmed = path.replace(/\/+$/, '');
    const at = trimmed.lastIndexOf('/');
    const dir = at < 0 ? '' : at === 0 ? '/' : trimmed.slice(0, at);
    return { root, dir: trimmed === '' ? root : dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  },
  format(parts) {
    const base = parts.base ?? `${parts.name ?? ''}${parts.ext ? (parts.ext.startsWith('.') ? parts.ext : `.${parts.ext}`) : ''}`;
    const dir = parts.dir ?? parts.root;
    if (!dir) return base;
    return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
  },
  toNamespacedPath: (path) => path,
  matchesGlob: () => { throw new codes.ERR_NOT_SUPPORTED('path.matchesGlob'); },
};
posix.posix = posix;
posix.win32 = require('internal/path_win32');
posix.win32.posix = posix;

module.exports = posix;

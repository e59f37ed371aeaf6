// node:url
'use strict';

const { codes } = require('internal/errors');
const path = require('path');

const special = { 'http:': '80', 'https:': '443', 'ftp:': '21', 'ws:': '80', 'wss:': '443', 'file:': '' };

const encoder = (set) => (text) => {
  let out = '';
  for (const char of text) {
    const code = char.codePointAt(0);
    if (code > 0x20 && code < 0x7f && !set.includes(char)) out += char;
    else for (const byte of host.encode(char)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
};
const encodePath = encoder('"#<>?`{}');
const encodeQuery = encoder('"#<>\'');
const encodeHash = encoder('"<>`');
const encodeUser = encoder('"#<>?`{}/:;=@[\\]^|');

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

function invalid(input, base) {
  const error = new codes.ERR_INVALID_URL();
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

/** The parts of a URL, or null when it is none. */
function parse(input, base) {
  const text = String(input).replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text);
  if (scheme !== null && !(base !== null && special[`${scheme[1].toLowerCase()}:`] !== undefined && base.protocol === `${scheme[1].toLowerCase()}:` && !/^[\\/]{2}/.test(scheme[2]))) {
    return parseAbsolute(`${scheme[1].toLowerCase()}:`, scheme[2]);
  }
  if (base === null) return null;
  const rest = scheme === null ? text : scheme[2];
  return parseRelative(rest, base);
}

function split(text) {
  const [beforeHash, ...hash] = text.split('#');
  const [beforeQuery, ...query] = beforeHash.split('?');
  return {
    path: beforeQuery,
    search: query.length > 0 ? query.join('?') : null,
    hash: hash.length > 0 ? hash.join('#') : null,
  };
}

function finish(url, search, hash) {
  url.search = search === null || search === '' ? '' : `?${encodeQuery(search)}`;
  url.hash = hash === null || hash === '' ? '' : `#${encodeHash(hash)}`;
  return url;
}

function parseAbsolute(protocol, rest) {
  const parts = split(rest);
  const url = { protocol, username: '', password: '', hostname: '', port: '', pathname: '', opaque: false, authority: false };
  const isSpecial = special[protocol] !== undefined;
  let remaining = isSpecial ? parts.path.replaceAll('\\', '/') : parts.path;
  if (remaining.startsWith('//') || (isSpecial && protocol !== 'file:')) {
    remaining = remaining.replace(isSpecial ? /^\/*/ : /^\/\//, protocol === 'file:' ? (all) => all.slice(2) : '');
    const end = remaining.indexOf('/');
    const authority = end < 0 ? remaining : remaining.slice(0, end);
    remaining = end < 0 ? '' : remaining.slice(end);
    if (!parseAuthority(url, authority)) return null;
    if (isSpecial && protocol !== 'file:' && url.hostname === '') return null;
    url.authority = true;
  } else if (!isSpecial && !remaining.startsWith('/')) {
    url.opaque = true;
    url.pathname = encoder('')(remaining).replaceAll('%20', ' ');
    return finish(url, parts.search, parts.hash);
  } else if (protocol === 'file:') {
    url.authority = true;
  }
  url.pathname = normalizePath(remaining, isSpecial);
  return finish(url, parts.search, parts.hash);
}

function parseAuthority(url, authority) {
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const [user, ...password] = authority.slice(0, at).split(':');
    url.username = encodeUser(user);
    url.password = encodeUser(password.join(':'));
  }
  const place = authority.slice(at + 1);
  const port = /:(\d*)$/.exec(place);
  const name = port === null ? place : place.slice(0, port.index);
  if (port === null && /:[^\]]*$/.test(place) && !place.endsWith(']')) return false;
  if (!parseHost(url, name)) return false;
  if (port !== null && port[1] !== '') {
    const number = Number(port[1]);
    if (number > 65535) return false;
    url.port = String(number) === special[url.protocol] ? '' : String(number);
  }
  return true;
}

function parseHost(url, name) {
  if (name.startsWith('[')) {
    if (!/^\[[0-9a-fA-F:.]+\]$/.test(name)) return false;
    url.hostname = name.toLowerCase();
    return true;
  }
  if (special[url.protocol] === undefined) {
    url.hostname = encoder('')(name);
    return !/[\0\t\n\r #/<>?@[\\\]^|]/.test(name);
  }
  const decoded = decode(name).toLowerCase();
  if (/[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(decoded)) return false;
  const number = /^(\d+)(\.\d+){0,3}$/.test(decoded) ? decoded.split('.').map(Number) : null;
  if (number !== null) {
    if (number.slice(0, -1).some((part) => part > 255) || number.at(-1) >= 256 ** (5 - number.length)) return false;
    const value = number.slice(0, -1).reduce((sum, part, at) => sum + part * 256 ** (3 - at), number.at(-1));
    url.hostname = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
    return true;
  }
  url.hostname = url.protocol === 'file:' && decoded === 'localhost' ? '' : toAscii(decoded);
  return true;
}

/** Host names beyond ASCII by Punycode. */
function toAscii(name) {
  return name.split('.').map((label) => {
    // eslint-disable-next-line no-control-regex
    if (/^[\x00-\x7f]*$/.test(label)) return label;
    const points = [...label.normalize('NFC')].map((char) => char.codePointAt(0));
    const basic = points.filter((point) => point < 128);
    let [out, n, delta, bias, done] = [basic.map((point) => String.fromCharCode(point)).join(''), 128, 0, 72, basic.length];
    if (basic.length > 0) out += '-';
    while (done < points.length) {
      const next = Math.min(...points.filter((point) => point >= n));
      delta += (next - n) * (done + 1);
      n = next;
      for (const point of points) {
        if (point < n) delta++;
        if (point !== n) continue;
        let q = delta;
        for (let k = 36; ; k += 36) {
          const t = Math.min(Math.max(k - bias, 1), 26);
          if (q < t) break;
          const digit = t + ((q - t) % (36 - t));
          out += String.fromCharCode(digit < 26 ? digit + 97 : digit + 22);
          q = Math.floor((q - t) / (36 - t));
        }
        out += String.fromCharCode(q < 26 ? q + 97 : q + 22);
        delta = Math.floor(done === basic.length ? delta / 700 : delta / 2);
        delta += Math.floor(delta / (done + 1));
        let k = 0;
        for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
        bias = k + Math.floor((36 * delta) / (delta + 38));
        delta = 0;
        done++;
      }
      delta++;
      n++;
    }
    return `xn--${out}`;
  }).join('.');
}

function normalizePath(text, isSpecial) {
  const parts = text.split('/');
  const out = [];
  parts.slice(text.startsWith('/') ? 1 : 0).forEach((part, at, all) => {
    const plain = part.replace(/%2e/gi, '.');
    const last = at === all.length - 1;
    if (plain === '..') {
      out.pop();
      if (last) out.push('');
    } else if (plain === '.') {
      if (last) out.push('');
    } else {
      out.push(encodePath(part));
    }
  });
  if (out.length === 0) return isSpecial || text !== '' ? '/' : '';
  return `/${out.join('/')}`;
}

function parseRelative(text, base) {
  const isSpecial = special[base.protocol] !== undefined;
  const parts = split(text);
  const rest = isSpecial ? parts.path.replaceAll('\\', '/') : parts.path;
  if (base.opaque) {
    if (parts.path !== '' || parts.search !== null || parts.hash === null) return null;
    return { ...base, hash: parts.hash === '' ? '' : `#${encodeHash(parts.hash)}` };
  }
  if (rest.startsWith('//')) return parseAbsolute(base.protocol, text);
  const url = { ...base };
  if (rest === '') return finish(url, parts.search === null ? base.search.slice(1) || null : parts.search, parts.hash);
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1);
  url.pathname = normalizePath(rest.startsWith('/') ? rest : `${folder || '/'}${rest}`, isSpecial);
  return finish(url, parts.search, parts.hash);
}

class URLSearchParams {
  #list = [];
  #changed = null;

  constructor(init = '') {
    if (init !== null && (typeof init === 'object' || typeof init === 'function')) {
      const pairs = typeof init[Symbol.iterator] === 'function' ? [...init] : Object.entries(init);
      for (const pair of pairs) {
        const [name, value] = pair;
        if ([...pair].length !== 2) throw Object.assign(new TypeError('Each query pair must be an iterable [name, value] tuple'), { code: 'ERR_INVALID_TUPLE' });
        this.#list.push([String(name), String(value)]);
      }
    } else {
      this.#parse(String(init));
    }
  }

  #parse(text) {
    const query = text.startsWith('?') ? text.slice(1) : text;
    this.#list = query.split('&').filter((part) => part !== '').map((part) => {
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))];
    });
  }

  static [host.harness](params, changed) { params.#changed = changed; }
  [host.harness](text) { this.#parse(text); }

  #touch() { this.#changed?.(this.toString()); }
  get size() { return this.#list.length; }
  append(name, value) { this.#list.push([String(name), String(value)]); this.#touch(); }
  delete(name, value) {
    this.#list = this.#list.filter(([key, known]) => key !== String(name) || (value !== undefined && known !== String(value)));
    this.#touch();
  }
  get(name) { return this.#list.find(([key]) => key === String(name))?.[1] ?? null; }
  getAll(name) { return this.#list.filter(([key]) => key === String(name)).map(([, value]) => value); }
  has(name, value) { return this.#list.some(([key, known]) => key === String(name) && (value === undefined || known === String(value))); }
  set(name, value) {
    const at = this.#list.findIndex(([key]) => key === String(name));
    if (at < 0) this.#list.push([String(name), String(value)]);
    else {
      this.#list[at][1] = String(value);
      this.#list = this.#list.filter(([key], index) => key !== String(name) || index <= at);
    }
    this.#touch();
  }
  sort() { this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#touch(); }
  forEach(callback, self) { for (const [name, value] of this.#list) callback.call(self, value, name, this); }
  *entries() { for (const [name, value] of this.#list) yield [name, value]; }
  *keys() { for (const [name] of this.#list) yield name; }
  *values() { for (const [, value] of this.#list) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  get [Symbol.toStringTag]() { return 'URLSearchParams'; }
  toString() {
    const encode = (text) => encodeURIComponent(text).replace(/[!'()~]|%20/g, (char) => (char === '%20' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase()}`));
    return this.#list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  }
  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    if (this.#list.length === 0) return 'URLSearchParams {}';
    return `URLSearchParams { ${this.#list.map(([name, value]) => `${inspect(name)} => ${inspect(value)}`).join(', ')} }`;
  }
}

class URL {
  #url;
  #params = null;

  constructor(input, base) {
    const parsedBase = base === undefined ? null : parse(base, null);
    if (base !== undefined && parsedBase === null) throw invalid(String(input), String(base));
    const parsed = parse(input, parsedBase);
    if (parsed === null) throw invalid(String(input), base === undefined ? undefined : String(base));
    this.#url = parsed;
  }

  static canParse(input, base) {
    try {
      return Boolean(new URL(input, base));
    } catch {
      return false;
    }
  }
  static parse(input, base) { return URL.canParse(input, base) ? new URL(input, base) : null; }

  get href() {
    const { protocol, pathname, search, hash, authority } = this.#url;
    return `${protocol}${authority ? `//${this.#credentials()}${this.host}` : ''}${pathname}${search}${hash}`;
  }
  set href(value) {
    const parsed = parse(value, null);
    if (parsed === null) throw invalid(String(value));
    this.#url = parsed;
    this.#params?.[host.harness](parsed.search);
  }
  #credentials() {
    const { username, password } = this.#url;
    return username === '' && password === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
  }
  get origin() {
    const { protocol } = this.#url;
    return special[protocol] !== undefined && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
  }
  get protocol() { return this.#url.protocol; }
  set protocol(value) {
    const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*)/.exec(String(value))?.[1];
    if (scheme !== undefined && (special[`${scheme}:`] !== undefined) === (special[this.protocol] !== undefined)) this.#url.protocol = `${scheme.toLowerCase()}:`;
  }
  get username() { return this.#url.username; }
  set username(value) { this.#url.username = encodeUser(String(value)); }
  get password() { return this.#url.password; }
  set password(value) { this.#url.password = encodeUser(String(value)); }
  get host() { return `${this.#url.hostname}${this.#url.port === '' ? '' : `:${this.#url.port}`}`; }
  set host(value) { const url = { ...this.#url }; if (parseAuthority(url, String(value).split(/[/?#]/)[0])) this.#url = { ...url, username: this.#url.username, password: this.#url.password }; }
  get hostname() { return this.#url.hostname; }
  set hostname(value) { const url = { ...this.#url }; if (parseHost(url, String(value))) this.#url = url; }
  get port() { return this.#url.port; }
  set port(value) {
    const digits = /^\d+/.exec(String(value))?.[0];
    if (String(value) === '') this.#url.port = '';
    else if (digits !== undefined && Number(digits) <= 65535) this.#url.port = String(Number(digits)) === special[this.protocol] ? '' : String(Number(digits));
  }
  get pathname() { return this.#url.pathname; }
  set pathname(value) { if (!this.#url.opaque) this.#url.pathname = normalizePath(String(value).startsWith('/') ? String(value) : `/${value}`, true).replaceAll('?', '%3F').replaceAll('#', '%23'); }
  get search() { return this.#url.search; }
  set search(value) {
    finish(this.#url, String(value).replace(/^\?/, ''), this.#url.hash.slice(1));
    this.#params?.[host.harness](this.#url.search);
  }
  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams(this.#url.search);
      URLSearchParams[host.harness](this.#params, (text) => { this.#url.search = text === '' ? '' : `?${text}`; });
    }
    return this.#params;
  }
  get hash() { return this.#url.hash; }
  set hash(value) { const text = String(value).replace(/^#/, ''); this.#url.hash = text === '' ? '' : `#${encodeHash(text)}`; }
  toString() { return this.href; }
  toJSON() { return this.href; }
  get [Symbol.toStringTag]() { return 'URL'; }
  [Symbol.for('nodejs.util.inspect.custom')](depth, options, inspect) {
    const { href, origin, protocol, username, password, host: name, hostname, port, pathname, search, searchParams, hash } = this;
    return `URL ${inspect({ href, origin, protocol, username, password, host: name, hostname, port, pathname, search, searchParams, hash }, options)}`;
  }
}

function fileURLToPath(value) {
  const url = typeof value === 'string' ? new URL(value) : value;
  if (!(url instanceof URL)) throw new codes.ERR_INVALID_ARG_TYPE('path', 'of type string or an instance of URL', value);
  if (url.protocol !== 'file:') throw new codes.ERR_INVALID_URL_SCHEME('file');
  return decode(url.pathname);
}

function pathToFileURL(value) {
  let resolved = path.resolve(String(value));
  if (String(value).endsWith('/') && !resolved.endsWith('/')) resolved += '/';
  const url = new URL('file:///');
  url.pathname = resolved.replaceAll('%', '%25').replaceAll('\\', '%5C').replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('\t', '%09');
  return url;
}

function legacyParse(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    const parts = split(String(text));
    const search = parts.search === null ? null : `?${parts.search}`;
    return { protocol: null, host: null, hostname: null, port: null, auth: null, hash: parts.hash === null ? null : `#${parts.hash}`, search, query: parts.search, pathname: parts.path || null, path: `${parts.path}${search ?? ''}` || null, href: String(text) };
  }
  const { protocol, host: name, hostname, port, hash, search, pathname, href, username, password } = url;
  return { protocol, slashes: true, auth: username === '' ? null : `${username}${password ? `:${password}` : ''}`, host: name, port: port || null, hostname, hash: hash || null, search: search || null, query: search.slice(1) || null, pathname, path: `${pathname}${search}`, href };
}

module.exports = {
  URL, URLSearchParams, fileURLToPath, pathToFileURL,
  parse: legacyParse,
  format: (value) => (value instanceof URL ? value.href : value.href ?? `${value.protocol ?? ''}${value.protocol ? '//' : ''}${value.host ?? value.hostname ?? ''}${value.pathname ?? ''}${value.search ?? ''}${value.hash ?? ''}`),
  resolve: (from, to) => {
    const base = new URL(from, 'resolve://');
    const url = new URL(to, base);
    return url.protocol === 'resolve:' ? `${url.pathname}${url.search}${url.hash}` : url.href;
  },
  domainToASCII: (name) => toAscii(String(name).toLowerCase()),
  urlToHttpOptions: (url) => ({ protocol: url.protocol, hostname: url.hostname, path: `${url.pathname}${url.search}`, href: url.href }),
};

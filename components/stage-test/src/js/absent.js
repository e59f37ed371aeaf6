// Modules of Node that a sandbox can't have: they load, and say so when they are used.
'use strict';

const { codes } = require('internal/errors');

const functions = {
  child_process: ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'],
  cluster: ['fork', 'setupPrimary'],
  dgram: ['createSocket'],
  dns: ['lookup', 'resolve', 'resolve4', 'resolve6', 'reverse', 'setServers', 'getServers'],
  http: ['request', 'get', 'createServer', 'Server', 'Agent', 'ClientRequest', 'IncomingMessage', 'ServerResponse'],
  http2: ['connect', 'createServer', 'createSecureServer'],
  https: ['request', 'get', 'createServer', 'Server', 'Agent'],
  inspector: ['open', 'close', 'url', 'Session'],
  net: ['connect', 'createConnection', 'createServer', 'Server', 'Socket'],
  repl: ['start'],
  tls: ['connect', 'createServer', 'createSecureContext', 'TLSSocket'],
  v8: ['serialize', 'deserialize', 'getHeapStatistics', 'getHeapSnapshot', 'setFlagsFromString'],
  worker_threads: ['Worker', 'MessageChannel', 'MessagePort', 'BroadcastChannel', 'receiveMessageOnPort'],
  zlib: ['gzip', 'gzipSync', 'gunzip', 'gunzipSync', 'deflate', 'deflateSync', 'inflate', 'inflateSync', 'deflateRaw', 'deflateRawSync', 'inflateRaw', 'inflateRawSync',
    'brotliCompress', 'brotliCompressSync', 'brotliDecompress', 'brotliDecompressSync', 'createGzip', 'createGunzip', 'createDeflate', 'createInflate', 'unzip', 'unzipSync', 'crc32'],
};

const values = {
  cluster: { isPrimary: true, isMaster: true, isWorker: false, workers: {} },
  http: { METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'], STATUS_CODES: { 200: 'OK', 201: 'Created', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 304: 'Not Modified', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 410: 'Gone', 418: 'I\'m a Teapot', 422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' } },
  net: {
    isIPv4: (text) => /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text),
    isIPv6: (text) => /^[0-9a-f:.]+$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`),
    isIP: (text) => (values.net.isIPv4(text) ? 4 : values.net.isIPv6(text) ? 6 : 0),
  },
  worker_threads: { isMainThread: true, parentPort: null, workerData: null, threadId: 0, resourceLimits: {}, SHARE_ENV: Symbol('SHARE_ENV') },
  zlib: { constants: {} },
};

/** The module of a name. */
function absent(name) {
  const refused = Object.fromEntries(functions[name].map((fn) => [fn, function () {
    throw new codes.ERR_NOT_SUPPORTED(`${name}.${fn}()`, 'tests that need processes, threads or the network belong on a runner; leave them out by `exclude`, `name` or `t.skip`');
  }]));
  const made = { ...refused, ...values[name] };
  if (name === 'dns') made.promises = { ...refused };
  return made;
}

module.exports = { absent };

// node:os: the same everywhere
'use strict';

module.exports = {
  EOL: '\n', devNull: '/dev/null',
  platform: () => 'linux', type: () => 'Linux', arch: () => 'wasm32', release: () => '0', version: () => '0',
  hostname: () => 'localhost', homedir: () => '/', tmpdir: () => '/tmp', endianness: () => 'LE',
  cpus: () => [], availableParallelism: () => 1, loadavg: () => [0, 0, 0], totalmem: () => 0, freemem: () => 0, uptime: () => 0,
  networkInterfaces: () => ({}), userInfo: () => ({ uid: 0, gid: 0, username: 'root', homedir: '/', shell: null }),
  constants: { signals: {}, errno: {} },
};

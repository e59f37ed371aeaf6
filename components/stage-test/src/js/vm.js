// node:vm: scripts in the one context that there is
'use strict';

const { codes } = require('internal/errors');

class Script {
  #source;
  constructor(source) {
    this.#source = String(source);
  }
  runInThisContext() { return (0, eval)(this.#source); }
  runInNewContext() { throw new codes.ERR_NOT_SUPPORTED('vm.Script.runInNewContext()'); }
  runInContext() { throw new codes.ERR_NOT_SUPPORTED('vm.Script.runInContext()'); }
}

module.exports = {
  Script,
  runInThisContext: (source) => (0, eval)(String(source)),
  runInNewContext: () => { throw new codes.ERR_NOT_SUPPORTED('vm.runInNewContext()'); },
  runInContext: () => { throw new codes.ERR_NOT_SUPPORTED('vm.runInContext()'); },
  createContext: () => { throw new codes.ERR_NOT_SUPPORTED('vm.createContext()'); },
  isContext: () => false,
};

// Makes stage.wasm with clang, which runs as WebAssembly itself: nothing but Node.js need be installed.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Exit, runClang } from '@yowasp/clang';

const read = (folder) =>
  Object.fromEntries(readdirSync(folder)
    .filter((name) => /\.(c|h|o)$/.test(name))
    .map((name) => [name, new Uint8Array(readFileSync(`${folder}/${name}`))]));

const files = { ...read('.'), ...read('bindings') };
const sources = Object.keys(files).filter((name) => /\.(c|o)$/.test(name));
const words = (bytes) => bytes && process.stderr.write(bytes);

const options = ['--target=wasm32-wasip1', '-mexec-model=reactor', '-std=gnu17', '-Oz', '-Wall', '-Wextra'];

try {
  const made = await runClang(['clang', ...options, '-o', 'stage.wasm', ...sources], files,
    { stdout: words, stderr: words, fetchProgress: () => {} });
  writeFileSync('stage.wasm', made['stage.wasm']);
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  process.exitCode = error.code;
}

// Files of the working directory, over WASI: the JavaScript engine has no `node:fs`.

import { getDirectories } from 'wasi:filesystem/preopens@0.2.6';

const CHUNK_BYTES = 1n << 20n;
const FOLLOW = { symlinkFollow: true };

/** The paths of all files below a folder, sorted. */
export function filesBelow(folder) {
  const entries = root().openAt(FOLLOW, folder, { directory: true }, { read: true }).readDirectory();
  const files = [];
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.type === 'directory') {
      files.push(...filesBelow(path));
    } else {
      files.push(path);
    }
  }
  return files.sort();
}

/** The contents of a file. */
export function read(path) {
  const file = root().openAt(FOLLOW, path, {}, { read: true });
  const bytes = new Uint8Array(Number(file.stat().size));
  for (let at = 0; at < bytes.length;) {
    const [chunk] = file.read(CHUNK_BYTES, BigInt(at));
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The contents of a file as text; what is no UTF-8 becomes U+FFFD. */
export function readText(path) {
  return new TextDecoder().decode(read(path));
}

/** Writes a file anew, and makes the folders above it. */
export function write(path, bytes) {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    makeFolder(parts.slice(0, depth).join('/'));
  }
  const file = root().openAt({}, path, { create: true, truncate: true }, { write: true });
  for (let at = 0; at < bytes.length;) {
    at += Number(file.write(bytes.subarray(at, at + Number(CHUNK_BYTES)), BigInt(at)));
  }
}

/** Writes a text to a file, and makes the folders above it. */
export function writeText(path, text) {
  write(path, new TextEncoder().encode(text));
}

function makeFolder(path) {
  try {
    root().createDirectoryAt(path);
  } catch (error) {
    if (error.payload !== 'exist') {
      throw error;
    }
  }
}

// Asked at each use: the module itself is evaluated when the stage is built.
function root() {
  const [[descriptor]] = getDirectories();
  return descriptor;
}

// Restate on the work of `cargo bench --bench durable -- single many`: six steps that do nothing, each stored before the next.
//
//     npm install @restatedev/restate-server @restatedev/restate-sdk && node restate.mjs
//
// in a folder of its own, into which this file is copied. Server, service and clients run on one machine, as Ropewalk's do.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as restate from "@restatedev/restate-sdk";

// The SDK asks for it, and Node 20 has it not.
Promise.withResolvers ??= function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};

const INGRESS = 8080;
const ADMIN = 9070;
const SERVICE = 9080;
const STEPS = 6;
const WARM_UP = 50;
const RUNS = 300;
const CLIENTS = 32;
const MANY_RUNS = 3000;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

function post(port, path, body) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request({ port, path, method: "POST", headers, agent }, (answer) => {
      let whole = "";
      answer.on("data", (part) => (whole += part));
      answer.on("end", () =>
        answer.statusCode < 300 ? resolve(whole) : reject(new Error(`${path}: ${answer.statusCode} ${whole}`)),
      );
    });
    sent.on("error", reject);
    sent.end(text);
  });
}

async function patiently(what) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await what();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const run = () => post(INGRESS, "/six/run", {});

async function oneAtATime() {
  for (let n = 0; n < WARM_UP; n += 1) await run();
  const times = [];
  for (let n = 0; n < RUNS; n += 1) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const part = (tenths) => times[Math.floor((times.length * tenths) / 10)].toFixed(2);
  console.log(`Restate, 6 steps, one run at a time: p50 ${part(5)} ms, p90 ${part(9)} ms`);
}

async function sideBySide(count) {
  let left = count;
  const began = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return count / ((performance.now() - began) / 1000);
}

const six = restate.service({
  name: "six",
  handlers: {
    run: async (context) => {
      for (let step = 0; step < STEPS; step += 1) await context.run(`step ${step}`, () => null);
      return "done";
    },
  },
});

const state = mkdtempSync(join(tmpdir(), "restate-bench-"));
const server = spawn("node_modules/.bin/restate-server", ["--base-dir", state], { stdio: "ignore" });
try {
  await restate.serve({ services: [six], port: SERVICE });
  await patiently(() => post(ADMIN, "/deployments", { uri: `http://127.0.0.1:${SERVICE}` }));
  await patiently(run);
  await oneAtATime();
  await sideBySide(10 * WARM_UP);
  console.log(`Restate, 6 steps, ${CLIENTS} runs at once: ${(await sideBySide(MANY_RUNS)).toFixed(0)} runs/s`);
} finally {
  server.kill("SIGKILL");
  rmSync(state, { recursive: true, force: true });
  process.exit();
}

/** The place of ONNX Runtime: native or WebAssembly in Node, WebAssembly in pages. */
import { unexpected } from "../../../check";
import { host } from "../../../platform/host";
import { nodeModule } from "../../../platform/node-modules";
import type { Runtime } from "./session-thread";

/** The file of WebAssembly's form that pages load. */
const PAGE_FILE = "ort.wasm.min.js";

/** The forms of ONNX Runtime that are there, the fastest first. */
export function availableRuntimes(): readonly Runtime[] {
  if (!inNode()) return pageRuntimes();
  const threads = Math.max(1, nodeModule("engine", "node:os").availableParallelism());
  const found: Runtime[] = [];
  const native = nativeFile();
  if (native !== undefined) found.push({ name: "onnxruntime-node", file: native, threads });
  const wasm = wasmFile();
  if (wasm !== undefined) found.push({ name: "onnxruntime-web", file: wasm, threads });
  return found;
}

/** True where images are laid out in blocks of channels: native ONNX Runtime does so on x64 alone. */
export function runsInBlocks(): boolean {
  return inNode() && globalThis.process.arch === "x64" && nativeFile() !== undefined;
}

/** True in Node.js, false in a page. */
export function inNode(): boolean {
  return globalThis.process?.versions?.node !== undefined;
}

/** Addresses that the page serves, by its host; the files are loaded by a worker, which needs whole addresses. */
function pageRuntimes(): readonly Runtime[] {
  const { onnxRuntime } = host();
  if (onnxRuntime === undefined) return [];
  const page = globalThis as { document?: { baseURI: string }; navigator?: { hardwareConcurrency?: number } };
  const folder = new URL(onnxRuntime.replace(/\/*$/, "/"), page.document?.baseURI).href;
  const threads = page.navigator?.hardwareConcurrency ?? 1;
  return [{ name: "onnxruntime-web", file: `${folder}${PAGE_FILE}`, folder, threads }];
}

/** The error when there is none. */
export function noRuntime(): Error {
  const fn = 'engine "compiled"';
  if (inNode()) {
    const advice = 'run `npm install onnxruntime-node@1.17.0`, or use engine "eager"';
    return unexpected(fn, "the package onnxruntime-node or onnxruntime-web", "neither", advice);
  }
  const address = "the address of the folder of onnxruntime-web that the page serves";
  const expected = `globalThis[Symbol.for("gradlens.host")] to hold onnxRuntime, ${address}`;
  return unexpected(fn, expected, "none", 'or use engine "eager"');
}

// A bundler leaves a package alone that is resolved within a try: it may not be there.

function nativeFile(): string | undefined {
  try {
    return require.resolve("onnxruntime-node");
  } catch {
    return undefined;
  }
}

function wasmFile(): string | undefined {
  try {
    return require.resolve("onnxruntime-web");
  } catch {
    return undefined;
  }
}

/** Where ONNX Runtime is: native or WebAssembly in Node, WebAssembly in pages. */
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

/** Whether images are laid out in blocks of channels: native ONNX Runtime does so on x64 alone. */
export function runsInBlocks(): boolean {
  return inNode() && globalThis.process.arch === "x64" && nativeFile() !== undefined;
}

/** Whether this is Node.js rather than a page. */
export function inNode(): boolean {
  return globalThis.process?.versions?.node !== undefined;
}

/** What the page serves, by its host; the files are loaded by a worker, which needs whole addresses. */
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
  return new Error(
    inNode()
      ? 'engine "compiled": expected the package onnxruntime-node or onnxruntime-web, got neither; run `npm install onnxruntime-node@1.17.0`, or use engine "eager"'
      : 'engine "compiled": expected globalThis[Symbol.for("gradlens.host")] to hold onnxRuntime, the address of the folder of onnxruntime-web that the page serves, got none; or use engine "eager"',
  );
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

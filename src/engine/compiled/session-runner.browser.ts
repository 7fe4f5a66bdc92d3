/** Stands in for session-runner in browsers, where onnxruntime-node cannot be: package.json's `browser` field swaps it in. */
import type { ThreadArray } from "./session-thread";

const NOT_HERE =
  'engine "compiled": expected Node.js with the package onnxruntime-node, got a browser; use engine "eager"';

/** No sessions in browsers. */
export class SessionRunner {
  /** Browsers have no onnxruntime-node. */
  async load(_model: Uint8Array, _nodes: number, _operationsPerRow?: number): Promise<number> {
    throw new Error(NOT_HERE);
  }

  /** Browsers have no onnxruntime-node. */
  async run(
    _session: number,
    _feeds: Readonly<Record<string, ThreadArray>>,
    _signal?: AbortSignal,
  ): Promise<Readonly<Record<string, ThreadArray>>> {
    throw new Error(NOT_HERE);
  }

  /** No sessions in browsers. */
  holds(_session: number): boolean {
    return false;
  }

  /** Nothing to free. */
  async release(_session: number): Promise<void> {}
}

/** The one runner of this page. */
export const runner: SessionRunner = new SessionRunner();

/** Stands in for file-handler in browsers, which have no files: package.json's `browser` field swaps it in. */
import type * as Tfjs from "@tensorflow/tfjs";

const NO_FILES = "expected an http(s), indexeddb or localstorage address in a browser, got a path";

/** Browsers have no files. */
export function fileHandler(_tf: typeof Tfjs, _path: string): Tfjs.io.IOHandler {
  throw new TypeError(`loadModel(): ${NO_FILES}`);
}

/** Nothing to register where there are no files. */
export function registerFileScheme(_tf: typeof Tfjs): void {}

/** Browsers have no files. */
export function savedModelFile(_path: string): string {
  throw new TypeError(`saveModel(): ${NO_FILES}`);
}

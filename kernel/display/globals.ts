/** `display`, `html`, `md` and `svg`, which every cell finds. */
import { inspect } from "node:util";
import { checkOptions } from "../../src/check";
import { withBuiltIns } from "../isolation/built-ins";
import { kernelPromise } from "../isolation/kernel-promise";
import { currentOrigin, type Origin } from "../isolation/origin";
import type { MimeBundle } from "./bundle";
import { format, whenMade } from "./format";
import { mimeBundle } from "./mime-bundle";
import { html, md, svg } from "./tags";

export interface DisplayOptions {
  id?: string;
  update?: boolean;
}

const OPTIONS: readonly (keyof DisplayOptions)[] = ["id", "update"];

export type Publish = (bundle: MimeBundle, options: DisplayOptions) => void;

export interface CellDisplay {
  (value: unknown, options?: DisplayOptions): Promise<void>;
  html(text: string, options?: DisplayOptions): void;
  md(text: string, options?: DisplayOptions): void;
  svg(text: string, options?: DisplayOptions): void;
  json(value: unknown, options?: DisplayOptions): void;
  raw(bundle: MimeBundle, options?: DisplayOptions): void;
}

/** Displays that are still being made; a cell ends after its own. */
export class PendingDisplays {
  readonly #byOrigin: WeakMap<Origin, Set<Promise<void>>> = new WeakMap();

  add(display: Promise<void>): void {
    const origin = currentOrigin();
    if (!origin) return;
    const pending = this.#byOrigin.get(origin) ?? new Set();
    this.#byOrigin.set(origin, pending.add(display));
    void display.finally(() => pending.delete(display));
  }

  /** Waits for a cell's displays, after its last value's. */
  async settle(origin: Origin, last?: Promise<void>): Promise<void> {
    if (last) await kernelPromise(last);
    const pending = this.#byOrigin.get(origin);
    const all = () => kernelPromise(Promise.all(pending ?? []));
    while (pending && pending.size > 0) await withBuiltIns("kernel", all);
  }
}

function checkDisplayOptions(options: DisplayOptions): void {
  checkOptions("display", options, OPTIONS);
  const { id, update } = options;
  if (id !== undefined && typeof id !== "string")
    throw new TypeError(`display(): expected id to be a string, got ${inspect(id)}`);
  if (update && id === undefined)
    throw new TypeError("display(): expected an id of what to update, got none");
}

/** Markup may come as a value of `html`, `md` or `svg` too. */
const textOf = (content: unknown): string => (typeof content === "symbol" ? inspect(content) : `${content}`);

function createDisplay(publish: Publish, pending: PendingDisplays): CellDisplay {
  const display = (value: unknown, options: DisplayOptions = {}): Promise<void> => {
    const shown = withBuiltIns("kernel", () => {
      checkDisplayOptions(options);
      return whenMade(format(value), (bundle) => publish(bundle, options));
    });
    if (shown) withBuiltIns("kernel", () => pending.add(shown));
    return shown ?? Promise.resolve();
  };
  const raw = (bundle: MimeBundle, options: DisplayOptions = {}): void =>
    withBuiltIns("kernel", () => {
      checkDisplayOptions(options);
      publish(mimeBundle(bundle, "display.raw()"), options);
    });
  const markup = (mime: string) => (content: unknown, options?: DisplayOptions) =>
    raw({ [mime]: textOf(content), "text/plain": textOf(content) }, options);
  return Object.assign(display, {
    html: markup("text/html"),
    md: markup("text/markdown"),
    svg: markup("image/svg+xml"),
    json: (content: unknown, options?: DisplayOptions) =>
      raw({ "application/json": content ?? null, "text/plain": inspect(content) }, options),
    raw,
  });
}

/** Puts `display`, `html`, `md`, `svg` and what else is given where every cell finds them. */
export function installGlobals(
  publish: Publish,
  pending: PendingDisplays,
  others: Readonly<Record<string, unknown>> = {},
): void {
  const globals = { display: createDisplay(publish, pending), html, md, svg, ...others };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
}

/** Any value as a MIME bundle: the first that knows it shows it. */
import util, { types } from "node:util";
import { withBuiltIns } from "../isolation/built-ins";
import { isInterrupt } from "../isolation/interrupt-error";
import { numbersBundle } from "./array-bundle";
import { DISPLAY, type MimeBundle } from "./bundle";
import { errorBundle } from "./error-bundle";
import { figureBundle } from "./figure-spec";
import { mimeBundle } from "./mime-bundle";
import { pictureBundle } from "./picture-bytes";
import { recordsBundle } from "./table";

/** In this order: the first that knows the value shows it. */
const KINDS: readonly ((value: object) => MimeBundle | undefined)[] = [
  pictureBundle,
  numbersBundle,
  errorBundle,
  figureBundle,
  recordsBundle,
];

function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === "function" ? () => asCells(() => apply(method, value, [])) : undefined;
}

/** A cell's own code for showing values finds the built-ins as cells have them. */
const asCells = <T>(code: () => T): T => withBuiltIns("cells", code);
// Held here: cells may have others.
const { inspect } = util;
const { apply } = Reflect;
const inspected = (value: unknown): string => asCells(() => inspect(value));

function failedDisplay(value: unknown, error: unknown): MimeBundle {
  let text: string;
  try {
    text = inspected(value);
  } catch {
    text = `a value of type ${typeof value}`;
  }
  return {
    "text/plain": `${text}\n\nits display failed: ${error instanceof Error ? error.stack : inspected(error)}`,
  };
}

function builtIn(value: unknown): MimeBundle {
  if (typeof value === "object" && value !== null)
    for (const kind of KINDS) {
      const bundle = kind(value);
      if (bundle) return bundle;
    }
  return { "text/plain": inspected(value) };
}

const asBundle = (shown: unknown): MimeBundle => mimeBundle(shown, '[Symbol.for("Jupyter.display")]()');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

function orFailed<Made>(value: unknown, make: () => Made): Made | MimeBundle {
  try {
    return make();
  } catch (error) {
    if (isInterrupt(error)) throw error;
    return failedDisplay(value, error);
  }
}

/** Display of a value, at once if it can be; a value whose own display fails is shown as text with the error. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  return orFailed(value, () => {
    const display = displayMethod(value);
    if (!display) return builtIn(value);
    const shown = display();
    if (!isThenable(shown)) return asBundle(shown);
    return asPromise(shown).then(
      (made) => withBuiltIns("kernel", () => orFailed(value, () => asBundle(made))),
      (error) => withBuiltIns("kernel", () => failedDisplay(value, error)),
    );
  });
}

/** Whatever `then` does, and whatever Promise is by now; a real promise is asked as `await` asks it. */
function asPromise(shown: PromiseLike<unknown>): Promise<unknown> {
  const whose = types.isPromise(shown) ? "kernel" : "cells";
  return new Promise((resolve, reject) => withBuiltIns(whose, () => shown.then(resolve, reject)));
}

/** Does something with a bundle as soon as it is there; gives a promise when it is not there yet. */
export function whenMade(
  bundle: MimeBundle | Promise<MimeBundle>,
  use: (bundle: MimeBundle) => void,
): Promise<void> | undefined {
  if (types.isPromise(bundle)) return bundle.then((made) => withBuiltIns("kernel", () => use(made)));
  use(bundle);
  return undefined;
}

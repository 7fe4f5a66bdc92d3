import { inspect } from "node:util";
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
  return typeof method === "function" ? () => method.call(value) : undefined;
}

function failedDisplay(value: unknown, error: unknown): MimeBundle {
  let text: string;
  try {
    text = inspect(value);
  } catch {
    text = `a value of type ${typeof value}`;
  }
  return {
    "text/plain": `${text}\n\nits display failed: ${error instanceof Error ? error.stack : inspect(error)}`,
  };
}

function builtIn(value: unknown): MimeBundle {
  if (typeof value === "object" && value !== null)
    for (const kind of KINDS) {
      const bundle = kind(value);
      if (bundle) return bundle;
    }
  return { "text/plain": inspect(value) };
}

const asBundle = (shown: unknown): MimeBundle => mimeBundle(shown, '[Symbol.for("Jupyter.display")]()');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** How a value is shown, at once if it can be; a value whose own display fails is shown as text with the error. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  try {
    const display = displayMethod(value);
    if (!display) return builtIn(value);
    const shown = display();
    if (!isThenable(shown)) return asBundle(shown);
    return Promise.resolve(shown).then(asBundle, (error) => failedDisplay(value, error));
  } catch (error) {
    return failedDisplay(value, error);
  }
}

import { inspect } from "node:util";
import { numbersBundle } from "./array-bundle";
import { DISPLAY, type MimeBundle } from "./bundle";
import { errorBundle } from "./error-bundle";
import { figureBundle } from "./figure-spec";
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

function asBundle(shown: unknown): MimeBundle {
  if (typeof shown !== "object" || shown === null || Array.isArray(shown))
    throw new TypeError(`[Symbol.for("Jupyter.display")](): expected a MIME bundle, got ${inspect(shown)}`);
  return shown as MimeBundle;
}

/** How a value is shown, at once if it can be; a value whose own display fails is shown as text with the error. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  try {
    const display = displayMethod(value);
    if (!display) return builtIn(value);
    const shown = display();
    if (!(shown instanceof Promise)) return asBundle(shown);
    return shown.then(asBundle).catch((error) => failedDisplay(value, error));
  } catch (error) {
    return failedDisplay(value, error);
  }
}

/** The pages of docs/ that are written from tables and registries: `npm run docs` writes them, the tests compare. */
import { it } from "vitest";
import { expectPage } from "./generated-page";
import { methodsPage } from "./methods-page";
import { operationsPage } from "./operations-page";

/** Each page, and what makes its text. */
const PAGES: readonly (readonly [file: string, write: () => string | Promise<string>])[] = [
  ["methods.md", methodsPage],
  ["operations.md", operationsPage],
];

it.each(PAGES)(
  "docs/%s is what its registry says",
  async (file, write) => expectPage(file, await write()),
  120_000,
);

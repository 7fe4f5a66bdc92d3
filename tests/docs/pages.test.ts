/** The pages of docs/ that are written from tables and registries: `npm run docs` writes them, the tests compare. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { records } from "../../src";
import { backwardRulesPage } from "./backward-rules-page";
import { explorerPage } from "./explorer-page";
import { FIGURE_PICTURES, figuresPage } from "./figures-page";
import { galleryPage } from "./gallery-page";
import { expectFile, expectPage, root } from "./generated-page";
import { gradCamPage } from "./grad-cam-page";
import { methodsPage } from "./methods-page";
import { metricsPage } from "./metrics-page";
import { operationsPage } from "./operations-page";
import { passesPage } from "./passes-page";

/** Each page, and what makes its text. */
const PAGES: readonly (readonly [file: string, write: () => string | Promise<string>])[] = [
  ["backward-rules.md", backwardRulesPage],
  ["explorer.md", explorerPage],
  ["figures.md", figuresPage],
  ["gallery.md", galleryPage],
  ["grad-cam.md", gradCamPage],
  ["methods.md", methodsPage],
  ["metrics.md", metricsPage],
  ["operations.md", operationsPage],
  ["passes.md", passesPage],
];

it.each(PAGES)(
  "docs/%s is what its registry says",
  async (file, write) => expectPage(file, await write()),
  120_000,
);

it.each(FIGURE_PICTURES)(
  "docs/figures/%s is what the figure draws",
  async (file, draw) => expectFile(`figures/${file}`, await draw()),
  120_000,
);

it("docs/attribution.schema.json is the schema of records", () =>
  expectFile("attribution.schema.json", `${JSON.stringify(records.attributionSchema, undefined, 2)}\n`));

it("docs/figures holds no picture of a figure that is gone", () => {
  const pictures = FIGURE_PICTURES.map(([file]) => file);
  expect(readdirSync(join(root, "docs", "figures")).sort()).toEqual([...pictures].sort());
});

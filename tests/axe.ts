/** axe-core in a page: what keeps people who do not see it, or have no mouse, from using it. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds in a page, or in the elements that a selector names: rule and element. */
export async function faults(page: Page, within?: string): Promise<string[]> {
  await page.evaluate(AXE);
  const context = within === undefined ? "document" : JSON.stringify(within);
  return page.evaluate(
    `axe.run(${context}).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + " " + target)))`,
  );
}

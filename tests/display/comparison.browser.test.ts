/** The comparison of methods in a page: its scale is switched in the picture, by mouse and by keyboard. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compare } from "../../src/display";
import { launchChromium } from "../chromium";
import { comparison } from "./views";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);
afterAll(() => browser.close());

async function opened(renderer: "vega-lite" | "plotly"): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ offline: true, viewport: { width: 1000, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  await page.setContent(await compare(comparison(), { renderer }).toHTML());
  return { page, complaints };
}

/** Texts of the picture that are numbers of legends. */
const numbers = (page: Page): Promise<string[]> =>
  page.evaluate(
    `Array.from(document.querySelectorAll("svg text"), (text) => text.textContent).filter((text) => /^[−+-]?[0-9.]+$/.test(text))`,
  );

const limits = compare(comparison())
  .description.rows.flat()
  .flatMap((panel) => (panel.kind === "grid" && panel.limits ? [panel.limits] : []));
const shownAs = (limit: number): string => `+${Number(limit.toPrecision(3))}`;

test("holds the full colour of each map under every rule", () => {
  expect(limits).toHaveLength(4);
  for (const { panel, shared, raw } of limits) {
    expect(panel).toBeLessThanOrEqual(shared);
    expect(shared).toBe(Math.max(...limits.map((limit) => limit.panel)));
    expect(raw).toBe(1);
  }
  expect(limits[0].panel).toBeLessThan(limits[0].shared);
});

test("Vega-Lite: the list under the picture gives each map its own scale", async () => {
  const { page, complaints } = await opened("vega-lite");
  const list = page.locator("select");
  await list.waitFor();
  const own = shownAs(limits[0].panel);
  expect(await list.inputValue()).toBe("shared");
  expect(await numbers(page)).not.toContain(own);
  // By keyboard: the list has the rules in the order of the option's names.
  await list.focus();
  await page.keyboard.press("ArrowUp");
  await expect.poll(() => list.inputValue()).toBe("panel");
  await expect.poll(() => numbers(page), { timeout: 20_000 }).toContain(own);
  await list.selectOption("shared");
  await expect.poll(() => numbers(page), { timeout: 20_000 }).not.toContain(own);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 90_000);

test("Plotly: buttons under the picture do the same, by mouse and by keyboard", async () => {
  const { page, complaints } = await opened("plotly");
  const own = shownAs(limits[0].panel);
  const button = (rule: string) => page.locator(".updatemenu-button", { hasText: `${rule}:` });
  await button("panel").click();
  await expect.poll(() => numbers(page), { timeout: 20_000 }).toContain(own);
  await button("shared").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => numbers(page), { timeout: 20_000 }).not.toContain(own);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 90_000);

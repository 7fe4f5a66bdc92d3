/** Pages of figures for those who do not see them, or have no mouse: axe-core, keys, labels and tables. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AnyFigure, accumulation, FIGURES, type Figure, heatmap, slices } from "../../src/display";
import { faults } from "../axe";
import { launchChromium } from "../chromium";
import { resultsFor } from "./results";
import { digits, withPath } from "./views";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);

afterAll(() => browser.close());

async function open(figure: Figure, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const context = await browser.newContext({ offline: true, colorScheme });
  const page = await context.newPage();
  await page.setContent(await figure.toHTML());
  await page.waitForSelector(figure.renderer === "plotly" ? ".plot-container .main-svg" : "svg.marks");
  return page;
}

/** Each figure by one renderer, in turn, on a light page or a dark one. */
const DRAWN = FIGURES.map((figure, i) => {
  const [renderer, scheme] = (
    [
      ["vega-lite", "light"],
      ["plotly", "dark"],
      ["plotly", "light"],
      ["vega-lite", "dark"],
    ] as const
  )[i % 4]!;
  return [figure.meta.name, renderer, scheme, figure] as const;
});

it.each(DRAWN)(
  "a page of %s by %s, %s, has no fault that axe-core finds",
  async (_, renderer, scheme, figure: AnyFigure) => {
    const [[, make]] = resultsFor(figure) as [[string, () => Promise<never>]];
    const page = await open(figure(await make(), renderer === "plotly" ? { renderer } : {}), scheme);
    expect(await faults(page)).toEqual([]);
    await page.context().close();
  },
  120_000,
);

it("has one label for each panel, made of its numbers, and none for each of its cells", async () => {
  const page = await open(heatmap(digits()));
  const labels: string[] = await page.evaluate(
    `[...document.querySelectorAll("svg .role-mark[aria-label], svg .role-mark [aria-label]")].map((e) => e.getAttribute("aria-label"))`,
  );
  expect(labels).toHaveLength(2);
  expect(labels[0]).toMatch(/^input: 8 by 8 cells: from 0 to 1\.$/);
  expect(labels[1]).toMatch(/^attribution to the logit, 8 by 8 cells: strongest: row \d, column \d \([+−]/);
  const described = await page.locator(".gradlens-figure").getAttribute("aria-describedby");
  expect(await page.locator(`#${described}`).textContent()).toContain(labels[1]);
  await page.context().close();
}, 60_000);

it("opens its tables by keyboard, with the numbers as they are", async () => {
  const view = digits();
  const figure = heatmap(view);
  const page = await open(figure);
  expect(await page.locator("table").first().isVisible()).toBe(false);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const table = page.locator("table").nth(1);
  await table.waitFor();
  expect(await table.locator("th").allTextContents()).toEqual(["row", "column", "attribution", "input"]);
  const [, cells] = figure.toTables();
  expect(cells).toHaveLength(64);
  expect(cells![10]).toEqual({ row: 1, column: 2, attribution: view.parts[0]!.values.data[10], input: 1 });
  await page.context().close();
}, 60_000);

it("Plotly: what plays is moved and played by keyboard alone", async () => {
  for (const figure of [accumulation(withPath(), { renderer: "plotly" })]) {
    const page = await open(figure);
    const shown = () => page.locator(".slider-label").first().textContent();
    const press = async (key: string, text: string) => {
      await page.keyboard.press(key);
      await expect.poll(shown, { timeout: 30_000 }).toContain(text);
    };
    await page.keyboard.press("Tab");
    await press("Home", "step 1 / 25");
    await press("ArrowRight", "step 3 / 25");
    await press("ArrowLeft", "step 1 / 25");
    await press("End", "step 25 / 25");
    await press("Home", "step 1 / 25");
    await press("Space", "step 25 / 25");
    await page.context().close();
  }
}, 120_000);

it("moves through the slices of a volume by keyboard, from the strongest on", async () => {
  const [[, make]] = resultsFor(FIGURES.find(({ meta }) => meta.name === "slices")!) as [
    [string, () => Promise<never>],
  ];
  const page = await open(slices(await make()));
  await page.getByText("slice 6 of 0 … 9").waitFor();
  await page.getByRole("slider", { name: "slice" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.getByText("slice 5 of 0 … 9").waitFor();
  await page.context().close();
}, 60_000);

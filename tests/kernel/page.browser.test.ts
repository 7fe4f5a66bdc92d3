import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { mainFile, type TemporaryFolder, temporaryFolder } from "./kernel";

const PLOTLY = `display.raw({ "application/vnd.plotly.v1+json": {
  data: [{ type: "heatmap", z: [[1, 2], [3, 4]] }],
  layout: { width: 500, height: 360, title: { text: "</script><!-- title" },
    sliders: [{ steps: ["a", "b"].map((name) => ({ label: name, method: "animate", args: [[name], { mode: "immediate", frame: { duration: 0, redraw: true } }] })) }],
    updatemenus: [{ type: "buttons", x: 0, y: 1.3, buttons: [{ label: "Play", method: "animate", args: [null, { frame: { duration: 60, redraw: true }, transition: { duration: 0 } }] }] }] },
  frames: [{ name: "a", data: [{ z: [[1, 2], [3, 4]] }] }, { name: "b", data: [{ z: [[40, 30], [20, 10]] }] }],
} })`;
const VEGA = `display.raw({ "application/vnd.vegalite.v5+json": {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json", width: 200, height: 120,
  data: { values: [{ name: "<img src=x onerror=window.hurt=1>", value: 2 }, { name: "b", value: 5 }] },
  mark: { type: "bar", tooltip: true },
  encoding: { x: { field: "name", type: "nominal" }, y: { field: "value", type: "quantitative" } } } })`;
const CELLS = [
  PLOTLY,
  VEGA,
  `display.svg('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="teal"/></svg>')`,
  "console.log('\\u001b[32mgreen\\u001b[0m <b>text</b>'); console.error('warned');",
  "md`**strong** $a^2$`",
  "throw new Error('shown')",
];

let folder: TemporaryFolder;
let browser: Browser;
let url: string;

beforeAll(async () => {
  folder = temporaryFolder();
  const code = (source: string) => ({
    cell_type: "code",
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  });
  const text =
    "# Page\n\nA formula $\\sum_i \\phi_i$ and [a link](https://example.org).\n\n```ts\nconst a: number = 1;\n```";
  const cells = [{ cell_type: "markdown", metadata: {}, source: text }, ...CELLS.map(code)];
  const notebook = path.join(folder.path, "page.ipynb");
  writeFileSync(notebook, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  const page = path.join(folder.path, "page.html");
  const { status } = spawnSync(process.execPath, [
    mainFile,
    "run",
    notebook,
    "--allow-errors",
    "--html",
    page,
  ]);
  expect(status).toBe(0);
  url = pathToFileURL(page).href;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  folder?.remove();
});

async function open(colorScheme: "light" | "dark"): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({
    offline: true,
    colorScheme,
    viewport: { width: 1200, height: 900 },
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("requestfailed", (request) => problems.push(request.url()));
  await page.goto(url);
  await page.waitForFunction(() => document.querySelectorAll(".figure[data-drawn]").length === 2);
  return { page, problems };
}

for (const scheme of ["light", "dark"] as const)
  describe(`the page in ${scheme} mode, offline`, () => {
    it("shows every kind of output and reports no error", async () => {
      const { page, problems } = await open(scheme);
      expect(problems).toEqual([]);
      expect(await page.title()).toBe("Page");
      expect(await page.locator("math").count()).toBe(2);
      expect(await page.locator("img[src^='data:image/svg']").count()).toBe(1);
      expect(await page.locator(".ansi-green").innerText()).toBe("green");
      expect(await page.locator(".stdout").innerText()).toContain("<b>text</b>");
      expect(await page.locator(".stderr").innerText()).toContain("warned");
      expect(await page.locator(".error").innerText()).toMatch(/Error: shown\n\s+at cell \[6\]:1:/);
      expect(await page.locator(".markdown strong").innerText()).toBe("strong");
      expect(await page.locator(".code-keyword").count()).toBeGreaterThan(3);
      await page.context().close();
    });

    it("has text that can be read on its background", async () => {
      const { page } = await open(scheme);
      const luminance = (selector: string, property: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element, name) => {
            const [r, g, b] = getComputedStyle(element)
              .getPropertyValue(name)
              .match(/[\d.]+/g)!
              .map(Number) as [number, number, number];
            const linear = (v: number) =>
              v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
            return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          }, property);
      const ground = await luminance("body", "background-color");
      for (const [selector, property] of [
        ["body", "color"],
        [".js-plotly-plot .xtick text", "fill"],
        ["svg.marks .role-axis-label text", "fill"],
      ] as const) {
        const ink = await luminance(selector, property);
        const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        expect(contrast, selector).toBeGreaterThan(4.5);
      }
      await page.context().close();
    });
  });

it("plays a Plotly animation by its button and moves it by its slider", async () => {
  const { page } = await open("light");
  const corner = () =>
    page.evaluate(
      () =>
        (document.querySelector(".js-plotly-plot") as unknown as { data: { z: number[][] }[] }).data[0]!
          .z[0]![0],
    );
  expect(await corner()).toBe(1);
  await page.locator(".updatemenu-button").first().click();
  await page.waitForFunction(
    () =>
      (document.querySelector(".js-plotly-plot") as unknown as { data: { z: number[][] }[] }).data[0]!
        .z[0]![0] === 40,
  );
  await page.waitForTimeout(400);
  const rail = (await page.locator(".slider-rail-touch-rect").boundingBox())!;
  await page.mouse.click(rail.x + 8, rail.y + rail.height / 2);
  await page.waitForFunction(
    () =>
      (document.querySelector(".js-plotly-plot") as unknown as { data: { z: number[][] }[] }).data[0]!
        .z[0]![0] === 1,
  );
  await page.context().close();
});

it("shows a tooltip over a Vega-Lite mark, as text and not as markup", async () => {
  const { page } = await open("light");
  await page.locator("svg.marks .mark-rect path").first().hover();
  await page.waitForSelector("#vg-tooltip-element.visible");
  expect(await page.locator("#vg-tooltip-element").innerText()).toContain("<img src=x");
  expect(await page.evaluate(() => (window as unknown as { hurt?: number }).hurt)).toBeUndefined();
  await page.context().close();
});

/** The contact sheet of the gallery, docs/gallery.png: every figure by every renderer, as a browser draws it. */
import { writeFileSync } from "node:fs";
import { decode } from "fast-png";
import type { Browser } from "playwright-core";
import { FIGURES, type Figure } from "../../src/display";
import { palettePng } from "../../src/display/output/raster";
import { launchChromium } from "../chromium";
import { resultsFor } from "../display/results";

const PAGES = [
  ["vega-lite", "light"],
  ["vega-lite", "dark"],
  ["plotly", "light"],
  ["plotly", "dark"],
] as const;

/** Pixels of a picture on the sheet, which is read at a glance. */
const [WIDTH, COLUMNS] = [330, 4];

/** Pixels of a page that most figures fit into, and of the margin on either side. */
const [MOST_USUAL, MARGIN] = [840, 16];

/** A figure as its page shows it, without the line of its tables. */
async function shot(browser: Browser, figure: Figure, colorScheme: "light" | "dark"): Promise<string> {
  const context = await browser.newContext({
    offline: true,
    colorScheme,
    viewport: { width: MOST_USUAL, height: 100 },
  });
  const page = await context.newPage();
  await page.setContent(await figure.toHTML(), { timeout: 120_000 });
  await page.waitForSelector(figure.renderer === "plotly" ? ".plot-container .main-svg" : "svg.marks");
  await page.addStyleTag({ content: ".gradlens-tables { display: none; }" });
  // A figure that is wider than the page would be cut: it scrolls there.
  const widest = await page.evaluate(`document.querySelector(".gradlens-figure").scrollWidth`);
  await page.setViewportSize({ width: Math.max(MOST_USUAL, Number(widest) + 2 * MARGIN), height: 100 });
  const png = await page.screenshot({ fullPage: true });
  await context.close();
  return png.toString("base64");
}

async function main(file: string): Promise<void> {
  const browser = await launchChromium();
  const rows: string[] = [];
  for (const figure of FIGURES) {
    const made = await resultsFor(figure)[0]![1]();
    const cells: string[] = [];
    for (const [renderer, scheme] of PAGES) {
      const picture = await shot(browser, figure(made, renderer === "plotly" ? { renderer } : {}), scheme);
      cells.push(`<img width="${WIDTH}" src="data:image/png;base64,${picture}">`);
    }
    rows.push(`<h2>${figure.meta.title}</h2><div>${cells.join("")}</div>`);
  }
  const page = await browser.newPage({ viewport: { width: COLUMNS * (WIDTH + 8) + 24, height: 100 } });
  await page.setContent(
    `<style>body{margin:12px;background:#8a8a8a;font:13px system-ui,sans-serif}h2{font-size:14px;margin:10px 0 4px}` +
      `div{display:flex;gap:8px;align-items:flex-start}</style>${rows.join("")}`,
    { timeout: 120_000 },
  );
  const { width, height, data } = decode(await page.screenshot({ fullPage: true, timeout: 120_000 }));
  const pixels = new Uint8Array(4 * width * height).fill(255);
  const channels = data.length / (width * height);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = Number(data[channels * i + c]);
  writeFileSync(file, palettePng(width, height, pixels));
  await browser.close();
}

main(process.argv[2]!).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

/** Figures in JupyterLab, Notebook 7 and an exported page, for those who do not see them or have no mouse: axe-core. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FIGURES, type Figure, type RendererName } from "../../src/display";
import { metadataOf } from "../../src/display/displayed";
import { faults } from "../axe";
import { launchChromium } from "../chromium";
import { resultsFor } from "../display/results";
import { mainFile, type TemporaryFolder, temporaryFolder } from "../kernel/kernel";
import {
  chooseInner,
  openPage,
  pictureFile,
  python,
  type Server,
  startServer,
  writeNotebook,
} from "./jupyter";

const { installLabExtension } = createRequire(mainFile)(
  "./install/labextension.js",
) as typeof import("../../kernel/install/labextension");

/** What a reader meets: a figure of each form, and those with a slider, a switch and a picture inside. */
const SAMPLE: readonly (readonly [name: string, renderer?: RendererName])[] = [
  ["heatmap"],
  ["accumulation"],
  ["accumulation", "plotly"],
  ["compare"],
  ["waterfall", "plotly"],
  ["tokens"],
  ["slices", "vega-lite"],
];
/** Every figure by its own renderer and by Plotly, where there is time. */
const SHOWN = process.env.GRADLENS_ALL_FIGURES
  ? FIGURES.flatMap(({ meta }) => [[meta.name] as const, [meta.name, "plotly"] as const])
  : SAMPLE;

const DRAWN = ".gradlens-vega svg.marks, .gradlens-plotly .plot-container .main-svg:first-child";
const OUTPUT = ".jp-OutputArea-output";

let browser: Browser;
let prefix: TemporaryFolder;
let outputs: unknown[];

beforeAll(async () => {
  browser = await launchChromium();
  prefix = temporaryFolder();
  const data = path.join(prefix.path, "share", "jupyter");
  mkdirSync(data, { recursive: true });
  installLabExtension(data);
  outputs = await Promise.all(SHOWN.map(([name, renderer]) => outputOf(name, renderer)));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  prefix?.remove();
});

/** A figure as a notebook stores it. */
async function outputOf(name: string, renderer?: RendererName): Promise<object> {
  const figure = FIGURES.find(({ meta }) => meta.name === name)!;
  const [[, make]] = resultsFor(figure) as [[string, () => Promise<never>]];
  const made: Figure = figure(await make(), renderer && { renderer });
  const bundle = await made.toMimeBundle();
  return { output_type: "display_data", data: bundle, metadata: metadataOf(bundle) };
}

/** A notebook of one cell that shows them all, so that no cell waits for being scrolled to. */
function write(server: Pick<Server, "folder">): void {
  writeNotebook(server, "figures.ipynb", ["figures"], [outputs], { name: "", display_name: "No Kernel" });
}

async function allDrawn(page: Page): Promise<void> {
  await expect.poll(() => page.locator(DRAWN).count(), { timeout: 120_000 }).toBe(SHOWN.length);
}

it.each(["JupyterLab", "Notebook 7"] as const)(
  "%s shows figures in which axe-core finds no fault, on light pages and on dark ones",
  async (frontEnd) => {
    const server = await startServer(frontEnd, prefix.path);
    try {
      write(server);
      const { page, complaints, strangers } = await openPage(browser, server, frontEnd, "figures.ipynb");
      await page.locator(".jp-Dialog .jp-mod-reject", { hasText: "No Kernel" }).click({ timeout: 60_000 });
      await allDrawn(page);
      await page.screenshot({ path: pictureFile(`${frontEnd}-figures-light`) });
      expect(await faults(page, OUTPUT)).toEqual([]);
      await chooseInner(page, "Settings", "Theme", "JupyterLab Dark");
      const dark = () => page.evaluate(`document.body.dataset.jpThemeLight`);
      await expect.poll(dark).toBe("false");
      await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      const title = page.locator(".gradlens-vega .role-title-text text").first();
      await expect
        .poll(() => title.evaluate((node) => getComputedStyle(node).fill))
        .toBe("rgb(255, 255, 255)");
      await allDrawn(page);
      await page.screenshot({ path: pictureFile(`${frontEnd}-figures-dark`) });
      expect(await faults(page, OUTPUT)).toEqual([]);
      expect([complaints, strangers]).toEqual([[], []]);
      await page.context().close();
    } finally {
      await server.stop();
    }
  },
  240_000,
);

it.each(["lab", "classic"])(
  "a page that nbconvert makes of them by its template %s has no fault that axe-core finds in its outputs",
  async (template) => {
    const folder = temporaryFolder();
    try {
      write({ folder: folder.path });
      const { status, stderr } = spawnSync(
        python,
        ["-m", "nbconvert", "--to", "html", "--template", template, path.join(folder.path, "figures.ipynb")],
        { encoding: "utf8" },
      );
      expect(status, stderr).toBe(0);
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      await page.goto(pathToFileURL(path.join(folder.path, "figures.html")).href);
      const pictures = page.locator("img[src^='data:image/png']");
      expect(await pictures.count()).toBe(SHOWN.length);
      await page.screenshot({ path: pictureFile(`nbconvert-${template}-figures`), fullPage: true });
      expect(await faults(page, template === "lab" ? OUTPUT : ".output_png")).toEqual([]);
      // The words of pictures are stored in the notebook; nbconvert's lab template writes a sentence of its own instead.
      if (template === "classic") {
        const alts = await pictures.evaluateAll((all) => all.map((image) => image.getAttribute("alt")));
        expect(new Set(alts).size).toBe(new Set(SHOWN.map(([name]) => name)).size);
        for (const alt of alts) expect(alt).toMatch(/\d/);
      }
      await context.close();
    } finally {
      folder.remove();
    }
  },
  120_000,
);

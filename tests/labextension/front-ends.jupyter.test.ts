import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Notebook } from "../../kernel/notebook/notebook";
import { launchChromium } from "../chromium";
import type { TemporaryFolder } from "../kernel/kernel";
import {
  choose,
  chooseInner,
  type FrontEnd,
  installedPrefix,
  type Opened,
  openPage,
  pictureFile,
  type Server,
  startServer,
  writeNotebook,
} from "./jupyter";

/** The kernel and the extension together, as people meet them: in JupyterLab and in Notebook 7. */

const MIME = "application/vnd.plotly.v1+json";
const MODEL = `import * as tf from "@tensorflow/tfjs";
import { asModel, integratedGradients } from "gradlens";

const net = tf.sequential({
  layers: [
    tf.layers.flatten({ inputShape: [8, 8, 1] }),
    tf.layers.dense({ units: 12, activation: "relu", kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }) }),
    tf.layers.dense({ units: 3, activation: "softmax", kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
  ],
});
const picture = Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => [x === y ? 1 : 0]));
console.log("model of", net.layers.length, "layers");`;
const MAP = `const map = await integratedGradients(asModel(net, { classes: ["a", "b", "c"] }), [picture], { keepPath: true });
map`;
const FIGURE = `${MAP}.figure({ renderer: "plotly" })`;
const DIAL = `const dial = widget({
  esm: \`export default { render({ model, el }) {
    const button = document.createElement("button");
    button.className = "dial";
    const show = () => { button.textContent = "count " + model.get("count"); };
    show();
    model.on("change:count", show);
    button.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
    el.append(button);
  } }\`,
  state: { count: 3 },
});
dial`;
let browser: Browser;
let prefix: TemporaryFolder;

beforeAll(async () => {
  browser = await launchChromium();
  prefix = installedPrefix();
});

afterAll(async () => {
  await browser?.close();
  prefix?.remove();
});

function cell(page: Page, index: number): Locator {
  return page.locator(".jp-Notebook:visible .jp-CodeCell").nth(index);
}

/** Waits until a cell has run and shows its number. */
async function hasRun(page: Page, index: number): Promise<void> {
  const prompt = cell(page, index).locator(".jp-InputPrompt");
  await expect.poll(() => prompt.textContent(), { timeout: 60_000 }).toMatch(/\[\d+\]:/);
}

/**
 * Waits until the page is connected with a kernel that has nothing to do; earlier clicks find no kernel. The server's own count
 * of connections is no sign: a page that goes before it is connected is taken off it as well.
 */
async function kernelIsReady(opened: Opened): Promise<void> {
  await expect.poll(() => opened.kernelKnown, { timeout: 60_000 }).toBe(true);
  await opened.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor();
}

/**
 * Asks for completions until they are shown: JupyterLab drops those for which a kernel takes longer than a second, as the
 * first may on a busy machine.
 */
async function complete(page: Page, first: Locator): Promise<void> {
  for (let again = 0; again < 12; again++) {
    await page.keyboard.press("Tab");
    const shown = await first.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (shown) return;
  }
  throw new Error("no completions were shown");
}

/** Saves the notebook, and waits until the file has an output of this type in its second cell. */
async function save({ page }: Opened, server: Server, type: string): Promise<void> {
  await choose(page, "File", "Save Notebook");
  const saved = () => JSON.parse(readFileSync(path.join(server.folder, "test.ipynb"), "utf8")) as Notebook;
  await expect
    .poll(() => saved().cells[1]!.outputs?.some((output) => type in (output.data ?? {})), { timeout: 60_000 })
    .toBe(true);
}

function readouts(figure: Locator): Promise<string | null> {
  return figure.locator(".slider-label").first().textContent();
}

async function withNotebook(
  server: Server,
  frontEnd: FrontEnd,
  sources: string[],
  use: (opened: Opened) => Promise<void>,
  outputs?: unknown[][],
): Promise<void> {
  const name = "test.ipynb";
  writeNotebook(server, name, sources, outputs);
  const opened = await openPage(browser, server, frontEnd, name);
  try {
    await cell(opened.page, 0).waitFor({ timeout: 60_000 });
    await use(opened);
    expect(opened.complaints).toEqual([]);
    expect(opened.strangers).toEqual([]);
  } catch (error) {
    await opened.page.screenshot({ path: pictureFile(`failed-${frontEnd}`) });
    throw error;
  } finally {
    await opened.page.context().close();
  }
}

describe.each(["JupyterLab", "Notebook 7"] as const)("%s", (frontEnd) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(frontEnd, prefix.path);
  });
  afterAll(() => server?.stop());

  it("runs a notebook, draws the figure, plays it, follows the theme, and keeps all when reloaded", async () => {
    await withNotebook(server, frontEnd, [MODEL, FIGURE], async (opened) => {
      const { page, scripts } = opened;
      expect(scripts.filter((name) => name.startsWith("remoteEntry"))).not.toEqual([]);
      await kernelIsReady(opened);
      expect(scripts.filter((name) => name.startsWith("plotly."))).toEqual([]);
      await choose(page, "Run", "Run All Cells");
      await hasRun(page, 1);
      expect(await cell(page, 0).locator(".jp-OutputArea-output").innerText()).toContain("model of 3 layers");
      const figure = cell(page, 1).locator(".gradlens-plotly");
      await figure.locator(".updatemenu-button").first().waitFor();
      await figure.scrollIntoViewIfNeeded();
      await page.screenshot({ path: pictureFile(`${frontEnd}-light`) });
      const last = await readouts(figure);
      await figure.locator(".updatemenu-button", { hasText: "Play" }).click();
      await expect.poll(() => readouts(figure)).not.toBe(last);
      await expect.poll(() => readouts(figure), { timeout: 60_000 }).toBe(last);
      const title = figure.locator(".gtitle");
      const ink = () => title.evaluate((node) => getComputedStyle(node).fill);
      expect(await ink()).toBe("rgb(34, 34, 34)");
      await chooseInner(page, "Settings", "Theme", "JupyterLab Dark");
      await expect.poll(ink, { timeout: 60_000 }).toBe("rgb(232, 232, 232)");
      // Covers the page while the other theme comes.
      await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      await page.screenshot({ path: pictureFile(`${frontEnd}-dark`) });
      await chooseInner(page, "Settings", "Theme", "JupyterLab Light");
      await expect.poll(ink, { timeout: 60_000 }).toBe("rgb(34, 34, 34)");
      await save(opened, server, MIME);
      await page.reload();
      await cell(page, 1).locator(".gradlens-plotly .updatemenu-button").first().waitFor({ timeout: 60_000 });
      expect(await cell(page, 0).locator(".jp-OutputArea-output").innerText()).toContain("model of 3 layers");
    });
  }, 240_000);

  it("draws the figure by its own Vega, plays it, follows the theme, and keeps it when reloaded", async () => {
    const other = `({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "point", data: { values: [{}] } })`;
    await withNotebook(server, frontEnd, [MODEL, MAP, other], async (opened) => {
      const { page, scripts } = opened;
      await kernelIsReady(opened);
      await choose(page, "Run", "Run All Cells");
      await hasRun(page, 2);
      const figure = cell(page, 1).locator(".gradlens-vega");
      const play = figure.getByRole("checkbox");
      await play.waitFor({ timeout: 60_000 });
      await figure.scrollIntoViewIfNeeded();
      const frame = () => figure.getByRole("slider").inputValue();
      const last = await frame();
      await figure.getByRole("slider").fill("0");
      await expect.poll(frame).toBe("0");
      await play.check();
      await expect.poll(frame, { timeout: 60_000 }).toBe(last);
      await expect.poll(() => play.isChecked(), { timeout: 60_000 }).toBe(false);
      await page.screenshot({ path: pictureFile(`${frontEnd}-vega-light`) });
      const title = figure.locator(".role-title-text text").first();
      const ink = () => title.evaluate((node) => getComputedStyle(node).fill);
      expect(await ink()).toBe("rgb(0, 0, 0)");
      await chooseInner(page, "Settings", "Theme", "JupyterLab Dark");
      await expect.poll(ink, { timeout: 60_000 }).toBe("rgb(255, 255, 255)");
      await page.locator("#jupyterlab-splash").waitFor({ state: "detached" });
      await page.screenshot({ path: pictureFile(`${frontEnd}-vega-dark`) });
      // Nothing but the page lies under the figure.
      const paper = figure.locator("svg.marks");
      expect(await paper.evaluate((svg) => getComputedStyle(svg).backgroundColor)).toBe("rgba(0, 0, 0, 0)");
      // What is not ours stays as the host drew it: on a canvas.
      expect(await cell(page, 2).locator("canvas").count()).toBe(1);
      await chooseInner(page, "Settings", "Theme", "JupyterLab Light");
      await expect.poll(ink, { timeout: 60_000 }).toBe("rgb(0, 0, 0)");
      expect(scripts.filter((name) => name.startsWith("plotly."))).toEqual([]);
      await save(opened, server, "application/vnd.vega.v5+json");
      await page.reload();
      await cell(page, 1).locator(".gradlens-vega").getByRole("checkbox").waitFor({ timeout: 60_000 });
    });
  }, 240_000);

  it("interrupts a cell that spins; restarts and runs all", async () => {
    const sources = [
      "process.pid",
      'import { existsSync } from "node:fs";\nif (existsSync("spin")) for (;;) {}\n"calm"',
      '"after"',
    ];
    const spin = path.join(server.folder, "spin");
    writeFileSync(spin, "");
    await withNotebook(server, frontEnd, sources, async (opened) => {
      const { page } = opened;
      await kernelIsReady(opened);
      await choose(page, "Run", "Run All Cells");
      await hasRun(page, 0);
      const output = (index: number) => cell(page, index).locator(".jp-OutputArea-output").first();
      const first = await output(0).innerText();
      await expect.poll(() => cell(page, 1).locator(".jp-InputPrompt").textContent()).toBe("[*]:");
      await page.locator('[data-command="notebook:interrupt-kernel"]:visible').first().click();
      await hasRun(page, 1);
      expect(await output(1).innerText()).toContain("interrupted");
      expect(await cell(page, 2).locator(".jp-OutputArea-output").count()).toBe(0);
      rmSync(spin);
      await page.locator('[data-command="notebook:restart-run-all"]:visible').first().click();
      await page.locator(".jp-Dialog .jp-mod-accept").click();
      await hasRun(page, 2);
      await expect.poll(() => output(2).innerText(), { timeout: 30_000 }).toContain("after");
      expect(await output(1).innerText()).toContain("calm");
      expect(await output(0).innerText()).toMatch(/^\d+$/);
      expect(await output(0).innerText()).not.toBe(first);
    });
  }, 240_000);

  it("asks the user; moves a widget both ways, and keeps it when the page is reloaded", async () => {
    const sources = [
      'const name = await input("who? ");\nname.toUpperCase()',
      DIAL,
      "dial.set({ count: 10 })",
      'dial.get("count")',
    ];
    await withNotebook(server, frontEnd, sources, async (opened) => {
      const { page } = opened;
      await kernelIsReady(opened);
      await choose(page, "Run", "Run All Cells");
      const box = cell(page, 0).locator("input.jp-Stdin-input");
      await box.waitFor({ timeout: 60_000 });
      await box.fill("ada");
      await box.press("Enter");
      await hasRun(page, 3);
      await expect
        .poll(() => cell(page, 0).locator(".jp-OutputArea-executeResult").first().innerText())
        .toContain("ADA");
      const button = cell(page, 1).locator("button.dial");
      await expect.poll(() => button.textContent(), { timeout: 30_000 }).toBe("count 10");
      await button.click();
      await expect.poll(() => button.textContent()).toBe("count 11");
      const answer = cell(page, 3).locator(".jp-OutputArea-executeResult").first();
      await cell(page, 3).locator(".cm-content").click();
      await page.keyboard.press("Control+Enter");
      await expect.poll(() => answer.innerText(), { timeout: 30_000 }).toContain("11");
      await page.screenshot({ path: pictureFile(`${frontEnd}-widget`) });
      await save(opened, server, "application/vnd.jupyter.widget-view+json");
      await page.reload();
      const again = cell(page, 1).locator("button.dial");
      await expect.poll(() => again.textContent(), { timeout: 60_000 }).toBe("count 11");
      await again.click();
      await expect.poll(() => again.textContent()).toBe("count 12");
    });
  }, 240_000);

  it("completes, shows types, colours TypeScript, and shows the kernel's logo", async () => {
    const sources = [
      'import * as tf from "@tensorflow/tfjs";\nimport { integratedGradients } from "gradlens";\ninterface Half { of: number }',
      "",
      "integratedGradients",
    ];
    await withNotebook(server, frontEnd, sources, async (opened) => {
      const { page } = opened;
      await kernelIsReady(opened);
      await choose(page, "Run", "Run All Cells");
      await hasRun(page, 2);
      // In plain JavaScript this word is a name like any other.
      const colour = (word: string) =>
        cell(page, 0)
          .locator(".cm-line span", { hasText: new RegExp(`^${word}$`) })
          .first()
          .evaluate((node) => getComputedStyle(node).color);
      expect(await colour("interface")).toBe(await colour("import"));
      await cell(page, 1).locator(".cm-content").click();
      await page.keyboard.type("tf.layers.");
      const items = page.locator(".jp-Completer-item");
      await complete(page, items.first());
      await expect.poll(() => page.locator(".jp-Completer").innerText()).toContain("activation");
      await page.screenshot({ path: pictureFile(`${frontEnd}-completion`) });
      await page.keyboard.type("conv2dT");
      await expect.poll(() => items.count()).toBe(1);
      await page.keyboard.press("Enter");
      await expect
        .poll(() => cell(page, 1).locator(".cm-content").innerText())
        .toBe("tf.layers.conv2dTranspose");
      await cell(page, 2).locator(".cm-content").click();
      await page.keyboard.press("End");
      await page.keyboard.press("Shift+Tab");
      const tooltip = page.locator(".jp-Tooltip");
      await tooltip.waitFor({ timeout: 60_000 });
      // It is there before its text is drawn.
      const told = () => tooltip.innerText();
      await expect.poll(told, { timeout: 10_000 }).toContain("what each input adds to the score");
      await page.screenshot({ path: pictureFile(`${frontEnd}-tooltip`) });
      await page.keyboard.press("Escape");
      // It may have left the cell, too.
      await cell(page, 2).locator(".cm-content").click();
      await page.keyboard.press("End");
      await page.keyboard.type("(tf, ");
      await page.keyboard.press("Shift+Tab");
      await tooltip.waitFor({ timeout: 60_000 });
      await expect.poll(told, { timeout: 10_000 }).toMatch(/integratedGradients\(model: Net, x: Input/);
      await page.keyboard.press("Escape");
      if (frontEnd === "JupyterLab") await page.locator('[data-command="launcher:create"]').first().click();
      const logo = page
        .locator(
          frontEnd === "JupyterLab"
            ? '.jp-LauncherCard[title^="TypeScript"] img'
            : ".jp-NotebookKernelLogo img",
        )
        .first();
      await logo.waitFor();
      await expect
        .poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth))
        .toBeGreaterThan(0);
      await page.screenshot({ path: pictureFile(`${frontEnd}-logo`) });
    });
  }, 240_000);
});

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Notebook } from "../../kernel/notebook/notebook";
import { launchChromium } from "../chromium";
import type { TemporaryFolder } from "../kernel/kernel";
import {
  choose,
  type FrontEnd,
  installedPrefix,
  type Opened,
  openPage,
  pictureFile,
  type Server,
  startServer,
  writeNotebook,
} from "./jupyter";

/** The explorer in a cell, as people meet it: drawn, painted in, read by the next cell, saved, and opened again. */

const models = path.resolve(__dirname, "..", "..", "notebooks", "data", "models", "digits-cnn");
const SOURCES = [
  `import { asModel, explorer, io } from "gradlens";
const net = asModel(await io.loadModel(${JSON.stringify(models)}), { classes: [..."0123456789"], range: [0, 1] });
const ex = explorer(net);
ex`,
  "[ex.input.data[0], (await ex.map).method, (await ex.map).target[0]]",
];

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

const cell = ({ page }: Opened, index: number): Locator =>
  page.locator(".jp-Notebook:visible .jp-CodeCell").nth(index);

/** Opens the notebook, when it has a kernel that has nothing to do. */
async function open(server: Server, frontEnd: FrontEnd, name: string): Promise<Opened> {
  const opened = await openPage(browser, server, frontEnd, name);
  await cell(opened, 0).waitFor({ timeout: 180_000 });
  await expect.poll(() => opened.kernelKnown, { timeout: 180_000 }).toBe(true);
  await opened.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor();
  return opened;
}

/** The explorer of the first cell, when everything that was asked is answered. */
async function settled(opened: Opened): Promise<Locator> {
  const page = cell(opened, 0).locator(".gx[data-busy=false]");
  await page.waitFor({ timeout: 180_000 });
  return page;
}

/** Makes the first pixel white, with a real mouse. */
async function paint(opened: Opened): Promise<void> {
  const gx = await settled(opened);
  await gx.getByRole("button", { name: "grey 1", exact: true }).click();
  const canvas = gx.locator("canvas.paintable").first();
  await canvas.scrollIntoViewIfNeeded();
  await canvas.click({ position: { x: 4, y: 4 } });
  await settled(opened);
}

/** The last output of a cell, once it matches. */
function printed(opened: Opened, index: number) {
  const output = cell(opened, index).locator(".jp-OutputArea-output");
  return expect.poll(
    () =>
      output
        .last()
        .innerText({ timeout: 5000 })
        .catch(() => ""),
    { timeout: 180_000 },
  );
}

async function close({ page, complaints, strangers }: Opened): Promise<void> {
  await page.context().close();
  expect([complaints, strangers]).toEqual([[], []]);
}

describe.each(["JupyterLab", "Notebook 7"] as const)("%s", (frontEnd) => {
  it("draws, plays and tells; saved, it is a picture untrusted, and plays trusted without its kernel", async () => {
    let server = await startServer(frontEnd, prefix.path);
    try {
      writeNotebook(server, "test.ipynb", SOURCES);
      const first = await open(server, frontEnd, "test.ipynb");
      await choose(first.page, "Run", "Run All Cells");
      await printed(first, 1).toMatch(/\[\s*0\.89\d*,\s*'saliency'/);
      const gx = await settled(first);
      await paint(first);
      await gx.getByRole("tab", { name: "Integrated gradients" }).click();
      await gx.getByRole("button", { name: "↺ Reset" }).click();
      await gx.getByRole("button", { name: "▶ Play" }).click();
      await expect
        .poll(() => gx.locator(".happening").innerText(), { timeout: 180_000 })
        .toContain("Arrived.");
      await settled(first);
      await first.page.screenshot({ path: pictureFile(`${frontEnd}-explorer`) });
      await cell(first, 1).locator(".cm-content").click();
      await expect
        .poll(
          async () => {
            await first.page.keyboard.press("Control+Enter");
            return cell(first, 1).locator(".jp-OutputArea-output").last().innerText({ timeout: 5000 });
          },
          { timeout: 180_000, interval: 1000 },
        )
        .toMatch(/\[\s*1,\s*'integratedGradients'/);
      await choose(first.page, "File", "Save Notebook");
      const saved = () =>
        JSON.parse(readFileSync(path.join(server.folder, "test.ipynb"), "utf8")) as Notebook;
      const data = () => saved().cells[0]?.outputs?.[0]?.data ?? {};
      await expect
        .poll(() => Object.keys(data()).sort(), { timeout: 180_000 })
        .toEqual(["image/png", "text/html", "text/plain"]);
      // A page that is loaded anew finds its kernel, and what was painted.
      await first.page.reload();
      const again = cell(first, 0).locator(".gx[data-busy=false]");
      await again.waitFor({ timeout: 180_000 });
      await expect
        .poll(() => again.getByRole("tab", { selected: true }).innerText(), { timeout: 180_000 })
        .toBe("Integrated gradients");
      // After a restart of the kernel it still plays.
      await choose(first.page, "Kernel", "Restart Kernel…");
      await first.page.locator(".jp-Dialog .jp-mod-accept").click();
      await first.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').first().waitFor();
      await again.getByRole("tab", { name: "Saliency map" }).click();
      await paint(first);
      await close(first);
      // Written by somebody else: not trusted.
      const outputs = saved().cells.map(({ outputs: own }) => own ?? []);
      // A server of its own: JupyterLab would open the first notebook again, beside this one.
      await server.stop();
      server = await startServer(frontEnd, prefix.path);
      writeNotebook(server, "theirs.ipynb", SOURCES, outputs);
      const theirs = await openPage(browser, server, frontEnd, "theirs.ipynb");
      const output = cell(theirs, 0).locator(".jp-OutputArea-output");
      const picture = output.locator("img");
      await picture.waitFor({ timeout: 180_000 });
      expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
      expect(await picture.getAttribute("alt")).toContain("saliency");
      expect(await output.textContent()).toContain("in a notebook that you trust");
      expect(await output.locator(".gx").count()).toBe(0);
      await theirs.page.screenshot({ path: pictureFile(`${frontEnd}-explorer-untrusted`) });
      await close(theirs);
    } finally {
      await server.stop();
    }
  }, 900_000);
});

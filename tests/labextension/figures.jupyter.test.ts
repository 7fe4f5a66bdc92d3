import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { mainFile, type TemporaryFolder, temporaryFolder } from "../kernel/kernel";
import { type Opened, openPage, pictureFile, type Server, startServer, writeNotebook } from "./jupyter";

/** Stored Plotly figures of all sorts in JupyterLab, without a kernel. */

const { installLabExtension } = createRequire(mainFile)(
  "./install/labextension.js",
) as typeof import("../../kernel/install/labextension");

const MIME = "application/vnd.plotly.v1+json";
const line = { type: "scatter", x: [1, 2, 3], y: [2, 1, 3] };

function output(figure: unknown, mime = MIME): unknown[] {
  return [
    { output_type: "display_data", metadata: {}, data: { [mime]: figure, "text/plain": "only the text" } },
  ];
}

/** An extension of others that draws the same type, as plotly.py's does. */
function installOther(data: string, name: string): void {
  const folder = path.join(data, "labextensions", name);
  mkdirSync(path.join(folder, "static"), { recursive: true });
  const jupyterlab = {
    mimeExtension: true,
    _build: { load: "static/entry.js", mimeExtension: "./mimeExtension" },
  };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name, version: "1.0.0", jupyterlab }));
  writeFileSync(
    path.join(folder, "static", "entry.js"),
    `(window._JUPYTERLAB ??= {})["${name}"] = {
      init(scope) { this.scope = scope; },
      async get() {
        const [{ get }] = Object.values(this.scope["@lumino/widgets"]);
        const { Widget } = (await get())();
        const createRenderer = () => {
          const widget = new Widget();
          widget.renderModel = async () => { widget.node.textContent = "drawn by the other"; };
          return widget;
        };
        const rendererFactory = { safe: true, mimeTypes: ["${MIME}"], createRenderer };
        return () => ({ id: "${name}:plotly", rank: 2, dataType: "json", rendererFactory });
      },
    };`,
  );
}

let browser: Browser;
let prefix: TemporaryFolder;
let data: string;
let server: Server | undefined;
let opened: Opened | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());
beforeEach(() => {
  prefix = temporaryFolder();
  data = path.join(prefix.path, "share", "jupyter");
});
afterEach(async () => {
  await opened?.page.context().close();
  await server?.stop();
  prefix.remove();
});

async function show(figures: unknown[][]): Promise<(index: number) => Locator> {
  server = await startServer("JupyterLab", prefix.path);
  const sources = figures.map((_, i) => `// ${i}`);
  writeNotebook(server, "stored.ipynb", sources, figures, { name: "", display_name: "No Kernel" });
  opened = await openPage(browser, server, "JupyterLab", "stored.ipynb");
  const { page } = opened;
  await page.locator(".jp-Dialog .jp-mod-reject", { hasText: "No Kernel" }).click({ timeout: 60_000 });
  const outputs = page.locator(".jp-Notebook .jp-CodeCell");
  await outputs.first().waitFor();
  return (index) => outputs.nth(index).locator(".jp-OutputArea-output");
}

describe("stored figures", () => {
  it("fit their width, keep their colours and settings, and say why they cannot be drawn", async () => {
    installLabExtension(data);
    const at = await show([
      output({ data: [line], layout: { height: 200, title: { text: "fluid" } } }),
      output({
        data: [line],
        layout: { width: 300, height: 200, template: { layout: { paper_bgcolor: "#ffeedd" } } },
        config: { displayModeBar: true },
      }),
      output({ data: [{ type: "scatter3d", x: [1], y: [1], z: [1] }] }),
      output({ data: "points" }),
      output({
        data: [{ ...line, name: "<img src=x onerror=alert(1)>" }, line],
        layout: { width: 300, height: 200 },
      }),
    ]);
    const { page, complaints, strangers } = opened!;
    const drawing = (index: number) => at(index).locator(".main-svg").first();
    const width = async (index: number) => (await drawing(index).boundingBox())!.width;
    await drawing(0).waitFor();
    await drawing(4).waitFor();
    const before = await width(0);
    await page.setViewportSize({ width: 900, height: 1000 });
    await expect.poll(() => width(0)).toBeLessThan(before - 250);
    await page.setViewportSize({ width: 1200, height: 1000 });
    await expect.poll(() => width(0)).toBe(before);
    expect(await width(1)).toBe(300);
    const paper = (index: number) =>
      drawing(index).evaluate((node) => (node as HTMLElement).style.background);
    expect(await paper(0)).toMatch(/rgba\(0, 0, 0, 0\)/);
    expect(await paper(1)).toBe("rgb(255, 238, 221)");
    expect(await at(1).locator(".modebar-btn").count()).toBeGreaterThan(0);
    expect(await at(2).innerText()).toMatch(
      /^This Plotly figure could not be drawn: .*scatter, .*got scatter3d/,
    );
    expect(await at(3).innerText()).toBe(
      "This Plotly figure could not be drawn: expected data to be an array of traces, got a string",
    );
    expect(await at(4).locator("img").count()).toBe(0);
    // The page's own Plotly, if it has one, is not replaced.
    expect(await page.evaluate("window.Plotly")).toBeUndefined();
    await page.screenshot({ path: pictureFile("stored") });
    expect([complaints, strangers]).toEqual([[], []]);
  }, 120_000);

  it.each(["a-plotly", "z-plotly"])(
    "are left to another extension that draws them: %s",
    async (name) => {
      installLabExtension(data);
      installOther(data, name);
      const at = await show([output({ data: [line] })]);
      await expect.poll(() => at(0).innerText()).toBe("drawn by the other");
      expect(opened!.scripts.filter((script) => script.startsWith("plotly."))).toEqual([]);
      expect(opened!.complaints).toEqual([]);
    },
    120_000,
  );
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { readNotebook, root, tutorials } from "./notebook-files";

const name = "01-first-map";
let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-demo-"));
  const paths = ["--output", join(folder, `${name}.ipynb`), "--html", join(folder, `${name}.html`)];
  const args = ["dist/kernel/main.js", "run", join(tutorials, `${name}.ipynb`), ...paths];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Open the page that the demo writes, as a reader without any network would. */
async function openPage(colorScheme: "light" | "dark"): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 900 } });
  const problems: string[] = [];
  await context.route(/^(https?|wss?):/, (route) => {
    problems.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  return { page, problems };
}

/** Brightness of the page behind the text, 0 black to 255 white. */
function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const colour = getComputedStyle(document.body).backgroundColor;
    const [red = 255, green = 255, blue = 255, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return alpha === 0 ? 255 : (red + green + blue) / 3;
  });
}

describe.each(["light", "dark"] as const)("the demo's page without network, %s", (theme) => {
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    ({ page, problems } = await openPage(theme));
  });

  afterAll(() => page?.context().close());

  it("is as light or dark as the reader's system", async () => {
    const level = await brightness(page);
    if (theme === "dark") expect(level).toBeLessThan(80);
    else expect(level).toBeGreaterThan(200);
  });

  it("shows the numbers that the notebook printed", async () => {
    const cell = readNotebook(join(folder, `${name}.ipynb`)).cells.find(({ id }) => id === "headline");
    const printed = (cell?.outputs ?? []).flatMap((output) => output.text ?? []).join("");
    expect(printed).toMatch(/^prediction +\S/m);
    const lines = printed.trim().split("\n");
    const text = (await page.textContent("body")) ?? "";
    for (const line of lines) expect(text).toContain(line);
  });

  it("shows the value under the pointer on the heat map", async () => {
    // The first figure draws the input's 64 cells, then the map's.
    const cell = page.locator("svg .mark-rect.role-mark path:not([aria-label])").nth(64 + 20);
    await cell.scrollIntoViewIfNeeded();
    await cell.hover({ force: true });
    const tooltip = page.locator("#vg-tooltip-element.visible");
    await tooltip.waitFor();
    expect(await tooltip.textContent()).toMatch(/row\d+column\d+.*attribution[−-]?\d+(\.\d+)?/);
  });

  it("plays how the attribution builds up: the slider leaves the end and comes back to it", async () => {
    const play = page.getByRole("checkbox").last();
    const slider = page.getByRole("slider").last();
    await play.scrollIntoViewIfNeeded();
    const frame = (): Promise<number> => slider.inputValue().then(Number);
    const last = Number(await slider.getAttribute("max"));
    expect(last).toBeGreaterThan(2);
    expect(await frame()).toBe(last);
    await slider.fill("0");
    await expect.poll(frame, { timeout: 20_000 }).toBe(0);
    await play.check();
    await expect.poll(frame, { interval: 50, timeout: 60_000 }).toBe(last);
    await expect.poll(() => play.isChecked(), { timeout: 60_000 }).toBe(false);
  });

  it("asks for nothing and reports no error", () => {
    expect(problems).toEqual([]);
  });
});

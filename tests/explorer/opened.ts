/** The explorer's page and module in Chromium, offline: opened, watched for complaints, and asked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

export const root: string = join(__dirname, "../..");
const built = join(root, "dist", "explorer");

/** The module of the explorer, as it is bundled. */
export const MODULE: string = readFileSync(join(built, "explorer.mjs"), "utf8");

/** A page, and what it complained of. */
export interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

export async function watched(browser: Browser, options: BrowserContextOptions): Promise<Opened> {
  const context = await browser.newContext({ offline: true, ...options });
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("request", (request) => {
    if (!/^(file|blob|data|about):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  return { page, complaints };
}

/** The stand-alone page at a state, when all answers of its first tab are there. */
export async function openPage(
  browser: Browser,
  fragment = "",
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const opened = await watched(browser, options);
  await opened.page.goto(`${pathToFileURL(join(built, "index.html")).href}${fragment && `#${fragment}`}`);
  await settled(opened.page);
  return opened;
}

/** Waits until everything that was asked is answered and drawn. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".gx[data-busy=false]").waitFor({ timeout: 90_000 });
}

/** An empty page in which the module is `globalThis.module`. */
export async function openModule(browser: Browser): Promise<Opened> {
  const opened = await watched(browser, {});
  await opened.page.goto("about:blank");
  // As texts: the tests' own compiler would rewrite the import.
  await opened.page.evaluate(
    `import(URL.createObjectURL(new Blob([${JSON.stringify(MODULE)}], { type: "text/javascript" }))).then((loaded) => {
      globalThis.module = loaded;
    })`,
  );
  return opened;
}

/** Closes a page that must not have complained. */
export async function close({ page, complaints }: Opened): Promise<void> {
  await page.context().close();
  expect(complaints).toEqual([]);
}

/** What the page's store says: an expression in which `store` and `player` are known. */
export function told<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate(
    `(({ store, player }) => (${expression}))(document.getElementById("explorer").explorer)`,
  );
}

/** Sets fields of the state, as the controls do (null stands for undefined), and waits for the answers. */
export async function set(page: Page, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const fields = JSON.stringify(changes).replaceAll(":null", ":undefined");
  await told(page, `(store.change(${fields}), true)`);
  await drawnAndSettled(page);
}

/** After the next frame, when everything is answered. */
export async function drawnAndSettled(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await settled(page);
}

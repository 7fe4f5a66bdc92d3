// What the explorer takes of a reader's time, by the clock of the browser itself: `npm run bench -- explorer`.
//
// Prints the size, the time from loading to the first map, frames a second while the path plays, and the time from a stroke to its
// map on the digits' convolutional net.

import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/toolbox.mjs";

const { chromium } = createRequire(join(root, "package.json"))("playwright-core");
const RUNS = 5;
const STROKES = 30;

const executablePath = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((file) => existsSync(file));
const file = join(root, "dist", "explorer", "index.html");
const address = pathToFileURL(file).href;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** A fresh page, and when its first map was there after it began to load. */
async function opened(fragment) {
  const page = await (await browser.newContext({ offline: true })).newPage();
  // Looks at every frame, as a reader does.
  await page.addInitScript(() => {
    const look = () => {
      const { store } = document.getElementById("explorer")?.explorer ?? {};
      if (store?.answers.saliency ?? store?.answers.path) globalThis.firstMap = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${address}#${fragment}`);
  await page.waitForFunction(() => globalThis.firstMap !== undefined);
  const first = await page.evaluate(() => globalThis.firstMap);
  await page.locator(".gx[data-busy=false]").waitFor();
  return { page, first };
}

const firsts = [];
for (let i = 0; i < RUNS; i++) {
  const { page, first } = await opened("net=cnn");
  firsts.push(first);
  await page.context().close();
}

const { page } = await opened("net=cnn");
const strokes = await page.evaluate(async (count) => {
  const { store } = document.getElementById("explorer").explorer;
  const times = [];
  for (let i = 0; i < count; i++) {
    const before = store.answers.saliency;
    const started = performance.now();
    const cell = (i * 11) % 64;
    // Another grey than before: the same one asks for nothing.
    store.paint("input", cell, store.cells[cell] > 0.5 ? 0 : 1);
    while (store.answers.saliency === before) await new Promise((done) => setTimeout(done));
    times.push(performance.now() - started);
    while (store.busy) await new Promise((done) => setTimeout(done, 5));
  }
  return times;
}, STROKES);
await page.context().close();

const played = await opened("net=cnn&tab=path&steps=200&step=0&speed=3");
const frames = await played.page.evaluate(async () => {
  const { store, player } = document.getElementById("explorer").explorer;
  player.start();
  while (store.playing) await new Promise((done) => setTimeout(done, 20));
  return (1000 * (player.frames - 1)) / player.elapsed;
});
await browser.close();

console.log(`page: ${(statSync(file).size / 1e6).toFixed(2)} MB before compression`);
console.log(
  `first map: ${median(firsts).toFixed(0)} ms after the page began to load (median of ${RUNS}, slowest ${Math.max(...firsts).toFixed(0)})`,
);
console.log(
  `a stroke to its map: ${median(strokes).toFixed(1)} ms (median of ${STROKES}, slowest ${Math.max(...strokes).toFixed(1)})`,
);
console.log(`playing: ${frames.toFixed(0)} frames a second`);

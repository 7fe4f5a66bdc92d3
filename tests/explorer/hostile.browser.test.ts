/** Nets that were damaged or forged, opened as a notebook opens them: the page shows or refuses them, and runs nothing of theirs. */

import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asModel, explorer, io, random } from "../../src";
import { launchChromium } from "../chromium";
import { shownBy } from "./kernel-bridge";
import { mutatedData, mutatedText } from "./mutated";
import { type Opened, openModule, openPage, root, settled } from "./opened";

/** 1,000 by GRADLENS_EXPLORER_MUTATIONS=1000. */
const MUTATIONS = Number(process.env["GRADLENS_EXPLORER_MUTATIONS"] ?? 25);
const LINKS = Math.min(MUTATIONS, 20);

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);

afterAll(() => browser.close());

/** Errors that nobody caught; a net may be told of in a warning. */
const uncaught = ({ complaints }: Opened): string[] =>
  complaints.filter((text) => !/^(warning|log|info):/.test(text));

describe("a net that was damaged or forged", () => {
  it(`is shown or refused, ${MUTATIONS} times`, async () => {
    const net = (await io.loadModel(join(root, "notebooks/data/models/digits-mlp"))) as LayersModel;
    const { html } = await shownBy(explorer(asModel(net, { classes: [..."0123456789"], range: [0, 1] })));
    const [, json] = /module\.open\(el, (.*)\); }\)\.catch/.exec(html)!;
    const data: unknown = JSON.parse(json!);
    const opened = await openModule(browser);
    const { page } = opened;
    await page.evaluate("globalThis.hacked = () => { globalThis.wasHacked = true; }");
    const outcome = (given: unknown): Promise<string> =>
      page.evaluate(`(async () => {
        const el = document.body.appendChild(document.createElement("div"));
        try {
          const end = await module.open(el, ${JSON.stringify(given)});
          const gx = el.shadowRoot.querySelector(".gx");
          while (gx.dataset.busy !== "false") await new Promise((done) => setTimeout(done, 5));
          end();
          return "shown";
        } catch (error) {
          return error instanceof Error ? "refused" : "threw " + error;
        } finally {
          el.remove();
        }
      })()`);
    expect(await outcome(data)).toBe("shown");
    const draw = random(0xf0f0, 2);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < MUTATIONS; i++) {
      const found = await outcome(mutatedData(draw, data));
      outcomes.set(found, (outcomes.get(found) ?? 0) + 1);
    }
    expect([...outcomes.keys()].filter((found) => found !== "shown" && found !== "refused")).toEqual([]);
    console.log(
      `explorer: of ${MUTATIONS} mutated nets ${[...outcomes].map(([name, n]) => `${n} ${name}`).join(", ")}`,
    );
    expect(await page.evaluate("globalThis.wasHacked ?? false")).toBe(false);
    expect(uncaught(opened)).toEqual([]);
    await page.context().close();
  }, 1_800_000);
});

describe("an address that was damaged or forged", () => {
  it("opens a page that plays", async () => {
    const opened = await openPage(browser, "net=logistic&pattern=edge");
    const { page } = opened;
    await page.evaluate("globalThis.hacked = () => { globalThis.wasHacked = true; }");
    const draw = random(0xadd, 3);
    for (let i = 0; i < LINKS; i++) {
      const link = mutatedText(draw, "tab=saliency&net=logistic&pattern=diagonal&steps=20&seed=3&ink=0.5");
      await page.evaluate(`location.hash = ${JSON.stringify(link)}`);
      await settled(page);
    }
    expect(await page.evaluate("globalThis.wasHacked ?? false")).toBe(false);
    expect(uncaught(opened)).toEqual([]);
    await page.context().close();
  }, 300_000);
});

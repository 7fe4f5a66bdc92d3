/** The explorer's faces: every tab, light and dark, on a telephone and on a desk, looked at by axe-core and by rulers. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { close, drawnAndSettled, openPage, root, told } from "./opened";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TABS = ["saliency", "path", "compare", "trust"] as const;
/** Two of the four; all by GRADLENS_EXPLORER_FACES=all. */
const FACES = (
  [
    ["light", 1400],
    ["dark", 360],
    ["dark", 1400],
    ["light", 360],
  ] as const
).slice(0, process.env["GRADLENS_EXPLORER_FACES"] === "all" ? 4 : 2);

const pictures = join(root, "out", "explorer");
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  mkdirSync(pictures, { recursive: true });
}, 60_000);

afterAll(() => browser.close());

/** Serious faults that axe-core finds: rule and element. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(
    `axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + " " + target)))`,
  );
}

/** What sticks out of the page, and titles and buttons that take more than one line. */
const RULERS = `(() => {
  const gx = document.getElementById("explorer").shadowRoot.querySelector(".gx");
  const wide = document.documentElement.scrollWidth > innerWidth ? ["page " + document.documentElement.scrollWidth] : [];
  const lines = [...gx.querySelectorAll(".chip, .panel-title, .tabs button, .play")].filter((node) => {
    if (node.getClientRects().length === 0) return false;
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
  });
  const [undo, clear] = [...gx.querySelectorAll(".brush .chips:last-child button")].map((node) => node.getBoundingClientRect().top);
  return [...wide, ...lines.map((node) => node.className + " " + node.textContent), ...(undo === clear ? [] : ["Undo and Clear"])];
})()`;

describe("S0-82: every tab stays whole and readable", () => {
  it.each(FACES)(
    "%s, %i pixels wide",
    async (colorScheme, width) => {
      const opened = await openPage(browser, "", { colorScheme, viewport: { width, height: 900 } });
      const { page } = opened;
      await page.evaluate(AXE);
      for (const tab of TABS) {
        await told(page, `(store.change({ tab: "${tab}" }), true)`);
        await drawnAndSettled(page);
        await page.screenshot({ path: join(pictures, `${tab}-${colorScheme}-${width}.png`), fullPage: true });
        expect(await page.evaluate(RULERS), tab).toEqual([]);
        expect(await faults(page), tab).toEqual([]);
        // The column that the original hid on narrow pages.
        expect(await page.locator(".readouts .readout:visible").count(), tab).toBe(5);
      }
      await close(opened);
    },
    180_000,
  );

  it("and nothing moves by itself for those who asked for stillness", async () => {
    const opened = await openPage(browser, "", { reducedMotion: "reduce" });
    const moving = await opened.page.evaluate(
      `[...document.getElementById("explorer").shadowRoot.querySelectorAll("*")].filter((node) => {
        const { transitionDuration, animationName } = getComputedStyle(node);
        return animationName !== "none" || transitionDuration.split(", ").some((each) => each !== "0s");
      }).length`,
    );
    expect(moving).toBe(0);
    expect(await told(opened.page, "store.playing")).toBe(false);
    await close(opened);
  }, 60_000);
});

describe("D11 S0-83: every graphic is drawn by the page itself", () => {
  it("from one file that names no other", () => {
    const page = readFileSync(join(root, "dist", "explorer", "index.html"), "utf8");
    const [markup] = page.split('<script type="module">');
    expect(markup).not.toMatch(/<link[^>]*href="(?!data:)|src=|@import|url\(/);
  });
});

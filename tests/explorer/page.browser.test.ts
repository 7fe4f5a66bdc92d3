/** The explorer's page, operated as a reader does: by mouse, by touch and by keyboard alone. Titles begin with the rows they prove. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium";
import { close, drawnAndSettled, type Opened, openPage, set, told } from "./opened";

const TABS = ["Saliency map", "Integrated gradients", "Comparison", "Can I trust it?"];
const EDGE = { tab: "saliency", net: "logistic", pattern: "edge", explain: "probability", target: null };

let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  opened = await openPage(browser, "", { viewport: { width: 1400, height: 1000 }, colorScheme: "light" });
  page = opened.page;
}, 120_000);

afterAll(async () => {
  await close(opened);
  await browser.close();
});

const panel = (title: string): Locator => page.locator("figure.panel").filter({ hasText: title });
const cells = (): Promise<number[]> => told(page, "Array.from(store.cells)");
const text = async (selector: string): Promise<string> =>
  (await page.locator(selector).allTextContents()).join(" ");
const tab = async (name: string): Promise<void> => {
  await page.getByRole("tab", { name }).click();
  await drawnAndSettled(page);
};

/** The middle of a cell of a panel, on the page. */
async function middle(canvas: Locator, cell: number): Promise<{ x: number; y: number }> {
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox())!;
  return {
    x: box.x + (((cell % 8) + 0.5) * box.width) / 8,
    y: box.y + ((Math.floor(cell / 8) + 0.5) * box.height) / 8,
  };
}

/** Red, green and blue in the middle of a cell. */
function colour(canvas: Locator, cell: number): Promise<number[]> {
  return canvas.evaluate((node, at) => {
    const { width, height } = node as HTMLCanvasElement;
    // A copy, since what is read must not slow the page's own canvas down.
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    context.drawImage(node as HTMLCanvasElement, 0, 0);
    // Off the middle, where a number may stand.
    const [x, y] = [((at % 8) + 0.2) * (width / 8), (Math.floor(at / 8) + 0.2) * (height / 8)];
    return [...context.getImageData(Math.round(x), Math.round(y), 1, 1).data.slice(0, 3)];
  }, cell);
}

describe("S0-1 S0-2 S0-3 S0-4 S0-5: the page opens with its activities, credit and licence", () => {
  it("and each tab opens by its name", async () => {
    expect(await page.title()).toBe("Gradient attribution explorer");
    expect(await text("footer")).toMatch(/Greg T\. Chism, © 2026, MIT licence/);
    for (const name of TABS) {
      await tab(name);
      expect(await page.getByRole("tab", { selected: true }).textContent()).toBe(name);
      expect(await page.locator("figure.panel canvas.paintable").count()).toBeGreaterThan(0);
    }
  }, 120_000);
});

describe("S0-6 S0-7 S0-8 S0-9 S0-10: input patterns", () => {
  it("have their values, real digits beside them, and custom begins with what was there", async () => {
    await set(page, EDGE);
    const choose = (name: string): Promise<void> =>
      page.getByRole("group", { name: "Input pattern" }).getByText(name, { exact: true }).click();
    const expected: Record<string, (r: number, c: number) => number> = {
      Edge: (_, c) => (c < 4 ? 0.9 : 0.1),
      Circle: (r, c) => {
        const distance = Math.hypot(r - 3.5, c - 3.5);
        return distance <= 2.2 ? 0.92 : distance <= 2.8 ? 0.45 : 0.06;
      },
      Diagonal: (r, c) => 1 - (r + c) / 14,
    };
    for (const [name, value] of Object.entries(expected)) {
      await choose(name);
      (await cells()).forEach((cell, i) => void expect(cell).toBeCloseTo(value(Math.floor(i / 8), i % 8), 9));
      await choose("Custom");
      expect((await cells())[9]).toBeCloseTo(value(1, 1), 9);
    }
    await choose("Digit");
    await page.getByRole("button", { name: "Next digit" }).click();
    expect(await told(page, "store.state.digit")).toBe(6);
    expect(await text(".which")).toMatch(/^a \d$/);
  }, 60_000);
});

describe("D10 S0-11: painting", () => {
  it("by mouse in every tab, with grey levels, one stroke without gaps, and undo", async () => {
    for (const name of TABS) {
      await set(page, { ...EDGE, pattern: "custom", pixels: Array(64).fill(0), ink: 1 });
      await tab(name);
      await page.getByRole("button", { name: "grey 0.75" }).click();
      const canvas = panel("Your picture").locator("canvas");
      const [from, to] = [await middle(canvas, 16), await middle(canvas, 21)];
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 2 });
      await page.mouse.up();
      const painted = await cells();
      expect(painted.flatMap((value, i) => (value === 0.75 ? [i] : []))).toEqual([16, 17, 18, 19, 20, 21]);
      await page.getByRole("button", { name: "Undo" }).click();
      expect(Math.max(...(await cells()))).toBe(0);
    }
  }, 120_000);

  it("by keyboard alone: arrows, space, grey and undo", async () => {
    await set(page, { ...EDGE, pattern: "custom", pixels: Array(64).fill(0), ink: 1 });
    await panel("Your picture").locator("canvas").focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Space", "-", "ArrowRight", "Enter"])
      await page.keyboard.press(key);
    expect(await cells().then((all) => [all[9], all[10]])).toEqual([1, 0.75]);
    await page.keyboard.press("Control+z");
    expect(await cells().then((all) => [all[9], all[10]])).toEqual([1, 0]);
  }, 60_000);

  it("by touch, while the page does not scroll under the finger", async () => {
    const touched = await openPage(browser, "net=logistic&pattern=custom", {
      hasTouch: true,
      viewport: { width: 360, height: 780 },
    });
    const canvas = touched.page.locator("canvas.paintable").first();
    await canvas.scrollIntoViewIfNeeded();
    expect(await canvas.evaluate((node) => getComputedStyle(node).touchAction)).toBe("none");
    const { x, y } = await middle(canvas, 27);
    await touched.page.touchscreen.tap(x, y);
    expect(await told(touched.page, "store.cells.flatMap((value, i) => (value > 0 ? [i] : []))")).toEqual([
      27,
    ]);
    await close(touched);
  }, 60_000);
});

describe("S0-12 S0-13 S0-44: model settings", () => {
  it("turn the sign with the class of the logistic model, and explain any class of the others", async () => {
    await set(page, { ...EDGE, pattern: "diagonal", target: 1 });
    const one: number[] = await told(page, "Array.from(store.answers.saliency.values.data)");
    await page.getByLabel("Target class").selectOption("class 0");
    await drawnAndSettled(page);
    const zero: number[] = await told(page, "Array.from(store.answers.saliency.values.data)");
    one.forEach((value, i) => void expect(zero[i]).toBeCloseTo(-value, 6));
    await page.getByLabel("Net", { exact: true }).selectOption("Convolutional net");
    await drawnAndSettled(page);
    await page.getByRole("button", { name: /^7/ }).click();
    await drawnAndSettled(page);
    expect(await text("h2.heading")).toContain("the probability of “7”");
    await set(page, { target: null });
  }, 60_000);
});

describe("D4 D9 S0-14 S0-15 S0-16 S0-17 S0-18 S0-52 S0-72 S0-73 S0-74: baselines", () => {
  it("are shown with their names, and F(x′) is that of the chosen one in every tab", async () => {
    await set(page, { ...EDGE, tab: "path" });
    const scores = new Map<string, string>();
    for (const [name, label] of [
      ["black", "black (all zeros)"],
      ["white", "white (all ones)"],
      ["noise", "noise (random greys)"],
      ["mean", "mean (the average digit)"],
      ["blur", "blur (your input, without detail)"],
    ] as const) {
      await page.getByLabel("Compare with").selectOption(label);
      await drawnAndSettled(page);
      expect(await panel("Baseline x′").locator(".panel-subtitle").textContent()).toBe(label);
      const shown = await colour(panel("Baseline x′").locator("canvas"), 0);
      if (name === "black") expect(shown).toEqual([0, 0, 0]);
      if (name === "white") expect(shown).toEqual([255, 255, 255]);
      scores.set(name, await text("dl.scores"));
    }
    expect(new Set(scores.values()).size).toBe(5);
    await set(page, { baseline: "white", target: 1 });
    for (const name of TABS) {
      await tab(name);
      expect(await text("dl.scores")).toMatch(/F\(x\)0\.00049\d+.*F\(x′\)1.*Δf = F\(x\) − F\(x′\)−0\.9995/);
    }
  }, 120_000);
});

describe("D2 S0-19 S0-20 S0-21 S0-22 S0-77 S0-78: integration", () => {
  it("has steps from 5 to 200 and says what they cost and how many more are needed", async () => {
    await set(page, { ...EDGE, rule: "right", steps: 10, baseline: "black" });
    expect(await text(".readout[data-tone=warn]")).toMatch(
      /misses F\(x\) − F\(x′\) by \d+\.\d %.*more steps of this rule \(\d+ in all\)/,
    );
    await set(page, { rule: "gauss-legendre", steps: 50 });
    expect(await text(".readout[data-tone=good]")).toMatch(/as good as exact/);
    await page.getByRole("slider", { name: "Steps m" }).fill("100");
    await drawnAndSettled(page);
    expect(await told(page, "store.answers.path.passes.backward")).toBe(100);
    expect(await text(".settings")).toMatch(/Steps m 100.*100 gradients in \d+ ms/);
  }, 60_000);
});

describe("S0-59: the logistic model gives the original's numbers where they are right", () => {
  it.each([
    ["edge", "black", 0.000499, -0.443614],
    ["circle", "white", 0.999858, -0.000147],
    ["diagonal", "white", 0.503211, -0.530803],
  ])(
    "%s against %s: f(x) %d, Σ of 50 right steps %d",
    async (pattern, baseline, score, sum) => {
      await set(page, { ...EDGE, pattern, baseline, rule: "right", steps: 50, target: 1 });
      expect(Math.abs((await told<number>(page, "store.answers.path.score[0]")) - score)).toBeLessThan(
        5.5e-7,
      );
      const total: number = await told(page, "store.answers.path.values.data.reduce((a, b) => a + b, 0)");
      expect(Math.abs(total - sum)).toBeLessThan(1.5e-6);
    },
    60_000,
  );
});

describe("S0-23 S0-24 S0-25 S0-26 S0-27 S0-28 S0-53 S0-54 S0-55 S0-56 S0-57 S0-58: playback", () => {
  it("walks the path by Play, by single steps and by the slider, and back by Reset", async () => {
    await set(page, {
      ...EDGE,
      tab: "path",
      rule: "right",
      steps: 20,
      step: 20,
      speed: 5,
      baseline: "black",
    });
    await page.getByRole("button", { name: "Reset" }).click();
    await drawnAndSettled(page);
    const far = () => panel("On the way").locator(".panel-subtitle").textContent();
    expect(await far()).toContain("α = 0.00 (step 0 / 20)");
    expect(await told(page, "store.state.step")).toBe(0);
    await page.getByRole("button", { name: "Step →" }).click();
    await drawnAndSettled(page);
    expect(await far()).toContain("α = 0.05 (step 1 / 20)");
    expect(await text(".happening")).toContain("Step 1 of 20");
    await page.getByRole("slider", { name: "Step", exact: true }).fill("10");
    await drawnAndSettled(page);
    expect(await far()).toContain("α = 0.50 (step 10 / 20)");
    expect(await text(".position output")).toBe("10 / 20 · α = 0.50");
    await page.getByRole("slider", { name: "Speed" }).fill("5");
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(() => told(page, "store.state.step"), { timeout: 60_000 }).toBe(20);
    await expect.poll(() => page.locator(".play").textContent(), { timeout: 30_000 }).toBe("▶ Play");
    const [frames, elapsed] = await told<number[]>(page, "[player.frames, player.elapsed]");
    console.log(`explorer: ${((1000 * (frames! - 1)) / elapsed!).toFixed(0)} frames a second while playing`);
    expect(await text(".happening")).toContain("Arrived");
    const map: number[] = await told(page, "Array.from(store.answers.path.values.data)");
    const place = map.reduce((best, value, i) => (Math.abs(value) > Math.abs(map[best]!) ? i : best), 0);
    const [red, , blue] = await colour(panel("Attribution so far").locator("canvas"), place);
    expect(Math.sign(red! - blue!)).toBe(Math.sign(map[place]!));
    expect(await panel("Attribution so far").locator(".legend-ends").textContent()).toMatch(
      /^−[\d.e−]+0[\d.e−]+/,
    );
  }, 120_000);

  it("turns pictures in the other tabs, and randomises layer by layer in the last", async () => {
    await set(page, { ...EDGE, tab: "saliency", speed: 5 });
    for (const next of ["circle", "diagonal", "edge"]) {
      await page.getByRole("button", { name: "Step →" }).click();
      expect(await told(page, "store.state.pattern")).toBe(next);
    }
    await set(page, { tab: "trust" });
    await page.getByRole("button", { name: "Step →" }).click();
    await drawnAndSettled(page);
    expect(await text(".trials")).toContain("1 of 1 layers are random now");
  }, 120_000);
});

describe("D5 S0-29 S0-30 S0-43 S0-47 S0-48 S0-49 S0-50: text and legend of the saliency map", () => {
  it("name the class that is explained, say red above zero, and give every number", async () => {
    await set(page, { ...EDGE, pattern: "diagonal", target: 0 });
    expect(await text("h2.heading")).toBe(
      "Saliency map — diagonal · logistic model · the probability of class 0",
    );
    expect(await text(".happening")).toMatch(
      /Lighten a red pixel a little and the probability of class 0 rises/,
    );
    const map: number[] = await told(page, "Array.from(store.answers.saliency.values.data)");
    const shown = panel("Gradient");
    const { x, y } = await middle(shown.locator("canvas"), 31);
    await page.mouse.move(x, y);
    await drawnAndSettled(page);
    const read = Number(
      (await shown.locator(".legend-ends").textContent())!
        .match(/\(3, 7\)([+−][\d.]+)/)![1]!
        .replace("−", "-"),
    );
    expect(read).toBeCloseTo(map[31]!, 3);
    const [red, , blue] = await colour(shown.locator("canvas"), 31);
    expect(Math.sign(red! - blue!)).toBe(Math.sign(map[31]!));
    await page.mouse.move(0, 0);
    await set(page, { scale: "raw" });
    expect(await shown.locator(".legend-ends").textContent()).toMatch(/^−1.*1 per unit of grey$/);
    await set(page, { scale: "panel", target: null });
  }, 60_000);
});

describe("S0-31 S0-32 S0-34 S0-35 S0-36 S0-37 S0-39 S0-40 S0-41 S0-42: key concepts", () => {
  it.each([
    ["Saliency", "∂F/∂x"],
    ["Integrated gradients", "(x − x′) × ∫₀¹"],
    ["Completeness", "Σ IG = F(x) − F(x′)"],
    ["SmoothGrad", "ε ~ N(0, σ²)"],
    ["Grad-CAM", "∂F/∂A_c"],
  ])("%s opens and has its formula %s", async (name, formula) => {
    const concept = page
      .locator(".concepts details")
      .filter({ has: page.locator("summary").getByText(name, { exact: true }) });
    await concept.locator("summary").click();
    expect(await concept.locator(".formula").isVisible()).toBe(true);
    expect(await concept.locator(".formula").textContent()).toContain(formula);
  });
});

describe("D3 S0-45 S0-46: cells and legend of the picture", () => {
  it("draw 0 black and 1 white, as the legend says", async () => {
    await set(page, { ...EDGE, pattern: "custom", pixels: [0, 1, ...Array(62).fill(0.5)] });
    const shown = panel("Your picture");
    expect(await shown.locator(".legend-ends").textContent()).toBe("0 black1 white");
    expect(await colour(shown.locator("canvas"), 0)).toEqual([0, 0, 0]);
    expect(await colour(shown.locator("canvas"), 1)).toEqual([255, 255, 255]);
  }, 60_000);
});

describe("D1 D6 D8 S0-33 S0-38 S0-51 S0-60 S0-61 S0-62 S0-63 S0-64 S0-65 S0-66 S0-67 S0-68 S0-69: comparison", () => {
  it("tells four methods apart on a real net, with sums beside F(x) − F(x′)", async () => {
    await set(page, {
      tab: "compare",
      net: "cnn",
      pattern: "digit",
      digit: 5,
      explain: "logit",
      baseline: "black",
      rule: "gauss-legendre",
      steps: 50,
    });
    const compared: { name: string; snr: number; delta: number; magnitude: number; total: number }[] =
      await told(
        page,
        `store.answers.compared.map(({ name, signalToNoise, delta, magnitude, map }) =>
        ({ name, snr: signalToNoise, delta, magnitude, total: map.values.data.reduce((a, b) => a + Math.abs(b), 0) }))`,
      );
    expect(compared.map(({ name }) => name)).toEqual([
      "Vanilla gradients",
      "Integrated gradients",
      "SmoothGrad",
      "Grad-CAM",
    ]);
    expect(new Set(compared.map(({ snr }) => snr.toFixed(3))).size).toBe(4);
    for (const { magnitude, total } of compared) expect(magnitude).toBeCloseTo(total, 6);
    const [vanilla, integrated] = compared;
    expect(Math.abs(integrated!.delta)).toBeLessThan(0.2);
    expect(Math.abs(vanilla!.delta)).toBeGreaterThan(1);
    expect(await text(".numbers-line")).toMatch(/SNR [\d.]+× · Σ − Δf −19.*SNR [\d.]+× · Σ − Δf \+0\.07/);
    expect(await text(".charts")).toContain("Σ |attribution| of each map");
    expect(await text(".readouts")).toMatch(/Saturation.*not in the flat tails|Saturation.*in its flat tail/);
  }, 60_000);

  it("says why a net without positions has no Grad-CAM", async () => {
    await set(page, { net: "mlp" });
    expect(await text(".numbers-line")).toContain("Needs a layer with positions");
    await set(page, { net: "cnn" });
  }, 60_000);
});

describe("S0-70 S0-71 S0-75 S0-76 S0-79 S0-80: readouts", () => {
  it("give the probability of each class and the five strongest pixels", async () => {
    await set(page, { tab: "path", net: "cnn", pattern: "digit", digit: 5, explain: "logit" });
    const { probabilities, predicted }: { probabilities: number[]; predicted: number } = await told(
      page,
      "store.answers.prediction",
    );
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(await page.locator(".class.predicted .class-name").textContent()).toBe(String(predicted));
    const rows = await page.locator(".top li").allTextContents();
    expect(rows).toHaveLength(5);
    const map: number[] = await told(page, "Array.from(store.answers.path.values.data)");
    const order = [...map.keys()].sort((a, b) => Math.abs(map[b]!) - Math.abs(map[a]!));
    rows.forEach((row, i) => void expect(row).toContain(`(${Math.floor(order[i]! / 8)}, ${order[i]! % 8})`));
    const snr: number = await told(page, "store.answers.quality.values[0]");
    const magnitudes = map.map(Math.abs);
    expect(snr).toBeCloseTo(Math.max(...magnitudes) / (magnitudes.reduce((a, b) => a + b, 0) / 64), 4);
    expect(await text(".readouts")).toMatch(
      snr > 5 ? /High: the map is concentrated/ : snr < 2.5 ? /Low/ : /Between/,
    );
  }, 60_000);
});

describe("D7 S0-81: a panel is enlarged, with all its numbers", () => {
  it("and closed by the keyboard", async () => {
    await set(page, { ...EDGE });
    await page.getByRole("button", { name: "Enlarge: Gradient" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).not.toContain("50 steps");
    expect(await dialog.locator("h2").textContent()).toContain("Gradient");
    await dialog.getByText("All numbers").click();
    // The browser tells of an opened list, and of a closed dialog, in a task of its own.
    await expect.poll(() => dialog.locator("td").count()).toBe(64);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  }, 60_000);
});

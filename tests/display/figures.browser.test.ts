import { decode } from "fast-png";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accumulation,
  attributionFigure,
  bars,
  compare,
  type Figure,
  heatmap,
  line,
  type MapView,
  overlay,
  tokens,
} from "../../src/display";
import type { NdArray } from "../../src/tensor";
import { launchChromium } from "../chromium";
import {
  coarse,
  comparison,
  digits,
  HOSTILE,
  narrow,
  photograph,
  sentence,
  signal,
  table,
  withPath,
} from "./views";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);

afterAll(() => browser.close());

interface Opened {
  page: Page;
  requests: string[];
  complaints: string[];
}

/** Opens a figure's page with the network cut, listening to all it asks for and complains of. */
async function open(
  figure: Figure,
  options: { colorScheme?: "light" | "dark"; before?: string } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    offline: true,
    colorScheme: options.colorScheme ?? "light",
    viewport: { width: 1000, height: 900 },
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const html = await figure.toHTML();
  await page.setContent(options.before ? html.replace("<style>", `${options.before}<style>`) : html);
  await page.waitForSelector(figure.renderer === "plotly" ? ".plot-container .main-svg" : "svg.marks");
  return { page, requests, complaints };
}

function expectQuiet({ requests, complaints }: Opened): void {
  expect(requests).toEqual([]);
  expect(complaints).toEqual([]);
}

/** Colour of the page around the figure. */
function background(page: Page): Promise<string> {
  return page.evaluate(`getComputedStyle(document.body).backgroundColor`);
}

const SCHEMES = ["light", "dark"] as const;

test.each(SCHEMES)(
  "Vega-Lite: hover shows row, column and raw values, in %s",
  async (colorScheme) => {
    const opened = await open(heatmap(digits()), { colorScheme });
    const { page } = opened;
    // Cell (1, 2) of the map: the right of the two pictures.
    const cells = page.locator("g.concat_0_concat_1_group .mark-rect path:not([aria-label])");
    await cells.nth(10).hover();
    const tooltip = page.locator("#vg-tooltip-element.visible");
    await tooltip.waitFor();
    const value = Number(digits().parts[0]!.values.data[10]!.toPrecision(5));
    const rows = await tooltip.locator("tr").allInnerTexts();
    expect(rows.map((row) => row.replace(/\s+/g, " ").trim())).toEqual([
      "row 1",
      "column 2",
      `attribution ${value}`,
      "input 1",
    ]);
    expect(await background(page)).toBe(colorScheme === "dark" ? "rgb(28, 28, 28)" : "rgb(255, 255, 255)");
    expectQuiet(opened);
    await page.context().close();
  },
  60_000,
);

test.each(SCHEMES)(
  "Plotly: hover shows row, column and raw values, in %s",
  async (colorScheme) => {
    const opened = await open(heatmap(digits(), { renderer: "plotly" }), { colorScheme });
    const { page } = opened;
    const box = (await page.locator(".draglayer .x2y2 rect").first().boundingBox())!;
    await page.mouse.move(box.x + (box.width * 2.5) / 8, box.y + (box.height * 1.5) / 8, { steps: 4 });
    const label = page.locator(".hoverlayer .hovertext");
    await label.waitFor();
    const value = Number(digits().parts[0]!.values.data[10]!.toPrecision(5));
    const text = await label.first().textContent();
    expect(text).toContain("row 1, column 2");
    expect(text).toContain(`attribution: ${value}`);
    expect(await background(page)).toBe(colorScheme === "dark" ? "rgb(28, 28, 28)" : "rgb(255, 255, 255)");
    expectQuiet(opened);
    await page.context().close();
  },
  60_000,
);

test("a large picture shows the mean of a block of pixels on hover", async () => {
  const opened = await open(heatmap(photograph(96)));
  const box = (await opened.page.locator("svg.marks image").last().boundingBox())!;
  await opened.page.mouse.move(box.x + 10, box.y + 10, { steps: 3 });
  const tooltip = opened.page.locator("#vg-tooltip-element.visible");
  await tooltip.waitFor();
  expect(await tooltip.innerText()).toContain("mean of 3×3 pixels");
  expectQuiet(opened);
  await opened.page.context().close();
}, 60_000);

test.each(SCHEMES)(
  "Plotly: the accumulation moves by slider and plays to its end, in %s",
  async (colorScheme) => {
    const opened = await open(accumulation(withPath(), { renderer: "plotly" }), { colorScheme });
    const { page } = opened;
    const shown = () => page.locator(".slider-label").first().textContent();
    const sum = () =>
      page.evaluate(`document.querySelector(".js-plotly-plot").data[2].z.flat().reduce((a, b) => a + b, 0)`);
    const total = (await sum()) as number;
    expect(await shown()).toContain("step 25 / 25");
    const rail = (await page.locator(".slider-rail-touch-rect").boundingBox())!;
    const toStart = async () => {
      await page.mouse.click(rail.x + 3, rail.y + rail.height / 2);
      return shown();
    };
    await expect.poll(toStart, { timeout: 30_000, interval: 500 }).toContain("step 1 / 25");
    await expect.poll(sum, { timeout: 30_000 }).toBeLessThan(total / 100);
    // On a busy machine a press may come while Plotly still draws, and is lost.
    const press = (name: string) => page.locator(".updatemenu-button", { hasText: name }).click();
    const standsStill = async () => {
      const before = await shown();
      await page.waitForTimeout(900);
      return (await shown()) === before;
    };
    const playing = async () => {
      if (!(await standsStill())) return shown();
      const before = await shown();
      await press("Play");
      // Another press would begin anew what is only slow.
      for (let waited = 0; waited < 20 && (await shown()) === before; waited++)
        await page.waitForTimeout(250);
      return shown();
    };
    await expect.poll(playing, { timeout: 60_000 }).not.toContain("step 1 / 25");
    const paused = async () => {
      await press("Pause");
      return standsStill();
    };
    await expect.poll(paused, { timeout: 60_000 }).toBe(true);
    await expect.poll(playing, { timeout: 60_000 }).toContain("step 25 / 25");
    await expect.poll(sum, { timeout: 30_000 }).toBeCloseTo(total, 6);
    expectQuiet(opened);
    await page.context().close();
  },
  240_000,
);

// Plotly keeps a slider that is let go during its redraw as dragged; when that is depends on the machine.
test("Plotly: a slider follows the animation however short the press on it was", async () => {
  const opened = await open(accumulation(withPath(), { renderer: "plotly" }));
  const { page } = opened;
  const label = page.locator(".slider-label").first();
  const rail = (await page.locator(".slider-rail-touch-rect").boundingBox())!;
  await page.evaluate(
    `var plot = document.querySelector(".js-plotly-plot"), last = String(plot.layout.sliders[0].steps.length - 1);`,
  );
  for (let delay = 0; delay <= 60; delay += 3) {
    await page.mouse.click(rail.x + 3, rail.y + rail.height / 2, { delay });
    await label.getByText("step 1 / 25").waitFor();
    // The drawing of the press, if still on its way, interrupts this and takes its place.
    const end = `void Plotly.animate(plot, [last], { mode: "immediate", frame: { duration: 0 } })`;
    const toEnd = async () => {
      await page.evaluate(end);
      await page.waitForTimeout(400);
      return label.textContent();
    };
    await expect.poll(toEnd, { timeout: 15_000 }).toContain("step 25 / 25");
  }
  expectQuiet(opened);
  await page.context().close();
}, 240_000);

test("Vega-Lite: the accumulation moves by its slider", async () => {
  const opened = await open(accumulation(withPath(), { renderer: "vega-lite" }));
  const { page } = opened;
  await page.getByText("α = 0.98 (step 25 / 25)").waitFor();
  const slider = page.locator(".vega-bind input[type=range]");
  await slider.fill("0");
  await page.getByText("α = 0.02 (step 1 / 25)").waitFor();
  expectQuiet(opened);
  await page.context().close();
}, 60_000);

test.each(SCHEMES)(
  "Vega: the accumulation plays to its end and moves by its slider, by keyboard alone, in %s",
  async (colorScheme) => {
    const opened = await open(accumulation(withPath()), { colorScheme });
    const { page } = opened;
    const readout = (text: string) => page.getByText(text).waitFor();
    await readout("α = 0.98 (step 25 / 25)");
    const play = page.getByRole("checkbox", { name: "play" });
    const slider = page.getByRole("slider", { name: "frame" });
    await page.keyboard.press("Tab");
    expect(await play.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
    await page.keyboard.press("Space");
    // From the last frame it begins anew, ends there again, and is then ready to be played once more.
    await readout("step 25 / 25");
    await expect.poll(() => play.isChecked(), { timeout: 60_000 }).toBe(false);
    await readout("α = 0.98 (step 25 / 25)");
    await page.keyboard.press("Tab");
    expect(await slider.evaluate((element) => element.ownerDocument.activeElement === element)).toBe(true);
    await page.keyboard.press("Home");
    await readout("α = 0.02 (step 1 / 25)");
    await page.keyboard.press("ArrowRight");
    await readout("α = 0.10 (step 3 / 25)");
    expectQuiet(opened);
    await page.context().close();
  },
  120_000,
);

test("a page follows the reader's preference while it is open", async () => {
  for (const figure of [heatmap(digits()), heatmap(digits(), { renderer: "plotly" })]) {
    const opened = await open(figure);
    expect(await background(opened.page)).toBe("rgb(255, 255, 255)");
    await opened.page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => background(opened.page)).toBe("rgb(28, 28, 28)");
    expectQuiet(opened);
    await opened.page.context().close();
  }
}, 60_000);

test.each(["vega-lite", "plotly"] as const)(
  "%s: bars stand beside the names of their methods where one has no value",
  async (renderer) => {
    const magnitudes = [0.12, Number.NaN, 0.18, 0.42];
    const opened = await open(compare({ ...comparison(), magnitudes }, { renderer, magnitudes: true }));
    const { page } = opened;
    const middle = async (text: string) => {
      const box = (await page.locator(".gradlens-figure text", { hasText: text }).last().boundingBox())!;
      return box.y + box.height / 2;
    };
    const rows = await Promise.all(["0.12", "NaN", "0.18", "0.42"].map(middle));
    for (const [i, row] of rows.entries()) expect(row - rows[0]!).toBeCloseTo(22 * i, -1);
    const bars = await page
      .locator(renderer === "plotly" ? ".bars .point path" : ".mark-rect.role-mark path:not([aria-label])")
      .all();
    const tops = (await Promise.all(bars.map((bar) => bar.boundingBox())))
      .filter((box) => box && box.width > 1)
      .map((box) => box!.y + box!.height / 2);
    for (const value of [0, 2, 3]) expect(tops.some((y) => Math.abs(y - rows[value]!) < 6)).toBe(true);
    expect(tops.some((y) => Math.abs(y - rows[1]!) < 6)).toBe(false);
    await page.context().close();
  },
  60_000,
);

test("Plotly: the number of a bar too short to be seen stands on the side of its sign", async () => {
  const view = table(["a", "b", "c"]);
  const { input, ...part } = view.parts[0]!;
  const values = { shape: [1, 3], data: Float32Array.of(-1e8, -3, 2) };
  const figure = bars({ ...view, parts: [{ ...part, values }] }, { renderer: "plotly" });
  const opened = await open(figure);
  const box = (text: string) =>
    opened.page.locator(".textpoint text", { hasText: text }).boundingBox() as Promise<{
      x: number;
      width: number;
    }>;
  const [negative, positive] = [await box("−3"), await box("2")];
  expect(negative.x + negative.width).toBeLessThan(positive.x + 1);
  const plot = (await opened.page.locator(".draglayer .xy rect").first().boundingBox())!;
  expect(positive.x + positive.width).toBeLessThan(plot.x + plot.width + 1);
  expectQuiet(opened);
  await opened.page.context().close();
}, 60_000);

const OLIVE = "138,138,98";

/** Colour of the page's pixel at a position. */
async function pixel(page: Page, x: number, y: number): Promise<string> {
  const shot = decode(await page.screenshot({ clip: { x, y, width: 1, height: 1 } }));
  return shot.data.slice(0, 3).join();
}

test.each(["vega-lite", "plotly"] as const)(
  "%s: values that are not finite are olive grey in maps, boxes and bands",
  async (renderer) => {
    const spoilt = (view: MapView, at: number): MapView => {
      view.parts[0]!.values.data[at] = Number.NaN;
      return view;
    };
    const plotly = renderer === "plotly";
    // The right of the two pictures; cells begin with the spoilt one.
    const map = await open(heatmap(spoilt(digits(), 0), { renderer }));
    const place = map.page.locator(
      plotly ? ".draglayer .x2y2 rect" : "g.concat_0_concat_1_group path.background",
    );
    const cell = (await place.first().boundingBox())!;
    expect(await pixel(map.page, cell.x + 8, cell.y + 8)).toBe(OLIVE);
    expect(await pixel(map.page, cell.x + cell.width - 8, cell.y + 8)).not.toBe(OLIVE);
    expectQuiet(map);
    await map.page.context().close();

    const text = await open(tokens(spoilt(sentence(), 0), { renderer }));
    const box = (await text.page
      .locator(plotly ? ".bars .point path" : ".mark-rect path:not([aria-label])")
      .first()
      .boundingBox())!;
    expect(await pixel(text.page, box.x + 4, box.y + box.height / 2)).toBe(OLIVE);
    expectQuiet(text);
    await text.page.context().close();

    const series = await open(line(spoilt(signal(1), 0), { renderer }));
    const band = (await series.page
      .locator(plotly ? ".draglayer .xy2 rect" : "g.concat_0_concat_0_concat_0_group path.background")
      .first()
      .boundingBox())!;
    expect(await pixel(series.page, band.x + 5, band.y + 6)).toBe(OLIVE);
    await series.page.context().close();
  },
  60_000,
);

test.each([0, 3])(
  "Plotly: the pointer reads a step of a sequence in both of its panels, at step %i",
  async (step) => {
    const view = signal(2);
    view.parts[0]!.values.data[0] = Number.NaN;
    const { data } = view.parts[0]!.values;
    const opened = await open(line(view, { renderer: "plotly" }));
    const { page } = opened;
    for (const panel of [".draglayer .xy rect", ".draglayer .xy2 rect"]) {
      const box = (await page.locator(panel).first().boundingBox())!;
      const x = box.x + (box.width * (step + 0.5)) / 48;
      await page.mouse.move(x + 1, box.y + 8, { steps: 2 });
      await page.mouse.move(x, box.y + box.height - 8, { steps: 4 });
      const label = (text: string) => page.locator(".hoverlayer .hovertext", { hasText: text });
      const read = async (text: string) => (await label(text).first().textContent())!;
      expect(await read("input")).toContain(
        `time step: ${step}input: ${Number(Math.sin(step / 5).toPrecision(5))}`,
      );
      const value = step === 0 ? "NaN" : String(Number(data[2 * step]!.toPrecision(5))).replace("-", "−");
      expect((await read("attribution")).replace("-", "−")).toContain(
        `time step: ${step}attribution: ${value}`,
      );
    }
    expectQuiet(opened);
    await page.context().close();
  },
  60_000,
);

test("Plotly: sequences among other figures leave the pointer to what lies under it", async () => {
  const mixed = { ...digits(), parts: [...digits().parts, ...signal(1).parts, ...table(["age"]).parts] };
  const opened = await open(attributionFigure(mixed, { renderer: "plotly" }));
  const { page } = opened;
  const read = async (panel: string, across: number, down: number) => {
    const box = (await page.locator(`.draglayer .${panel} rect`).first().boundingBox())!;
    await page.mouse.move(box.x + box.width * across, box.y + box.height * down - 2);
    await page.mouse.move(box.x + box.width * across, box.y + box.height * down, { steps: 3 });
    await page.waitForTimeout(200);
    return page.locator(".hoverlayer .hovertext").allTextContents();
  };
  expect(await read("x2y2", 0.1, 0.1)).toEqual([expect.stringContaining("row 0, column 0")]);
  expect(await read("x3y3", 0.5, 0.95)).toEqual([]);
  expect(await read("x3y4", 0.01, 0.9)).toEqual([expect.stringMatching(/^time step: \d+input: /)]);
  expect(await read("x5y5", 0.9, 0.5)).toEqual([expect.stringMatching(/^age = /)]);
  expectQuiet(opened);
  await page.context().close();
}, 60_000);

test("Plotly: numbers carry exponents and no prefixes of units", async () => {
  const part = coarse().parts[0]!;
  const { input, ...layer } = part;
  for (const [value, text] of [
    [-7.452e-5, "-0.00007452"],
    [65535, "65535"],
    [1e-9, "1e-9"],
    [1e8, "1e+8"],
  ] as const) {
    const values = { shape: [1, 4, 4, 1], data: Float32Array.from({ length: 16 }, () => value) };
    const opened = await open(
      heatmap({ ...coarse(), parts: [{ ...layer, values }] }, { renderer: "plotly" }),
    );
    await opened.page.locator(".draglayer .xy rect").first().hover();
    const label = opened.page.locator(".hoverlayer .hovertext");
    await label.waitFor();
    expect(await label.first().textContent()).toContain(`attribution: ${text}`);
    await opened.page.context().close();
  }
  const view = signal(1);
  const { values, input: wave } = view.parts[0]!;
  for (let i = 0; i < values.data.length; i++) values.data[i]! *= 1e-10;
  for (let i = 0; i < wave!.data.length; i++) wave!.data[i]! *= 65535;
  const opened = await open(line(view, { renderer: "plotly" }));
  const ticks = await opened.page.locator(".ytick text, .y2tick text, .y3tick text").allTextContents();
  expect(ticks.length).toBeGreaterThan(4);
  for (const tick of ticks) expect(tick).not.toMatch(/[kMGTpnμfa]/);
  await opened.page.context().close();
}, 60_000);

test.each(["vega-lite", "plotly"] as const)(
  "%s: small and large numbers of axes are written with exponents",
  async (renderer) => {
    const times = (array: NdArray, factor: number): NdArray => ({
      ...array,
      data: array.data.map((v) => v * factor),
    });
    const path = withPath();
    const tinyPath = {
      ...path,
      path: {
        ...path.path!,
        scores: path.path!.scores.map((of) => of.map((v) => v * 2e-6)),
        runningSum: path.path!.runningSum.map((of) => of.map((v) => v * 2e-6)),
      },
      score: path.score.map((v) => v * 2e-6),
      baselineScore: path.baselineScore!.map((v) => v * 2e-6),
    };
    const [part] = signal(1).parts;
    const series = {
      ...signal(1),
      parts: [{ ...part!, values: times(part!.values, 4e-6), input: times(part!.input!, 4e7) }],
    };
    const selector =
      renderer === "plotly"
        ? ".ytick text, .y2tick text, .y3tick text, .y4tick text"
        : ".role-axis-label text";
    const seen = { series: line(series, { renderer }), curve: accumulation(tinyPath, { renderer }) };
    for (const [name, figure] of Object.entries(seen)) {
      const opened = await open(figure);
      const labels = await opened.page.locator(selector).allTextContents();
      const exponents = labels.filter((label) => /^−?[\d.]+e[−+]?\d$/.test(label));
      expect(exponents.length, `${name}: ${labels}`).toBeGreaterThanOrEqual(2);
      expect(labels.join(), name).not.toMatch(/0\.0000|0,000|00000/);
      await opened.page.context().close();
    }
  },
  60_000,
);

test.each(["vega-lite", "plotly"] as const)(
  "%s: the input stays visible on bands of full colour",
  async (renderer) => {
    const view = signal(1);
    view.parts[0]!.values.data.fill(1);
    view.parts[0]!.input!.data.fill(0.5);
    view.parts[0]!.input!.data.set([0, 1]);
    const opened = await open(line(view, { renderer }));
    const box = (await opened.page
      .locator(
        renderer === "plotly" ? ".draglayer .xy2 rect" : "g.concat_0_concat_0_concat_0_group path.background",
      )
      .first()
      .boundingBox())!;
    const clip = { x: box.x + box.width / 2, y: box.y, width: 1, height: box.height };
    const shot = decode(await opened.page.screenshot({ clip }));
    const light = Array.from({ length: shot.height }, (_, y) => shot.data[y * shot.channels + 1]!);
    // Green is 0 in the bands: what is light lies beside the line.
    expect(light.filter((green) => green > 150).length).toBeGreaterThanOrEqual(2);
    await opened.page.context().close();
  },
  60_000,
);

test.each(["vega-lite", "plotly"] as const)(
  "%s: boxes are as wide as their tokens",
  async (renderer) => {
    const words = ["WWWWWWWWWW", "MMMMMMMMMMMMMMMMMMMMMMMMM", "@%@%@%@%", "iiiiiiiiiiiiiiiiiiii", "WWiWW"];
    const named = table(["WWWWWWWWWWWWWWWW", "iiiiiiii", "wwwwwwwwwwww", "MMMMMMMMMMMMMMM"]);
    const compared = { ...comparison(), views: [named], labels: ["one"], checks: [], magnitudes: [1] };
    for (const figure of [tokens(sentence(words), { renderer }), compare(compared, { renderer })]) {
      const opened = await open(figure);
      const [rects, texts] = await Promise.all(
        (renderer === "plotly"
          ? [".bars .point path", ".bars .point text"]
          : [".mark-rect.role-mark path:not([aria-label])", ".mark-text.role-mark text"]
        ).map(async (selector) =>
          Promise.all((await opened.page.locator(selector).all()).map((each) => each.boundingBox())),
        ),
      );
      const count = 4;
      expect(texts!.length).toBeGreaterThanOrEqual(count);
      for (let i = 0; i < count; i++) {
        expect(texts![i]!.x).toBeGreaterThanOrEqual(rects![i]!.x);
        expect(texts![i]!.x + texts![i]!.width).toBeLessThanOrEqual(rects![i]!.x + rects![i]!.width);
      }
      await opened.page.context().close();
    }
  },
  60_000,
);

test.each(["vega-lite", "plotly"] as const)(
  "%s: tall, narrow pictures have room for their titles and legends",
  async (renderer) => {
    const compared = { ...comparison(), views: [0, 1, 2, 3].map(() => narrow()) };
    for (const figure of [
      heatmap(narrow(4), { renderer }),
      overlay(narrow(4), { renderer }),
      compare(compared, { renderer, scale: "panel" }),
      accumulation(withPath(narrow()), { renderer }),
    ]) {
      const opened = await open(figure);
      for (const selector of renderer === "plotly"
        ? [".infolayer .colorbar", ".annotation text"]
        : [".role-legend", ".role-title text"]) {
        const boxes = await Promise.all(
          (await opened.page.locator(selector).all()).map((each) => each.boundingBox()),
        );
        expect(boxes.length).toBeGreaterThan(1);
        for (const [i, a] of boxes.entries())
          for (const b of boxes.slice(i + 1)) {
            const across = Math.min(a!.x + a!.width, b!.x + b!.width) - Math.max(a!.x, b!.x);
            const down = Math.min(a!.y + a!.height, b!.y + b!.height) - Math.max(a!.y, b!.y);
            // Lines of one text touch; what lies over each other overlaps in both directions.
            expect(Math.min(across, down)).toBeLessThan(3);
          }
      }
      expectQuiet(opened);
      await opened.page.context().close();
    }
  },
  60_000,
);

test("Plotly: long names of methods are shown whole, and beyond a limit with an ellipsis", async () => {
  const labels = [
    "noiseTunnel(integratedGradients)",
    `smoothGrad(${"guidedBackprop of ".repeat(8)})`,
    "saliency",
    "gradCam",
  ];
  const opened = await open(compare({ ...comparison(), labels }, { renderer: "plotly", magnitudes: true }));
  const names = opened.page.locator(".annotation text", { hasText: /^(noiseTunnel|smoothGrad|saliency)/ });
  const canvas = (await opened.page.locator(".main-svg").first().boundingBox())!;
  for (const name of await names.all())
    expect((await name.boundingBox())!.x).toBeGreaterThanOrEqual(canvas.x + 4);
  expect(await names.allTextContents()).toContain(labels[0]);
  expect((await names.allTextContents()).some((name) => name.endsWith("…"))).toBe(true);
  await opened.page.context().close();
}, 60_000);

test("hostile names are shown and never run", async () => {
  const figures = [
    bars(table(HOSTILE)),
    bars(table(HOSTILE), { renderer: "plotly" }),
    tokens(sentence(HOSTILE)),
    tokens(sentence(HOSTILE), { renderer: "plotly" }),
    heatmap(digits(1, { target: [HOSTILE[0]!], warnings: HOSTILE })),
    heatmap(digits(1, { target: [HOSTILE[1]!], warnings: HOSTILE }), { renderer: "plotly" }),
  ];
  for (const figure of figures) {
    const opened = await open(figure);
    const { page } = opened;
    const bar = page.locator(
      figure.renderer === "plotly"
        ? ".bars .point path"
        : ".mark-rect path:not([aria-label]), .mark-bar path",
    );
    if ((await bar.count()) > 0) await bar.first().hover({ force: true });
    await page.waitForTimeout(200);
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator(".gradlens-figure").innerHTML()).toMatch(/&lt;(\/script|img|b)/);
    expectQuiet(opened);
    await page.context().close();
  }
}, 120_000);

test("libraries become globals also where a page has an AMD loader", async () => {
  const before = `<script>window.define = function () { throw new Error("mismatched anonymous define()"); }; window.define.amd = {};</script>`;
  for (const renderer of ["vega-lite", "plotly"] as const) {
    const opened = await open(heatmap(digits(), { renderer }), { before });
    expectQuiet(opened);
    await opened.page.context().close();
  }
}, 60_000);

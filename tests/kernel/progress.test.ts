import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { MimeBundle } from "../../kernel/display/bundle";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { duration, progressHtml, progressText } from "../../kernel/progress/progress-bar";
import { ProgressBoard } from "../../kernel/progress/progress-board";
import { createProgress } from "../../kernel/progress/progress-global";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/** An output that shows nothing, and of which nbconvert does not complain. */
const NOTHING = { "text/html": "", "text/plain": "" };

describe("a progress line", () => {
  const state = { label: "saliency", done: 21, total: 50, elapsedMs: 1750 };

  it("tells label, share, done, total, rate and time left", () => {
    expect(progressText(state)).toBe("saliency  42 % · 21/50 · 12.0/s · 2.4 s left");
    expect(progressText({ ...state, label: "", total: undefined })).toBe("21 · 12.0/s · 1.8 s");
    expect(progressText({ ...state, done: 0 })).toBe("saliency   0 % · 0/50 · 1.8 s");
    expect(progressText({ ...state, done: 2, elapsedMs: 10_000 })).toContain("5.0 s each · 4 min 0 s left");
  });

  it("is a bar that assistive technology can read, with its label escaped", () => {
    const bar = progressHtml({ ...state, label: `<img src=x onerror="alert(1)">` });
    expect(bar).toContain('role="progressbar"');
    expect(bar).toContain('aria-valuenow="42"');
    expect(bar).not.toContain("<img");
  });

  it("writes times as people do", () => {
    expect([400, 12_300, 200_000, 7_500_000].map(duration)).toEqual([
      "0.4 s",
      "12 s",
      "3 min 20 s",
      "2 h 5 min",
    ]);
  });
});

describe("the progress of a cell", () => {
  let published: { bundle: MimeBundle; id: string; update: boolean; at: number }[];
  let board: ProgressBoard;
  const wait = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);
  const moved = (method: string, done: number, elapsedMs: number, total = 10) =>
    board.follow({ method, done, total, elapsedMs });

  beforeEach(() => {
    vi.useFakeTimers();
    published = [];
    board = new ProgressBoard(
      (bundle, { id, update }) => published.push({ bundle, id, update, at: Date.now() }),
      () => Date.now(),
    );
    board.beginCell();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it("counts the rate from the first report on: what came before, such as compiling, has another", () => {
    wait(10_000);
    moved("integratedGradients", 1, 10_000, 101);
    wait(500);
    moved("integratedGradients", 6, 10_500, 101);
    const texts = published.map(({ bundle }) => bundle["text/plain"]);
    expect(texts[0]).toBe("integratedGradients   0 % · 1/101 · 10 s");
    expect(texts[1]).toBe("integratedGradients   5 % · 6/101 · 10.0/s · 9.5 s left");
    board.endCell();
  });

  it("says that a call is compiling, though nothing is reported until that is done", () => {
    const call = { method: "saliency", total: 1 };
    board.follow({ ...call, done: 0, elapsedMs: 20, phase: "compiling" });
    wait(400);
    expect(published).toEqual([]);
    wait(200);
    expect(published.map(({ bundle }) => bundle["text/plain"])).toEqual(["saliency · compiling … · 0.5 s"]);
    expect(published[0]?.bundle["text/html"]).not.toContain("aria-valuenow");
    wait(400);
    board.follow({ ...call, done: 0.5, elapsedMs: 1020 });
    expect(published.at(-1)?.bundle["text/plain"]).toContain("50 %");
    board.endCell();
  });

  it("does not appear within half a second", () => {
    for (let done = 1; done <= 10; done++) {
      wait(45);
      moved("saliency", done, done * 45);
    }
    board.endCell();
    expect(published).toEqual([]);
  });

  it("updates one output at most ten times a second and ends without data", () => {
    const call = (method: string) => {
      for (let done = 1; done <= 2000; done++) {
        wait(1);
        moved(method, done, done, 2000);
      }
    };
    call("saliency");
    call("integratedGradients");
    board.endCell();
    expect(new Set(published.map(({ id }) => id)).size).toBe(1);
    expect(published.map(({ update }) => update)).toEqual(published.map((_, index) => index > 0));
    const gaps = published.slice(1, -1).map(({ at }, index) => at - published[index]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(published.length).toBeGreaterThan(20);
    expect(published.at(-1)?.bundle).toEqual(NOTHING);
    const texts = published.slice(0, -1).map(({ bundle }) => String(bundle["text/plain"]));
    expect(texts[0]).toContain("saliency  25 %");
    expect(texts.at(-1)).toContain("integratedGradients");
    expect(texts.every((text) => !text.includes("\n"))).toBe(true);
  });

  it("goes when the call is over, though the cell goes on", () => {
    moved("saliency", 5, 600);
    moved("saliency", 10, 700);
    wait(1000);
    expect(published.at(-1)?.bundle).toEqual(NOTHING);
    moved("occlusion", 5, 900);
    expect(published.at(-1)?.bundle["text/plain"]).toContain("occlusion");
    expect(new Set(published.map(({ id }) => id)).size).toBe(1);
  });

  it("is a new output in the next cell, and follows nothing between cells", () => {
    moved("saliency", 5, 600);
    board.endCell();
    const count = published.length;
    moved("saliency", 6, 700);
    wait(1000);
    expect(published.length).toBe(count);
    board.beginCell();
    moved("saliency", 5, 600);
    expect(published.at(-1)).toMatchObject({ update: false });
    expect(published.at(-1)!.id).not.toBe(published[0]!.id);
    board.endCell();
    board.beginCell();
    moved("saliency", 3, 600);
    expect(published.at(-1)?.bundle["text/plain"]).toContain("saliency  30 %");
  });

  it("is off with GRADLENS_PROGRESS=off", () => {
    vi.stubEnv("GRADLENS_PROGRESS", "off");
    moved("saliency", 5, 600);
    board.endCell();
    expect(published).toEqual([]);
  });

  it("walks through iterables of any kind", async () => {
    const progress = createProgress(board);
    const seen: number[] = [];
    for (const item of progress([1, 2, 3], { label: "outer" })) {
      for (const inner of progress(new Set([10, 20]), { label: "inner" })) seen.push(item * inner);
      wait(300);
    }
    expect(seen).toEqual([10, 20, 20, 40, 30, 60]);
    wait(100);
    const texts = published.map(({ bundle }) => bundle["text/plain"]);
    expect(texts[0]).toMatch(/^outer {2}66 % · 2\/3/);
    expect(texts.at(-2)).toMatch(/^outer 100 % · 3\/3/);
    expect(published.at(-1)?.bundle).toEqual(NOTHING);
    async function* numbers() {
      yield 1;
      yield 2;
    }
    const later: number[] = [];
    for await (const item of progress(numbers())) later.push(item);
    expect(later).toEqual([1, 2]);
    for (const wrong of [undefined, null, 5, {}])
      expect(() => progress(wrong as never)).toThrow(/^progress\(\): expected an iterable/);
    expect(() => progress([], { total: -1 })).toThrow(RangeError);
  });

  it("has tasks that the user moves", () => {
    const task = createProgress(board).task("download", 4);
    wait(600);
    task.advance();
    expect(published.at(-1)?.bundle["text/plain"]).toContain("download  25 % · 1/4");
    wait(200);
    task.set(3);
    expect(published.at(-1)?.bundle["text/plain"]).toContain("3/4");
    wait(200);
    task.end();
    expect(published.at(-1)?.bundle).toEqual(NOTHING);
  });
});

describe("in a kernel", () => {
  let folder: TemporaryFolder;
  let kernel: RunningKernel;
  beforeAll(async () => {
    folder = temporaryFolder();
    kernel = await startKernel(folder.path);
  });
  afterAll(async () => {
    await kernel?.stop();
    folder?.remove();
  });

  it("shows a loop without an await while it runs, and nothing of it afterwards", async () => {
    const { displays, status, error } = await run(
      kernel.client,
      `let spun = 0;
for (const step of progress([1, 2, 3, 4], { label: "spin" })) {
  const end = Date.now() + 250;
  while (Date.now() < end) spun += step;
}`,
    );
    expect(error).toBeUndefined();
    expect(status).toBe("ok");
    expect(displays.map(({ header }) => header.msg_type)[0]).toBe("display_data");
    expect(displays.length).toBeGreaterThan(2);
    expect(displays.at(-1)?.content.data).toEqual(NOTHING);
    expect(displays.at(-1)?.header.msg_type).toBe("update_display_data");
  });

  it("takes the bar away when the cell throws", async () => {
    const { displays, error } = await run(
      kernel.client,
      `const stuck: { advance(): void } = progress.task("stuck", 3);
await new Promise((done) => setTimeout(done, 600));
stuck.advance();
throw new Error("halfway");`,
    );
    expect(error?.evalue).toBe("halfway");
    expect(displays.at(-1)?.content.data).toEqual(NOTHING);
  });

  it("follows what gradlens calls report", async () => {
    const { displays } = await run(
      kernel.client,
      `const tell = (globalThis as any)[Symbol.for("gradlens.host")].onProgress;
tell({ method: "saliency", done: 1, total: 4, elapsedMs: 700 });
tell({ method: "saliency", done: 4, total: 4, elapsedMs: 900 });`,
    );
    expect(displays[0]?.content.data).toMatchObject({
      "text/plain": expect.stringContaining("saliency  25 %"),
    });
    expect(displays.at(-1)?.content.data).toEqual(NOTHING);
  });
});

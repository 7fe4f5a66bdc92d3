import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Received } from "../../kernel/notebook/client";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { MessageCodec } from "../../kernel/protocol/message";
import { StreamBuffer } from "../../kernel/protocol/stream-buffer";
import { root, run, startKernel } from "./kernel";

/** What clients in Python could neither save nor send: half of a surrogate pair, in any text that leaves the kernel. */

const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

describe("a message", () => {
  const codec = new MessageCodec("key", "hmac-sha256", "tester");
  const sent = (content: Record<string, unknown>) =>
    codec.decode(asBuffers(codec.encode({ type: "t", content }).frames));
  const asBuffers = (frames: readonly (Buffer | Uint8Array | string)[]) =>
    frames.map((frame) => Buffer.from(frame as string));

  it.each([
    ["first halves", { a: "😀"[0] }, { a: "�" }],
    ["second halves", { a: ["x", "😀"[1]] }, { a: ["x", "�"] }],
    ["halves in names", { ["😀"[0]!]: 1 }, { "�": 1 }],
    ["halves behind backslashes", { a: `\\${"😀"[0]}\\\\${"😀"[1]}` }, { a: "\\�\\\\�" }],
    ["halves in the wrong order", { a: "\ude00\ud83d" }, { a: "��" }],
  ])("has no %s", (_what, content, expected) => {
    expect(sent(content)?.content).toEqual(expected);
  });

  it.each(["😀", "\\ud83d", "\\\\ud83d\\ude00", "a\\u0041", "\u0000\u2028\ufeff", "\\", "é\\udabc"])(
    "keeps %j as it is",
    (text) => {
      expect(sent({ text })?.content).toEqual({ text });
    },
  );
});

describe("a stream", () => {
  it("joins a character whose halves are written one by one, also when a message goes out between them", async () => {
    const texts: string[] = [];
    const buffer = new StreamBuffer((_name, text) => texts.push(text));
    buffer.write("stdout", "a\ud83d", undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(texts).toEqual(["a"]);
    buffer.write("stdout", "\ude00b", undefined);
    buffer.flush();
    expect(texts).toEqual(["a", "😀b"]);
  });

  it("loses no half that nothing follows", () => {
    const texts: string[] = [];
    const buffer = new StreamBuffer((name, text) => texts.push(name + text));
    buffer.write("stdout", "\ud83d", undefined);
    buffer.write("stderr", "x", undefined);
    buffer.flush();
    expect(texts).toEqual(["stdout\ud83d", "stderrx"]);
  });
});

describe("every path out of a kernel", () => {
  let kernel: RunningKernel;
  beforeAll(async () => {
    kernel = await startKernel(root);
  });
  afterAll(() => kernel?.stop());

  it.each([
    ["a stream", 'console.log("so nice 😀".slice(0, 9))', "so nice �\n"],
    ["a stream of halves", 'for (const half of "😀".split("")) console.error(half);', "�\n�\n"],
    [
      "a stream of bytes",
      "process.stdout.write(Buffer.from([0xf0, 0x9f, 0x98])); process.stdout.write('x\\n')",
      "�x\n",
    ],
    ["joined writes", 'process.stdout.write("\\ud83d"); process.stdout.write("\\ude00\\n")', "😀\n"],
    ["a result", '"😀"[0]', "'\\u"],
    ["an error's message", 'throw new Error("bad char " + "😀"[0])', "bad char �"],
    ["an error's name", 'const e = new Error("x"); e.name = "😀"[1]!; throw e', "�"],
    ["something thrown", 'throw "😀"[0]', "\n�\n"],
    ["a display", 'display.html("<b>" + "😀"[0] + "</b>")', "<b>�</b>"],
    ["a bundle", '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "😀"[0] }) })', "�"],
    ["JSON of a bundle", 'display.json({ ["😀"[0]!]: ["😀"[1]] })', "�\n0\n�"],
    ["a table", '[{ a: "😀"[0] }]', "�"],
    ["a table's head", '[{ ["😀"[0]!]: 1 }]', "�"],
    ["quoted source", "let v: '\\ud83d' = 'x'", '"�"'],
    ["the source itself", `"${"😀"[0]}"; nowhere`, "�"],
    [
      "progress",
      'const bar = progress.task("😀"[0]!, 2); await new Promise((r) => setTimeout(r, 700)); bar.advance(); bar.end()',
      "�",
    ],
    ["a widget", 'widget({ esm: "export default {}", state: { text: "😀"[0] } }).send("😀"[1])', "text\n�"],
    ["a stray error", 'void Promise.reject(new Error("😀"[0])); null', "Error: �"],
  ])("%s", async (_path, code, expected) => {
    const published: Received[] = [];
    const stop = kernel.client.onMessage((message) => published.push(message));
    const { messages } = await run(kernel.client, code);
    stop();
    for (const { header, parent, metadata, content } of published)
      for (const text of allTexts([header, parent, metadata, content])) expect(text).not.toMatch(HALF);
    const shown = messages.flatMap(({ content }) => [...allTexts(content)]).join("\n");
    expect(shown).toContain(expected);
  });

  it("replies and history", async () => {
    const code = `throw "${"😀"[0]}"`;
    const { error } = await run(kernel.client, code);
    expect(error?.evalue).toBe("�");
    const { history } = await kernel.client.request("shell", "history_request", {
      hist_access_type: "tail",
      n: 1,
    });
    expect(JSON.stringify(history)).toContain('throw \\"�\\"');
    const reply = await kernel.client.execute("1", undefined, { user_expressions: { half: '"😀"[0]' } });
    expect([...allTexts(reply)].some((text) => HALF.test(text))).toBe(false);
  });
});

function* allTexts(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      yield name;
      yield* allTexts(inner);
    }
}

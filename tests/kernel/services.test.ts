import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { type Content, MessageCodec } from "../../kernel/protocol/message";
import { connectPeer } from "../../kernel/protocol/zmtp";
import { Client, root, run, startKernel, temporaryFolder, until } from "./kernel";

let kernel: RunningKernel;
const ask = (type: string, content: Content = {}) => kernel.client.request("shell", type, content);

beforeAll(async () => {
  kernel = await startKernel(root);
  await run(
    kernel.client,
    "const station = { platform: 3, track: 'a' };\n/** Doubles a number. */\nfunction twice(x: number) { return 2 * x; }",
  );
});
afterAll(() => kernel?.stop());

it("introduces itself", async () => {
  const info = await ask("kernel_info_request");
  expect(info).toMatchObject({ status: "ok", implementation: "gradlens", protocol_version: "5.4" });
  const { version } = JSON.parse(
    readFileSync(path.join(root, "node_modules", "typescript", "package.json"), "utf8"),
  );
  expect(info.language_info).toMatchObject({ name: "typescript", file_extension: ".ts", version });
  expect(info).toMatchObject({ debugger: false, supported_features: [] });
});

describe("completion", () => {
  const complete = (code: string, cursor = [...code].length) =>
    ask("complete_request", { code, cursor_pos: cursor });

  it("completes names and members of earlier cells", async () => {
    const names = await complete("stat");
    expect(names).toMatchObject({ status: "ok", cursor_start: 0, cursor_end: 4 });
    expect(names.matches).toContain("station");
    expect(await complete("station.")).toMatchObject({
      matches: ["platform", "track"],
      cursor_start: 8,
      cursor_end: 8,
    });
    expect((await complete("display.h")).matches).toContain("html");
  });

  it("offers no empty names", async () => {
    expect((await complete("enum")).matches).not.toContain("");
  });

  it("counts the cursor in code points", async () => {
    const code = "const s = '🎉🎉'; station.pl";
    expect(await complete(code)).toMatchObject({
      matches: ["platform"],
      cursor_start: [...code].length - 2,
      cursor_end: [...code].length,
    });
  });
});

describe("inspection", () => {
  it("finds a name that is not ASCII at its end, too", async () => {
    await run(kernel.client, "const été = 5;");
    for (const cursor of [0, 1, 3]) {
      const found = await ask("inspect_request", { code: "été + 1", cursor_pos: cursor, detail_level: 0 });
      expect(found.found).toBe(true);
    }
  });

  it("tells type and documentation", async () => {
    const found = await ask("inspect_request", { code: "twice(2)", cursor_pos: 2, detail_level: 0 });
    expect(found).toMatchObject({ status: "ok", found: true });
    expect((found.data as Record<string, string>)["text/plain"]).toContain(
      "function twice(x: number): number",
    );
    expect((found.data as Record<string, string>)["text/plain"]).toContain("Doubles a number.");
  });

  it("says when there is nothing", async () => {
    expect(await ask("inspect_request", { code: "  ", cursor_pos: 1, detail_level: 0 })).toMatchObject({
      status: "ok",
      found: false,
      data: {},
    });
  });
});

it("tells more at the second level of detail, in Markdown and as plain text", async () => {
  await run(
    kernel.client,
    "/** Halves a number.\n * @param x what is halved\n * @example half(4)\n */\nfunction half(x: number) { return x / 2; }",
  );
  const inspect = async (detail_level: number) =>
    (await ask("inspect_request", { code: "half(2)", cursor_pos: 2, detail_level })).data as Record<
      string,
      string
    >;
  const [brief, full] = [await inspect(0), await inspect(1)];
  expect(brief["text/plain"]).toBe("function half(x: number): number\n\nHalves a number.");
  expect(brief["text/markdown"]).toBe(
    "```typescript\nfunction half(x: number): number\n```\n\nHalves a number.",
  );
  expect(full["text/plain"]).toContain("@param x what is halved\n@example half(4)");
  expect(full["text/markdown"]).toContain("*@example*\n\n```typescript\nhalf(4)\n```");
});

it("shows what a name is in the pager", async () => {
  const page = async (code: string) => {
    const reply = await kernel.client.execute(code);
    const [payload] = reply.payload as { source: string; data: Record<string, string> }[];
    return [reply.status, payload?.source, payload?.data["text/plain"]];
  };
  expect(await page("twice?")).toEqual([
    "ok",
    "page",
    "function twice(x: number): number\n\nDoubles a number.\n\nShift+Tab at a name in code shows this too.",
  ]);
  expect(await page("nobody??")).toEqual([
    "ok",
    "page",
    "nobody: nothing known; Tab completes the names there are.",
  ]);
});

it.each([
  ["1 + 1", { status: "complete" }],
  ["for (const x of [1]) {", { status: "incomplete", indent: "  " }],
  ["const text = `first", { status: "incomplete", indent: "" }],
  ["station?", { status: "complete" }],
  ["const = 3;", { status: "invalid" }],
  ["1 +* 2", { status: "invalid" }],
])("knows whether a cell is complete: %s", async (code, expected) => {
  expect(await ask("is_complete_request", { code })).toEqual(expected);
});

it("answers each request with its own reply type", async () => {
  const types: string[] = [];
  for (const [type, content] of [
    ["comm_info_request", {}],
    ["history_request", { hist_access_type: "tail", n: 3 }],
    ["connect_request", {}],
  ] as const) {
    const { header, content: reply } = await kernel.client.send("shell", type, content).reply;
    types.push(header.msg_type);
    expect(reply.status).toBe("ok");
  }
  expect(types).toEqual(["comm_info_reply", "history_reply", "connect_reply"]);
});

it("refuses to debug in the debug adapter's words", async () => {
  const { header, content } = await kernel.client.send("control", "debug_request", {
    type: "request",
    seq: 7,
    command: "initialize",
    arguments: {},
  }).reply;
  expect(header.msg_type).toBe("debug_reply");
  expect(content).toMatchObject({ type: "response", success: false, request_seq: 7, command: "initialize" });
});

it("closes comms for targets it does not know", async () => {
  const closed: unknown[] = [];
  const stop = kernel.client.onMessage(({ header, content }) => {
    if (header.msg_type === "comm_close") closed.push(content.comm_id);
  });
  await kernel.client.send("shell", "comm_open", { comm_id: "c1", target_name: "nobody", data: {} }).idle;
  stop();
  expect(closed).toEqual(["c1"]);
});

it("answers while a cell awaits and while a cell spins", async () => {
  const waiting = run(kernel.client, "await new Promise((done) => setTimeout(done, 600))");
  expect((await ask("complete_request", { code: "stat", cursor_pos: 4 })).matches).toContain("station");
  await waiting;
  // The loop ends by what the test writes once it has an answer to what it asked during the loop.
  const folder = temporaryFolder();
  const answered = path.join(folder.path, "answered");
  const spinning = await kernel.client.execute(
    `import { existsSync } from "node:fs"; console.log("spins"); while (!existsSync(${JSON.stringify(answered)}));`,
    ({ header }) => {
      if (header.msg_type === "stream")
        void ask("kernel_info_request").then(() => writeFileSync(answered, ""));
    },
  );
  expect(spinning.status).toBe("ok");
  folder.remove();
});

it("says nothing to unknown requests but busy and idle", async () => {
  await kernel.client.send("shell", "surprise_request", {}).idle;
});

describe("clients", () => {
  const connection = async () =>
    JSON.parse(
      (await import("node:fs")).readFileSync(kernel.connectionFile, "utf8"),
    ) as ConstructorParameters<typeof Client>[0];

  it("serves two at once, both hearing everything", async () => {
    const second = new Client(await connection(), "same-identity");
    await second.open();
    const heard: string[] = [];
    second.onMessage(({ header }) => heard.push(header.msg_type));
    expect((await run(kernel.client, "'to both'")).text).toBe("'to both'");
    await until(() => heard.includes("execute_result"), 3000, "the result at the second client");
    expect((await run(second, "station.track")).text).toBe("'a'");
    second.close();
  });

  it("answers a client that came back with the same identity", async () => {
    const first = new Client(await connection(), "session-7");
    await first.open();
    expect((await run(first, "1")).text).toBe("1");
    const again = new Client(await connection(), "session-7");
    await again.open();
    expect((await run(again, "2")).text).toBe("2");
    first.close();
    expect((await run(again, "3")).text).toBe("3");
    again.close();
  });

  it("drops 100 malformed, wrongly signed and replayed messages, counts them and runs none", async () => {
    const { key, shell_port, signature_scheme } = await connection();
    const dropped = async () =>
      (await ask("kernel_info_request")).dropped_messages as Record<
        "malformed" | "wrongSignature" | "replayed",
        number
      >;
    await run(kernel.client, "let intruders = 0;");
    const before = await dropped();
    const endpoint = { transport: "tcp", ip: "127.0.0.1", port: shell_port };
    const peer = await connectPeer("DEALER", endpoint, "", () => {});
    const request = { type: "execute_request", content: { code: "intruders++" } };
    const own = new MessageCodec(key, signature_scheme, "client");
    const stranger = new MessageCodec("wrong", signature_scheme, "client");
    const sent = own.encode(request).frames;
    for (let i = 0; i < 25; i++) {
      peer.send(stranger.encode(request).frames);
      peer.send([`${i}`, "<IDS|MSG>", "no parts"]);
      peer.send(own.encode({ ...request, content: "[1, 2]" }).frames);
      peer.send(sent);
    }
    await until(async () => (await dropped()).replayed - before.replayed === 24, 5000, "the last message");
    const after = await dropped();
    expect(after.wrongSignature - before.wrongSignature).toBe(25);
    expect(after.malformed - before.malformed).toBe(50);
    expect((await run(kernel.client, "intruders")).text).toBe("1");
    peer.close();
  });

  it("outlives connections that speak nonsense", async () => {
    const { shell_port } = await connection();
    const net = await import("node:net");
    for (const bytes of [
      Buffer.from("GET / HTTP/1.1\r\n\r\n".repeat(8)),
      Buffer.alloc(200, 0xff),
      Buffer.alloc(3),
    ]) {
      const socket = net.connect(shell_port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(bytes);
      await new Promise((done) => setTimeout(done, 30));
      socket.destroy();
    }
    expect((await run(kernel.client, "5")).text).toBe("5");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import type { Content } from "../../kernel/protocol/message";
import { Client, root, run, startKernel, until } from "./kernel";

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
  expect(info.language_info).toMatchObject({ name: "typescript", file_extension: ".ts", version: "5.0.4" });
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

it("knows whether a cell is complete", async () => {
  expect(await ask("is_complete_request", { code: "1 + 1" })).toEqual({ status: "complete" });
  expect(await ask("is_complete_request", { code: "for (const x of [1]) {" })).toEqual({
    status: "incomplete",
    indent: "  ",
  });
});

it("answers comm_info and history with their own reply types", async () => {
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
  const spinning = run(kernel.client, "const stop = Date.now() + 800; while (Date.now() < stop);");
  await new Promise((done) => setTimeout(done, 200));
  const began = Date.now();
  await ask("kernel_info_request");
  expect(Date.now() - began).toBeLessThan(500);
  await spinning;
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

  it("drops messages with a wrong signature", async () => {
    const stranger = new Client({ ...(await connection()), key: "wrong" });
    const opened = await Promise.race([
      stranger.open().then(() => "answered"),
      new Promise((done) => setTimeout(done, 700, "silence")),
    ]);
    stranger.close();
    expect(opened).toBe("silence");
    expect((await run(kernel.client, "4")).text).toBe("4");
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

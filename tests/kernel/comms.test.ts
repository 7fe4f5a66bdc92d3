import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CommMessage } from "../../kernel/comms/comm";
import { Comms } from "../../kernel/comms/comms";
import type { Request } from "../../kernel/protocol/link";
import type { Content } from "../../kernel/protocol/message";

interface Sent {
  type: string;
  content: Content;
  metadata: Content;
  buffers: Uint8Array[];
}

function setUp() {
  const sent: Sent[] = [];
  const errors: unknown[] = [];
  const comms = new Comms(
    (type, content, metadata, buffers) => sent.push({ type, content, metadata, buffers }),
    (error) => errors.push(error),
  );
  const receive = (msg_type: string, content: Content, buffers: Uint8Array[] = []) =>
    comms.receive({ header: { msg_type }, content, metadata: {}, buffers } as unknown as Request);
  return { comms, sent, errors, receive };
}

describe("a comm that the kernel opens", () => {
  it("tells target, data, metadata and a copy of the buffers' own bytes", () => {
    const { comms, sent } = setUp();
    const values = new Float32Array([9, 1, 2, 9]);
    const comm = comms.open(
      "jupyter.widget",
      { state: { n: 3 } },
      { metadata: { version: "2.1.0" }, buffers: [values.subarray(1, 3)] },
    );
    values[1] = 100;
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      type: "comm_open",
      content: { comm_id: comm.id, target_name: "jupyter.widget", data: { state: { n: 3 } } },
      metadata: { version: "2.1.0" },
    });
    const [bytes] = sent[0]!.buffers;
    expect([...new Float32Array(bytes!.buffer)]).toEqual([1, 2]);
  });

  it("receives messages, sends, and is gone after either side closed it", () => {
    const { comms, sent, receive } = setUp();
    const comm = comms.open("target");
    const heard: CommMessage[] = [];
    comm.onMessage((message) => heard.push(message));
    receive("comm_msg", { comm_id: comm.id, data: { n: 4 } }, [new Uint8Array([7])]);
    expect(heard).toEqual([{ data: { n: 4 }, metadata: {}, buffers: [new Uint8Array([7])] }]);
    comm.send({ answer: 1 });
    expect(sent[1]).toMatchObject({ type: "comm_msg", content: { comm_id: comm.id, data: { answer: 1 } } });
    let closedBy = "";
    comm.onClose(() => {
      closedBy = "front-end";
    });
    receive("comm_close", { comm_id: comm.id, data: {} });
    expect([closedBy, comm.closed, comms.get(comm.id)]).toEqual(["front-end", true, undefined]);
    expect(() => comm.send({})).toThrow(/comm .* is closed/);
    receive("comm_msg", { comm_id: comm.id, data: { n: 5 } });
    expect(heard).toHaveLength(1);
  });

  it("refuses buffers that are no bytes, before anything is sent", () => {
    const { comms, sent } = setUp();
    expect(() => comms.open("target", {}, { buffers: ["text" as unknown as ArrayBuffer] })).toThrow(
      /expected ArrayBuffer or a typed array, got string/,
    );
    expect([sent.length, comms.info(undefined)]).toEqual([0, { status: "ok", comms: {} }]);
  });
});

describe("a comm that the front-end opens", () => {
  it("reaches the target's handler, and is closed when there is none", () => {
    const { comms, sent, receive } = setUp();
    comms.onOpen("known", (comm, { data }) => comm.send({ echo: data.x }));
    receive("comm_open", { comm_id: "a", target_name: "known", data: { x: 1 } });
    receive("comm_open", { comm_id: "b", target_name: "unknown", data: {} });
    expect(sent.map(({ type, content }) => [type, content.comm_id])).toEqual([
      ["comm_msg", "a"],
      ["comm_close", "b"],
    ]);
    expect(comms.info("known")).toEqual({ status: "ok", comms: { a: { target_name: "known" } } });
    expect(comms.info("other")).toEqual({ status: "ok", comms: {} });
  });

  it("is closed when its handler fails; a failing message handler leaves it open", async () => {
    const { comms, sent, errors, receive } = setUp();
    comms.onOpen("bad", () => {
      throw new Error("on open");
    });
    receive("comm_open", { comm_id: "a", target_name: "bad", data: {} });
    expect(sent.map(({ type }) => type)).toEqual(["comm_close"]);
    const comm = comms.open("target");
    comm.onMessage(async () => {
      throw new Error("on message");
    });
    receive("comm_msg", { comm_id: comm.id, data: {} });
    await setImmediate();
    expect(errors.map((error) => (error as Error).message)).toEqual(["on open", "on message"]);
    expect(comm.closed).toBe(false);
  });
});

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Received } from "../../kernel/notebook/client";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { pack, unpack } from "../../kernel/widget/buffers";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

let folder: TemporaryFolder;
let kernel: RunningKernel;
const published: Received[] = [];
const commMessages = (from: number) =>
  published.slice(from).filter(({ header }) => header.msg_type.startsWith("comm_"));

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
  kernel.client.onMessage((message) => published.push(message));
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

/** What a front-end sends; gives the comm messages that came back. */
async function tell(type: string, content: Record<string, unknown>): Promise<Received[]> {
  const from = published.length;
  await kernel.client.send("shell", type, content).idle;
  return commMessages(from);
}

let id = "";

it("opens a comm with state and binary buffers, and shows a view with a fallback", async () => {
  const from = published.length;
  const { result, error } = await run(
    kernel.client,
    `const counter = widget({
  esm: "export default { render({ model, el }) { el.textContent = model.get('count'); } }",
  css: "div { color: red }",
  state: { count: 3, weights: Float32Array.of(1, 2), nested: { bytes: Uint8Array.of(9), list: [Uint8Array.of(7), 1] } },
  fallback: "<b>3</b>",
});
counter`,
  );
  expect(error).toBeUndefined();
  const [opened] = commMessages(from);
  expect(opened?.header.msg_type).toBe("comm_open");
  expect(opened?.metadata).toEqual({ version: "2.1.0" });
  const { comm_id, target_name, data } = opened!.content as Record<string, any>;
  id = comm_id;
  expect(target_name).toBe("jupyter.widget");
  expect(data.state).toMatchObject({
    _model_module: "anywidget",
    _model_name: "AnyModel",
    _view_name: "AnyView",
    _css: "div { color: red }",
    count: 3,
    nested: { list: [null, 1] },
  });
  expect(data.state.weights).toBeUndefined();
  expect(data.buffer_paths).toEqual([["weights"], ["nested", "bytes"], ["nested", "list", 0]]);
  const floats = Buffer.from(opened!.buffers[0]!);
  expect([floats.readFloatLE(0), floats.readFloatLE(4)]).toEqual([1, 2]);
  expect(result).toEqual({
    "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 1, model_id: id },
    "text/html": "<b>3</b>",
    "text/plain": "widget count, weights, nested",
  });
});

it("takes changes of the front-end and calls who asked for them", async () => {
  await run(
    kernel.client,
    "const seen: number[] = []; const quiet = counter.onChange('count', (n: number) => seen.push(n));",
  );
  await tell("comm_msg", {
    comm_id: id,
    data: { method: "update", state: { count: 4, _esm: "x" }, buffer_paths: [] },
  });
  expect((await run(kernel.client, "[counter.get('count'), seen]")).text).toBe("[ 4, [ 4 ] ]");
});

it("tells the front-end of changes and custom messages, and hears its own", async () => {
  const from = published.length;
  await run(kernel.client, "counter.set({ count: 42 }); counter.send({ hello: 1 }, [Uint8Array.of(5)]);");
  const [update, custom] = commMessages(from);
  expect(update?.content.data).toEqual({ method: "update", state: { count: 42 }, buffer_paths: [] });
  expect(custom?.content.data).toEqual({ method: "custom", content: { hello: 1 } });
  expect([...custom!.buffers[0]!]).toEqual([5]);
  await run(kernel.client, "let heard: unknown; counter.onMessage((content) => { heard = content; });");
  await tell("comm_msg", { comm_id: id, data: { method: "custom", content: { from: "page" } } });
  expect((await run(kernel.client, "heard")).text).toBe("{ from: 'page' }");
});

it("gives a page that was loaded anew one widget's state, or that of all", async () => {
  const [state] = await tell("comm_msg", { comm_id: id, data: { method: "request_state" } });
  expect((state!.content.data as any).state).toMatchObject({ count: 42, _model_name: "AnyModel" });
  expect(state?.buffers).toHaveLength(3);
  await tell("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} });
  const [states] = await tell("comm_msg", { comm_id: "control", data: { method: "request_states" } });
  const { method, states: byId, buffer_paths } = states!.content.data as Record<string, any>;
  expect(method).toBe("update_states");
  expect(byId[id]).toMatchObject({ model_name: "AnyModel", model_module: "anywidget", state: { count: 42 } });
  expect(buffer_paths[0]).toEqual([id, "weights"]);
  expect(states?.buffers).toHaveLength(3);
});

it("refuses what is no widget, and closes", async () => {
  expect((await run(kernel.client, "widget({} as any)")).error?.evalue).toContain(
    "expected esm to be a string",
  );
  const from = published.length;
  await run(kernel.client, "counter.close();");
  expect(commMessages(from)[0]?.header.msg_type).toBe("comm_close");
  const info = await kernel.client.request("shell", "comm_info_request", { target_name: "jupyter.widget" });
  expect(info.comms).toEqual({});
});

it("puts buffers back, but never into a prototype", () => {
  const { state, buffer_paths, buffers } = pack({ a: { b: Uint8Array.of(1, 2) }, n: 1 });
  expect([state, buffer_paths]).toEqual([{ a: {}, n: 1 }, [["a", "b"]]]);
  const whole = unpack(state, buffer_paths, buffers as Uint8Array[]) as { a: { b: DataView } };
  expect([whole.a.b.getUint8(0), whole.a.b.getUint8(1)]).toEqual([1, 2]);
  unpack({}, [["__proto__", "polluted"]], [Uint8Array.of(1)]);
  expect("polluted" in {}).toBe(false);
});

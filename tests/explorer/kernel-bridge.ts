/** A front-end between a page in Chromium and explorers in this process: what JupyterLab's extension and a kernel do. */
import type { Page } from "playwright-core";
import type { Explorer } from "../../src";

const HOST: unique symbol = Symbol.for("gradlens.host");

interface Comm {
  send(data: object): void;
  onMessage(handler: (message: { data: object }) => unknown): void;
  onClose(handler: () => unknown): void;
}

type Open = (comm: Comm, message: { data: object }) => unknown;

/** The model that a page is given: its changes and messages go to the process, the process's come by `fromKernel`. */
const CONNECT = `globalThis[Symbol.for("gradlens.connect")] = (el, data) => {
  const listeners = {};
  const fields = { ...data };
  let changed = {};
  globalThis.fromKernel = (message) => {
    if (message.method === "update")
      for (const [name, value] of Object.entries(message.state)) {
        fields[name] = value;
        for (const listener of listeners["change:" + name] ?? []) listener(value);
      }
    else for (const listener of listeners["msg:custom"] ?? []) listener(message.method === "gone" ? { gone: true } : message.content);
  };
  const model = {
    get: (name) => fields[name],
    set(name, value) { fields[name] = changed[name] = value; },
    save_changes() { toKernel({ method: "update", state: changed }); changed = {}; },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
    send: (content) => void toKernel({ method: "custom", content }),
  };
  toKernel({ open: data.id });
  return model;
};`;

/** The cell's output of an explorer, while this process is its kernel. */
export async function shownBy(explorer: Explorer): Promise<{ readonly html: string; readonly open: Open }> {
  let open: Open | undefined;
  const onComm = (_target: string, handler: Open): void => {
    open = handler;
  };
  const before = Reflect.get(globalThis, HOST);
  Reflect.set(globalThis, HOST, { onComm });
  try {
    const { "text/html": html } = await explorer.toMimeBundle();
    if (!open || typeof html !== "string") throw new Error("the explorer named no target");
    return { html, open };
  } finally {
    Reflect.set(globalThis, HOST, before);
  }
}

/** Connects a page with this process: to be called before the page opens. */
export async function connect(page: Page, open: Open): Promise<void> {
  let receive: ((message: { data: object }) => unknown) | undefined;
  await page.exposeFunction("toKernel", async (data: { open?: string }) => {
    if (data.open === undefined) return void (await receive?.({ data }));
    const comm: Comm = {
      send: (message) => void page.evaluate(`fromKernel(${JSON.stringify(message)})`).catch(() => undefined),
      onMessage: (handler) => {
        receive = handler;
      },
      onClose: () => undefined,
    };
    open(comm, { data: { id: data.open } });
    return undefined;
  });
  await page.addInitScript(CONNECT);
}

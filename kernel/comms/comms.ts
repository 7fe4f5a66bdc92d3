/** All open comms, whichever side opened them. */
import { keepOrigin } from "../isolation/origin";
import type { Request } from "../protocol/link";
import type { Content } from "../protocol/message";
import { Comm, type CommMessage, type CommOpenOptions, type CommPublish, newCommId, toBytes } from "./comm";

/** Called for a comm that the front-end opens: with the comm, and what it was opened with. */
export type CommTarget = (comm: Comm, message: CommMessage) => unknown;

/** All open comms, whichever side opened them. */
export class Comms {
  readonly #byId: Map<string, Comm> = new Map();
  readonly #targets: Map<string, CommTarget> = new Map();

  readonly #publish: CommPublish;
  readonly #reportError: (error: unknown) => void;

  constructor(publish: CommPublish, reportError: (error: unknown) => void) {
    this.#publish = publish;
    this.#reportError = reportError;
  }

  /** Opens a comm to the front-end's target of that name. */
  open(target: string, data: Content = {}, options: CommOpenOptions = {}): Comm {
    const comm = this.#register(options.id ?? newCommId(), target);
    const content = { comm_id: comm.id, target_name: target, data };
    try {
      this.#publish("comm_open", content, options.metadata ?? {}, (options.buffers ?? []).map(toBytes));
    } catch (error) {
      comm.closed = true;
      this.#byId.delete(comm.id);
      throw error;
    }
    return comm;
  }

  /** Names a target that the front-end may open comms to; undefined takes the name back. */
  onOpen(target: string, handler: CommTarget | undefined): void {
    if (handler) this.#targets.set(target, keepOrigin(handler));
    else this.#targets.delete(target);
  }

  get(id: string): Comm | undefined {
    return this.#byId.get(id);
  }

  /** The content of a comm_info_reply. */
  info(target: unknown): Content {
    const comms: Record<string, { target_name: string }> = {};
    for (const comm of this.#byId.values())
      if (typeof target !== "string" || target === "" || comm.target === target)
        comms[comm.id] = { target_name: comm.target };
    return { status: "ok", comms };
  }

  /** A message of the front-end. Handlers that fail are reported; they harm neither the comm nor the kernel. */
  receive(request: Request): void {
    const { content, metadata } = request;
    const id = String(content.comm_id ?? "");
    const data = (typeof content.data === "object" && content.data !== null ? content.data : {}) as Content;
    const message: CommMessage = { data, metadata, buffers: request.buffers };
    const comm = this.#byId.get(id);
    switch (request.header.msg_type) {
      case "comm_open":
        this.#accept(id, String(content.target_name ?? ""), message);
        break;
      case "comm_msg":
        if (comm) this.#run(() => comm.receive(message));
        break;
      case "comm_close":
        if (comm) this.#run(() => comm.receiveClose(message));
        break;
    }
  }

  #accept(id: string, target: string, message: CommMessage): void {
    const handler = this.#targets.get(target);
    if (!handler || id === "") {
      this.#publish("comm_close", { comm_id: id, data: {} }, {}, []);
      return;
    }
    const comm = this.#register(id, target);
    this.#run(
      () => handler(comm, message),
      () => comm.close(),
    );
  }

  #register(id: string, target: string): Comm {
    const comm = new Comm(id, target, this.#publish, () => this.#byId.delete(id));
    this.#byId.set(id, comm);
    return comm;
  }

  #run(handle: () => unknown, onError: () => void = () => {}): void {
    const fail = (error: unknown) => {
      this.#reportError(error);
      onError();
    };
    try {
      const handled = handle();
      if (handled instanceof Promise) handled.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

/** A client of a running kernel: requests on shell and control, everything it publishes on iopub. */
import { type ChannelName, type ConnectionInfo, endpointOf } from "../protocol/connection";
import { type Content, type Message, MessageCodec } from "../protocol/message";
import { connectPeer, type Peer } from "../protocol/zmtp";

export type Received = Pick<Message, "header" | "parent" | "content" | "metadata" | "buffers">;

export interface ExecuteOptions {
  silent?: boolean;
  store_history?: boolean;
  stop_on_error?: boolean;
  allow_stdin?: boolean;
  user_expressions?: Record<string, string>;
}

const CONNECT_PATIENCE_MS = 30_000;
const RETRY_MS = 30;

async function connect(
  type: "DEALER" | "SUB",
  connection: ConnectionInfo,
  channel: ChannelName,
  identity: string,
  onFrames: (frames: Buffer[]) => void,
  giveUp: () => boolean,
): Promise<Peer> {
  const deadline = Date.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    try {
      return await connectPeer(type, endpointOf(connection, channel), identity, onFrames);
    } catch (error) {
      if (Date.now() > deadline || giveUp()) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Nothing answers any more. */
export class KernelDied extends Error {
  override readonly name: string = "KernelDied";
}

export class KernelClient {
  readonly #codec: MessageCodec;
  readonly #replies: Map<string, (message: Received) => void> = new Map();
  readonly #idles: Map<string, () => void> = new Map();
  readonly #listeners: Set<(message: Received) => void> = new Set();
  #lose: (error: KernelDied) => void = () => {};
  readonly #lost: Promise<never> = new Promise((_resolve, reject) => {
    this.#lose = reject;
  });
  #peers: Partial<Record<ChannelName, Peer>> = {};

  readonly #connection: ConnectionInfo;
  readonly #identity: string;

  constructor(connection: ConnectionInfo, identity: string = "") {
    this.#connection = connection;
    this.#identity = identity;

    this.#codec = new MessageCodec(connection.key, connection.signature_scheme, "client");
    this.#lost.catch(() => {});
  }

  /** The kernel's process ended: requests that wait for an answer, and later ones, fail. */
  died(): void {
    this.#lose(new KernelDied("the kernel ended"));
  }

  /** Connects, trying again while the kernel starts, unless `giveUp` says that it never will. */
  async open(giveUp: () => boolean = () => false): Promise<void> {
    const onReply = (frames: Buffer[]) => {
      const message = this.#codec.decode(frames);
      const id = message && (message.parent as { msg_id?: string }).msg_id;
      if (message && id !== undefined) this.#replies.get(id)?.(message);
    };
    const onPublished = (frames: Buffer[]) => {
      const message = this.#codec.decode(frames);
      if (!message) return;
      for (const listener of this.#listeners) listener(message);
      const id = (message.parent as { msg_id?: string }).msg_id;
      if (
        message.header.msg_type === "status" &&
        message.content.execution_state === "idle" &&
        id !== undefined
      )
        this.#idles.get(id)?.();
    };
    const [connection, identity] = [this.#connection, this.#identity];
    const [iopub, shell, control] = await Promise.all([
      connect("SUB", connection, "iopub", identity, onPublished, giveUp),
      connect("DEALER", connection, "shell", identity, onReply, giveUp),
      connect("DEALER", connection, "control", identity, onReply, giveUp),
    ]);
    this.#peers = { iopub, shell, control };
    await this.#subscribed();
  }

  /** A subscription takes a moment to arrive: asks until an answer's status is seen. */
  async #subscribed(): Promise<void> {
    for (;;) {
      const { idle } = this.send("shell", "kernel_info_request", {});
      const seen = await Promise.race([
        idle.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, 200, false)),
      ]);
      if (seen) return;
    }
  }

  /** Answers what cells ask the user; undefined leaves a question open. */
  async openInput(answer: (prompt: string, password: boolean) => string | undefined): Promise<void> {
    const onFrames = (frames: Buffer[]) => {
      const message = this.#codec.decode(frames);
      if (message?.header.msg_type !== "input_request") return;
      const value = answer(String(message.content.prompt), message.content.password === true);
      if (value === undefined) return;
      const reply = this.#codec.encode({ type: "input_reply", content: { value }, parent: message.header });
      this.#peers.stdin?.send(reply.frames);
    };
    const never = () => false;
    this.#peers.stdin = await connect("DEALER", this.#connection, "stdin", this.#identity, onFrames, never);
  }

  onMessage(listener: (message: Received) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a request; `idle` resolves when the kernel has published everything that belongs to it. */
  send(
    channel: "shell" | "control",
    type: string,
    content: Content,
    buffers: readonly Uint8Array[] = [],
  ): { id: string; reply: Promise<Received>; idle: Promise<void> } {
    const { header, frames } = this.#codec.encode({ type, content, buffers });
    const id = header.msg_id;
    const reply = new Promise<Received>((resolve) => {
      this.#replies.set(id, (message) => {
        this.#replies.delete(id);
        resolve(message);
      });
    });
    const idle = new Promise<void>((resolve) => {
      this.#idles.set(id, () => {
        this.#idles.delete(id);
        resolve();
      });
    });
    this.#peers[channel]?.send(frames);
    return { id, reply, idle };
  }

  async request(channel: "shell" | "control", type: string, content: Content = {}): Promise<Content> {
    return (await Promise.race([this.send(channel, type, content).reply, this.#lost])).content;
  }

  /** Runs a cell; `onOutput` gets what it publishes until it ends, in order. */
  async execute(
    code: string,
    onOutput: (message: Received) => void = () => {},
    options: ExecuteOptions = {},
  ): Promise<Content> {
    const { reply, stopListening } = this.start(code, onOutput, options);
    try {
      return await reply;
    } finally {
      stopListening();
    }
  }

  /** The same, but `onOutput` gets also what arrives after its end, until one stops listening. */
  start(
    code: string,
    onOutput: (message: Received) => void,
    options: ExecuteOptions = {},
  ): { reply: Promise<Content>; stopListening: () => void } {
    let id = "";
    const stopListening = this.onMessage((message) => {
      if ((message.parent as { msg_id?: string }).msg_id === id) onOutput(message);
    });
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      ...options,
    };
    const sent = this.send("shell", "execute_request", content);
    id = sent.id;
    const ended = Promise.race([Promise.all([sent.reply, sent.idle]), this.#lost]);
    return { reply: ended.then(([reply]) => reply.content), stopListening };
  }

  interrupt(): Promise<Content> {
    return this.request("control", "interrupt_request");
  }

  shutDown(): Promise<Content> {
    return this.request("control", "shutdown_request", { restart: false });
  }

  close(): void {
    for (const peer of Object.values(this.#peers)) peer.close();
  }
}

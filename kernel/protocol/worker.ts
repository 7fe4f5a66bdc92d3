/**
 * The protocol thread: sockets, signatures, status, streams, heartbeat, interrupt and shutdown. It answers while the
 * main thread loads the compiler or is busy in a cell.
 */
import { userInfo } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { History } from "../input/history";
import { Questions } from "../input/questions";
import { endpointOf, readConnectionFile } from "./connection";
import { Flag } from "./flags";
import { Interrupter } from "./interrupter";
import type { ProtocolWorkerData, Request, ToMain, ToProtocol } from "./link";
import { MemoryWatch } from "./memory-watch";
import { type Content, type Header, type Message, MessageCodec } from "./message";
import { exitWithParent } from "./orphan";
import { Programs } from "./programs";
import { Shell } from "./shell";
import { watchSigint } from "./sigint";
import { StreamBuffer } from "./stream-buffer";
import { echoListener, Listener, type Peer, Publisher } from "./zmtp";

interface OpenRequest {
  peer: Peer;
  listener: Listener;
  message: Message;
  replied: boolean;
}

const EXIT_PATIENCE_MS = 500;

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "kernel";
  }
}

class ProtocolThread {
  readonly #codec: MessageCodec;
  readonly #iopub: Publisher = new Publisher((peer, topic) => this.#welcome(peer, topic));
  readonly #streams: StreamBuffer;
  readonly #interrupter: Interrupter;
  readonly #open: Map<number, OpenRequest> = new Map();
  #lastRequestId = 0;
  #lastDebugReply = 0;
  readonly #connection: ReturnType<typeof readConnectionFile>;
  readonly #stdin: Listener;
  readonly #questions: Questions;
  readonly #history: History;
  readonly #memory: MemoryWatch;
  readonly #programs: Programs = new Programs();
  readonly #shell: Shell;
  readonly #flags: Int32Array;

  readonly #data: ProtocolWorkerData;
  readonly #tellMain: (message: ToMain) => void;

  constructor(data: ProtocolWorkerData, tellMain: (message: ToMain) => void) {
    this.#data = data;
    this.#tellMain = tellMain;

    this.#connection = readConnectionFile(data.connectionFile);
    this.#codec = new MessageCodec(this.#connection.key, this.#connection.signature_scheme, currentUser());
    this.#streams = new StreamBuffer((name, text, parent) => this.#publish("stream", { name, text }, parent));
    const flags = new Int32Array(data.flags);
    this.#flags = flags;
    this.#questions = new Questions(this.#codec, flags, data.inputPort);
    this.#history = new History(data.historyFile);
    this.#stdin = new Listener("ROUTER", (_peer, frames) => {
      const message = this.#codec.decode(frames);
      if (message) this.#questions.receive(message);
    });
    this.#interrupter = new Interrupter(
      flags,
      (id, sequence) => {
        tellMain({ op: "interrupt", id, sequence });
        this.#questions.interrupt();
        this.#programs.interrupt();
        this.#shell.interrupt();
      },
      (sequence) => tellMain({ op: "terminated", sequence }),
    );
    this.#shell = new Shell((id, how) => tellMain({ op: "ended", id, how }));
    this.#memory = new MemoryWatch(
      flags,
      data.heapLimit,
      () => this.#interrupter.mainThread(),
      () => this.#interrupter.stopFull(),
    );
  }

  async start(): Promise<void> {
    const receive = (channel: "shell" | "control") => (peer: Peer, frames: Buffer[], listener: Listener) => {
      const message = this.#codec.decode(frames);
      if (message) this.#handle(channel, peer, listener, message);
    };
    const bind = (listener: Listener | Publisher, channel: "shell" | "control" | "stdin" | "hb" | "iopub") =>
      listener.bind(endpointOf(this.#connection, channel));
    await Promise.all([
      bind(this.#iopub, "iopub"),
      bind(echoListener(), "hb"),
      bind(new Listener("ROUTER", receive("shell")), "shell"),
      bind(new Listener("ROUTER", receive("control")), "control"),
      bind(this.#stdin, "stdin"),
    ]);
    this.#publish("status", { execution_state: "starting" }, undefined);
    exitWithParent();
    this.#memory.start();
    watchSigint(this.#flags, () => this.#interrupter.interrupt(this.#waitingCells()));
  }

  fromMain(message: ToProtocol): void {
    if (message.op === "stream") {
      this.#streams.write(message.name, message.text, message.parent);
      return;
    }
    if (message.op === "program") {
      if (message.others) this.#programs.begin(message.others);
      else this.#programs.end();
      // An interrupt may have come just before it.
      if (message.others && Atomics.load(this.#flags, Flag.STOP) === 1) this.#programs.interrupt();
      return;
    }
    if (message.op === "command") {
      const { command, parent } = message;
      this.#shell.run(command, (text) => parent && this.#streams.write("stdout", text, parent));
      return;
    }
    this.#streams.flush();
    switch (message.op) {
      case "begin":
        this.#status("busy", message.id);
        break;
      case "finish":
        this.#status("idle", message.id);
        this.#open.delete(message.id);
        break;
      case "publish":
        this.#publish(message.type, message.content, message.parent, message.metadata, message.buffers);
        break;
      case "reply":
        this.#reply(message.id, message.type, message.content);
        break;
      case "input": {
        const asking = this.#open.get(message.request);
        this.#questions.ask(message, asking?.peer, asking?.message.header, this.#stdin);
        break;
      }
      case "record":
        this.#history.record(message.line, message.code);
        break;
      case "barrier":
        this.#tellMain({ op: "barrier", id: message.id });
        break;
    }
  }

  #handle(channel: "shell" | "control", peer: Peer, listener: Listener, message: Message): void {
    const id = ++this.#lastRequestId;
    this.#open.set(id, { peer, listener, message, replied: false });
    switch (message.header.msg_type) {
      case "kernel_info_request":
        this.#answer(id, "kernel_info_reply", {
          ...this.#data.kernelInfo,
          dropped_messages: this.#codec.dropped,
        });
        break;
      case "connect_request": {
        const { shell_port, iopub_port, stdin_port, control_port, hb_port } = this.#connection;
        const ports = { shell_port, iopub_port, stdin_port, control_port, hb_port };
        this.#answer(id, "connect_reply", { status: "ok", ...ports });
        break;
      }
      case "history_request":
        this.#answer(id, "history_reply", this.#history.answer(message.content));
        break;
      case "debug_request":
        this.#answer(id, "debug_reply", this.#refuseDebugging(message.content));
        break;
      case "interrupt_request":
        this.#interrupter.interrupt(this.#waitingCells());
        this.#answer(id, "interrupt_reply", { status: "ok" });
        break;
      case "shutdown_request":
        this.#shutDown(id, message);
        break;
      default: {
        const { header, content, metadata, buffers } = message;
        // Copies: a view would be cloned with the whole block of bytes it was received in.
        const own = buffers.map((buffer) => new Uint8Array(buffer));
        const request: Request = { id, channel, header, content, metadata, buffers: own };
        this.#tellMain({ op: "request", request });
      }
    }
  }

  /** In the debug adapter protocol's form: the kernel has no debugger. */
  #refuseDebugging(request: Content): Content {
    return {
      type: "response",
      seq: ++this.#lastDebugReply,
      request_seq: request.seq ?? 0,
      success: false,
      command: request.command ?? "",
      message: "debugging is not supported",
    };
  }

  #waitingCells(): number {
    const waiting = ({ message, replied }: OpenRequest) =>
      message.header.msg_type === "execute_request" && !replied;
    return [...this.#open.values()].filter(waiting).length;
  }

  #answer(id: number, type: string, content: Content, sent?: () => void): void {
    this.#status("busy", id);
    this.#reply(id, type, content, sent);
    this.#status("idle", id);
    this.#open.delete(id);
  }

  /** Tells a client that its subscription is in force: nothing published from now on passes it by. */
  #welcome(peer: Peer, topic: string): void {
    const type = "iopub_welcome";
    const { frames } = this.#codec.encode({
      type,
      content: { subscription: topic },
      identities: [Buffer.from(topic + type, "latin1")],
    });
    peer.send(frames);
  }

  #status(state: "busy" | "idle", id: number): void {
    this.#publish("status", { execution_state: state }, this.#open.get(id)?.message.header);
  }

  #shutDown(id: number, message: Message): void {
    this.#streams.flush();
    this.#memory.end();
    this.#interrupter.release();
    this.#shell.interrupt();
    const content = { status: "ok", restart: message.content.restart === true };
    this.#answer(id, "shutdown_reply", content, () => {
      const { frames } = this.#codec.encode({
        type: "shutdown_reply",
        content,
        parent: message.header,
        identities: ["shutdown_reply"],
      });
      this.#iopub.send(frames, () => this.#tellMain({ op: "exit" }));
    });
    setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_PATIENCE_MS);
  }

  #reply(id: number, type: string, content: Content | string, sent?: () => void): void {
    const request = this.#open.get(id);
    if (!request) return;
    request.replied = true;
    if (this.#waitingCells() === 0) this.#interrupter.forget();
    const { message, listener } = request;
    const { frames } = this.#codec.encode({
      type,
      content,
      parent: message.header,
      identities: message.identities,
    });
    listener.current(request.peer).send(frames, sent);
  }

  #publish(
    type: string,
    content: Content | string,
    parent: Header | undefined,
    metadata?: Content | undefined,
    buffers?: Uint8Array[] | undefined,
  ): void {
    const { frames } = this.#codec.encode({ type, content, parent, metadata, buffers, identities: [type] });
    this.#iopub.send(frames);
  }
}

if (parentPort) {
  const port = parentPort;
  const thread = new ProtocolThread(workerData as ProtocolWorkerData, (message) => port.postMessage(message));
  port.on("message", (message: ToProtocol) => thread.fromMain(message));
  void thread.start();
}

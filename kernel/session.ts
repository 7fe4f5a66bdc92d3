import { Comms } from "./comms/comms";
import type { MimeBundle } from "./display/bundle";
import { format } from "./display/format";
import type { DisplayOptions, PendingDisplays } from "./display/globals";
import type { Compiler } from "./execution/compiler";
import type { ErrorContent, ErrorReporter } from "./execution/errors";
import type { Executor } from "./execution/executor";
import { InterruptError, isInterrupt } from "./execution/interrupt";
import type { Asker } from "./input/input";
import {
  completeReply,
  inspectReply,
  isCompleteReply,
  pagedQuestion,
  pageFor,
} from "./introspection/replies";
import type { Request, ToProtocol } from "./protocol/link";
import type { Content, Header } from "./protocol/message";

/** What the session needs; it arrives when the compiler is loaded. */
export interface Workings {
  compiler: Compiler;
  executor: Executor;
  errors: ErrorReporter;
  displays: PendingDisplays;
  /** Shows progress in the running cell. */
  progress: { beginCell(): void; endCell(): void };
}

export interface PublishDetails {
  /** The request it belongs to: that of the newest cell when it is left out. */
  parent?: Header | undefined;
  metadata?: Content;
  buffers?: Uint8Array[];
}

/** A cell from its request to its reply. */
interface RunningCell {
  readonly request: Request;
  readonly count: number;
  readonly name: string;
  readonly silent: boolean;
  /** Whether its error was shown. */
  failed: boolean;
}

/** How long after a termination a cell may take to end by itself. */
const TERMINATION_PATIENCE_MS = 500;

type Handler = (request: Request) => Content | Promise<Content | undefined> | undefined;

/** The conversation with clients on the main thread: cells in order, everything else as it comes. */
export class Session {
  /** Conversations with widgets and other parts of front-ends. */
  readonly comms: Comms = new Comms(
    (type, content, metadata, buffers) =>
      this.publish(type, content, { metadata, buffers, parent: this.handling ?? this.current }),
    (error) => this.reportStray("error in a comm's handler", error),
  );
  private executionCount = 0;
  private unrecordedCount = 0;
  /** Header of the newest cell: where late output belongs. */
  private current: Header | undefined;
  /** The cell that runs, as far as it may ask the user. */
  private asking: Asker | undefined;
  /** A silent cell runs: nothing that is shown goes out. */
  private silent = false;
  /** Header of the comm message whose handler runs. */
  private handling: Header | undefined;
  private readonly queue: Request[] = [];
  private running: RunningCell | undefined;
  private readonly barriers: Map<number, () => void> = new Map();
  private lastBarrier = 0;

  constructor(
    private readonly tellProtocol: (message: ToProtocol) => void,
    private readonly workings: Workings,
  ) {}

  private readonly handlers: Record<string, { reply: string; handle: Handler }> = {
    complete_request: {
      reply: "complete_reply",
      handle: ({ content }) => completeReply(this.workings.compiler, this.workings.executor, content),
    },
    inspect_request: {
      reply: "inspect_reply",
      handle: ({ content }) => inspectReply(this.workings.compiler, content),
    },
    is_complete_request: {
      reply: "is_complete_reply",
      handle: ({ content }) => isCompleteReply(this.workings.compiler, content),
    },
    comm_info_request: {
      reply: "comm_info_reply",
      handle: ({ content }) => this.comms.info(content.target_name),
    },
    comm_open: { reply: "", handle: (request) => this.receiveComm(request) },
    comm_msg: { reply: "", handle: (request) => this.receiveComm(request) },
    comm_close: { reply: "", handle: (request) => this.receiveComm(request) },
  };

  receive(request: Request): void {
    if (request.header.msg_type === "execute_request") {
      this.queue.push(request);
      this.runNext();
    } else void this.answer(request);
  }

  passBarrier(id: number): void {
    this.barriers.get(id)?.();
    this.barriers.delete(id);
  }

  /** The running cell, as the one that asks for input. */
  get asker(): Asker | undefined {
    return this.asking;
  }

  writeStream(name: "stdout" | "stderr", text: string): void {
    if (this.silent) return;
    this.tellProtocol({ op: "stream", name, text, parent: this.current });
  }

  display(bundle: MimeBundle, options: DisplayOptions): void {
    const transient = options.id === undefined ? {} : { display_id: options.id };
    this.show(options.update ? "update_display_data" : "display_data", {
      data: bundle,
      metadata: {},
      transient,
    });
  }

  /** Empties the cell's output; `wait`: only when something new is shown. */
  clearOutput(wait: boolean): void {
    this.show("clear_output", { wait });
  }

  /** Publishes what a cell shows. */
  show(type: string, content: Content): void {
    if (!this.silent) this.publish(type, content);
  }

  publish(type: string, content: Content, details: PublishDetails = {}): void {
    const { parent = this.current, buffers } = details;
    const metadata = details.metadata && (JSON.parse(JSON.stringify(details.metadata)) as Content);
    this.tellProtocol({ op: "publish", type, content: JSON.stringify(content), parent, metadata, buffers });
  }

  private reply(request: Request, type: string, content: Content): void {
    this.tellProtocol({ op: "reply", id: request.id, type, content: JSON.stringify(content) });
  }

  /** An error that no cell can catch: from a timer, or a promise that nobody awaits. */
  reportStray(kind: string, error: unknown): void {
    if (isInterrupt(error)) return;
    const { traceback } = this.describe(error);
    this.writeStream("stderr", `${kind}: ${traceback.join("\n")}\n`);
  }

  /** Nothing that a cell throws may keep its reply from being sent. */
  private describe(error: unknown): ErrorContent {
    try {
      return this.workings.errors.describe(error);
    } catch {
      const text = "an error that cannot be described";
      return { ename: "Error", evalue: text, traceback: [text] };
    }
  }

  private async answer(request: Request): Promise<void> {
    const known = this.handlers[request.header.msg_type];
    this.tellProtocol({ op: "begin", id: request.id });
    try {
      const content = await known?.handle(request);
      if (content && known) this.reply(request, known.reply, content);
    } catch (error) {
      const content: Content = { status: "error", ...this.describe(error) };
      if (known) this.reply(request, known.reply, content);
    } finally {
      this.tellProtocol({ op: "finish", id: request.id });
    }
  }

  /**
   * The main thread was torn out of what it did. Mostly that was code of a cell, which ends by its interrupt; but where
   * it was the code that waits for the cell, nothing else would ever end the cell. `noneSince`: whether the code that
   * was terminated is still the newest; an expression of the same request may have started meanwhile.
   */
  afterTermination(noneSince: () => boolean): void {
    const cell = this.running;
    if (!cell) return;
    setTimeout(() => {
      if (this.running !== cell || !noneSince()) return;
      const error = this.workings.executor.abandon() ?? new InterruptError();
      void this.endCell(cell, this.describe(error));
    }, TERMINATION_PATIENCE_MS);
  }

  private runNext(): void {
    if (this.running) return;
    const request = this.queue.shift();
    if (request) void this.runCell(request);
  }

  private async runCell(request: Request): Promise<void> {
    const { content } = request;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    const recorded = !silent && content.store_history !== false;
    if (recorded) this.executionCount++;
    const count = this.executionCount;
    const name = recorded ? `cell [${count}]` : `cell [${count}.${++this.unrecordedCount}]`;
    const cell: RunningCell = { request, count, name, silent, failed: false };
    this.running = cell;
    // What arrives late from earlier cells must not get lost with a silent one.
    if (!silent) this.current = request.header;
    this.silent = silent;
    this.asking = { request: request.id, allowed: content.allow_stdin === true };
    this.tellProtocol({ op: "begin", id: request.id });
    if (!silent) this.publish("execute_input", { code, execution_count: count });
    if (recorded && code.trim() !== "") this.tellProtocol({ op: "record", line: count, code });
    if (!silent) this.workings.progress.beginCell();
    const nothing = code.trim() === "" || pagedQuestion(code) !== undefined;
    await this.endCell(cell, nothing ? undefined : await this.tryCell(code, cell));
  }

  private async endCell(cell: RunningCell, failure: ErrorContent | undefined): Promise<void> {
    if (this.running !== cell) return;
    const { request, count, name, silent } = cell;
    const { content } = request;
    this.workings.progress.endCell();
    if (failure && !silent && !cell.failed) this.publish("error", failure);
    cell.failed = failure !== undefined;
    const question = pagedQuestion(String(content.code ?? ""));
    const reply: Content = failure
      ? { status: "error", execution_count: count, payload: [], user_expressions: {}, ...failure }
      : {
          status: "ok",
          execution_count: count,
          payload: question ? [pageFor(this.workings.compiler, question)] : [],
          user_expressions: await this.evaluate(content.user_expressions, name),
        };
    if (failure && content.stop_on_error !== false) await this.abortWaiting();
    if (this.running !== cell) return;
    this.asking = undefined;
    this.silent = false;
    this.reply(request, "execute_reply", reply);
    this.tellProtocol({ op: "finish", id: request.id });
    this.running = undefined;
    this.runNext();
  }

  private async tryCell(
    code: string,
    { name, count, silent }: RunningCell,
  ): Promise<ErrorContent | undefined> {
    try {
      await this.workings.executor.execute(code, name, async (value) => {
        if (value !== undefined && value !== null && !silent) {
          const data = await format(value);
          this.publish("execute_result", { execution_count: count, data, metadata: {} });
        }
        await this.workings.displays.settle();
      });
      return undefined;
    } catch (error) {
      return this.describe(error);
    }
  }

  /** The values of a request's user_expressions, each with its own success or error. */
  private async evaluate(expressions: unknown, cell: string): Promise<Content> {
    const values: Content = {};
    if (typeof expressions !== "object" || expressions === null) return values;
    for (const [key, expression] of Object.entries(expressions)) {
      try {
        await this.workings.executor.execute(String(expression), `${cell} ${key}`, async (value) => {
          const data: unknown = JSON.parse(JSON.stringify(await format(value)));
          values[key] = { status: "ok", data, metadata: {} };
        });
      } catch (error) {
        values[key] = { status: "error", ...this.describe(error) };
      }
    }
    return values;
  }

  /** Cells that were sent before this one's failure was known are not run. */
  private async abortWaiting(): Promise<void> {
    await new Promise<void>((resolve) => {
      const id = ++this.lastBarrier;
      this.barriers.set(id, resolve);
      this.tellProtocol({ op: "barrier", id });
    });
    for (const request of this.queue.splice(0)) {
      this.tellProtocol({ op: "begin", id: request.id });
      this.reply(request, "execute_reply", { status: "aborted" });
      this.tellProtocol({ op: "finish", id: request.id });
    }
  }

  private receiveComm(request: Request): undefined {
    this.handling = request.header;
    try {
      this.comms.receive(request);
    } finally {
      this.handling = undefined;
    }
  }
}

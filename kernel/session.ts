/** The conversation with clients, on the main thread. */
import { Comms } from "./comms/comms";
import { type MimeBundle, metadataOf } from "./display/bundle";
import { format, whenMade } from "./display/format";
import type { DisplayOptions, PendingDisplays } from "./display/globals";
import type { Compiler } from "./execution/compiler";
import type { ErrorContent, ErrorReporter } from "./execution/errors";
import type { Executor, Present } from "./execution/executor";
import { InterruptError, isInterrupt } from "./execution/interrupt";
import type { Stage } from "./execution/stage";
import type { Asker } from "./input/input";
import {
  completeReply,
  inspectReply,
  isCompleteReply,
  pagedQuestion,
  pageFor,
} from "./introspection/replies";
import { useBuiltIns, withBuiltIns } from "./isolation/built-ins";
import { currentOrigin, type Origin, runAs } from "./isolation/origin";
import type { Request, ToProtocol } from "./protocol/link";
import type { Content, Header } from "./protocol/message";

/** Working parts of the session; they arrive when the compiler is loaded. */
export interface Workings {
  compiler: Compiler;
  executor: Executor;
  errors: ErrorReporter;
  displays: PendingDisplays;
  stage: Stage;
  /** Shows progress in the running cell. */
  progress: { beginCell(): void; endCell(): void };
}

export interface PublishDetails {
  /** The request it belongs to: that whose code runs when it is left out. */
  parent?: Header | undefined;
  metadata?: Content;
  buffers?: Uint8Array[];
}

/** A cell from its request to its reply. */
interface RunningCell {
  readonly request: Request;
  readonly origin: Origin;
  readonly count: number;
  readonly name: string;
  /** Whether its error was shown. */
  failed: boolean;
}

// Held here: cells may have others.
const { parse, stringify } = JSON;

/** Time after a termination that a cell may take to end by itself. */
const TERMINATION_PATIENCE_MS = 500;

type Handler = (request: Request) => Content | Promise<Content | undefined> | undefined;

/** The conversation with clients on the main thread: cells in order, everything else as it comes. */
export class Session {
  /** Conversations with widgets and other parts of front-ends. */
  readonly comms: Comms = new Comms(
    (type, content, metadata, buffers) =>
      this.publish(type, content, { metadata, buffers, parent: this.#handling ?? this.#origin?.header }),
    (error) => this.reportStray("error in a comm's handler", error),
  );
  #executionCount = 0;
  #unrecordedCount = 0;
  /** The newest cell: what nobody knows the origin of belongs there. */
  #newest: Origin | undefined;
  /** The cell that runs, as far as it may ask the user. */
  #asking: Asker | undefined;
  /** Header of the comm message whose handler runs. */
  #handling: Header | undefined;
  readonly #queue: Request[] = [];
  #running: RunningCell | undefined;
  readonly #barriers: Map<number, () => void> = new Map();
  #lastBarrier = 0;

  readonly #tellProtocol: (message: ToProtocol) => void;
  readonly #workings: Workings;

  constructor(tellProtocol: (message: ToProtocol) => void, workings: Workings) {
    this.#tellProtocol = tellProtocol;
    this.#workings = workings;
  }

  readonly #handlers: Record<string, { reply: string; handle: Handler }> = {
    complete_request: {
      reply: "complete_reply",
      handle: ({ content }) =>
        this.#workings.stage.asKernel(() =>
          completeReply(this.#workings.compiler, this.#workings.executor, content),
        ),
    },
    inspect_request: {
      reply: "inspect_reply",
      handle: ({ content }) =>
        this.#workings.stage.asKernel(() => inspectReply(this.#workings.compiler, content)),
    },
    is_complete_request: {
      reply: "is_complete_reply",
      handle: ({ content }) =>
        this.#workings.stage.asKernel(() => isCompleteReply(this.#workings.compiler, content)),
    },
    comm_info_request: {
      reply: "comm_info_reply",
      handle: ({ content }) => this.comms.info(content.target_name),
    },
    comm_open: { reply: "", handle: (request) => this.#receiveComm(request) },
    comm_msg: { reply: "", handle: (request) => this.#receiveComm(request) },
    comm_close: { reply: "", handle: (request) => this.#receiveComm(request) },
  };

  receive(request: Request): void {
    if (request.header.msg_type === "execute_request") {
      this.#queue.push(request);
      this.#runNext();
    } else void this.#answer(request);
  }

  passBarrier(id: number): void {
    this.#barriers.get(id)?.();
    this.#barriers.delete(id);
  }

  /** The running cell, as the one that asks for input. */
  get asker(): Asker | undefined {
    return this.#asking;
  }

  /** Whose code runs, also long after its cell's end. */
  get #origin(): Origin | undefined {
    return currentOrigin() ?? this.#newest;
  }

  writeStream(name: "stdout" | "stderr", text: string): void {
    const origin = this.#origin;
    if (origin?.silent) return;
    this.#tellProtocol({ op: "stream", name, text, parent: origin?.header });
  }

  display(bundle: MimeBundle, options: DisplayOptions): void {
    const transient = options.id === undefined ? {} : { display_id: options.id };
    this.show(options.update ? "update_display_data" : "display_data", {
      data: bundle,
      metadata: metadataOf(bundle),
      transient,
    });
  }

  /** Shows how far the running cell is, whoever tells it. */
  displayProgress(bundle: MimeBundle, options: DisplayOptions): void {
    const { origin } = this.#running ?? {};
    if (origin) runAs(origin, () => this.display(bundle, options));
  }

  /** Empties the cell's output; `wait`: only when something new is shown. */
  clearOutput(wait: boolean): void {
    this.show("clear_output", { wait });
  }

  /** Publishes what a cell shows. */
  show(type: string, content: Content): void {
    if (!this.#origin?.silent) this.publish(type, content);
  }

  publish(type: string, content: Content, details: PublishDetails = {}): void {
    const { parent = this.#origin?.header, buffers } = details;
    const metadata = details.metadata && (parse(stringify(details.metadata)) as Content);
    this.#tellProtocol({ op: "publish", type, content: stringify(content), parent, metadata, buffers });
  }

  #reply(request: Request, type: string, content: Content): void {
    this.#tellProtocol({ op: "reply", id: request.id, type, content: stringify(content) });
  }

  /** An error that no cell can catch: from a timer, or a promise that nobody awaits. */
  reportStray(kind: string, error: unknown): void {
    if (isInterrupt(error)) return;
    withBuiltIns("kernel", () => {
      const { traceback } = this.#describe(error);
      this.writeStream("stderr", `${kind}: ${traceback.join("\n")}\n`);
    });
  }

  /** Nothing that a cell throws may keep its reply from being sent. */
  #describe(error: unknown): ErrorContent {
    try {
      return withBuiltIns("kernel", () => this.#workings.errors.describe(error));
    } catch {
      const text = "an error that cannot be described";
      return { ename: "Error", evalue: text, traceback: [text] };
    }
  }

  async #answer(request: Request): Promise<void> {
    const known = this.#handlers[request.header.msg_type];
    this.#tellProtocol({ op: "begin", id: request.id });
    try {
      const content = await known?.handle(request);
      if (content && known) this.#reply(request, known.reply, content);
    } catch (error) {
      const content: Content = { status: "error", ...this.#describe(error) };
      if (known) this.#reply(request, known.reply, content);
    } finally {
      this.#tellProtocol({ op: "finish", id: request.id });
    }
  }

  /**
   * The main thread was torn out of what it did. Mostly that was code of a cell, which ends by its interrupt; but where
   * it was the code that waits for the cell, nothing else would ever end the cell. `noneSince`: whether the code that
   * was terminated is still the newest; an expression of the same request may have started meanwhile.
   */
  afterTermination(noneSince: () => boolean): void {
    const cell = this.#running;
    if (!cell) return;
    setTimeout(() => {
      if (this.#running !== cell || !noneSince()) return;
      const error = this.#workings.executor.abandon() ?? new InterruptError();
      void this.#endCell(cell, this.#describe(error));
    }, TERMINATION_PATIENCE_MS);
  }

  #runNext(): void {
    if (this.#running) return;
    withBuiltIns("kernel", () => {
      const request = this.#queue.shift();
      if (request) void this.#runCell(request);
    });
  }

  async #runCell(request: Request): Promise<void> {
    const { content } = request;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    const recorded = !silent && content.store_history !== false;
    if (recorded) this.#executionCount++;
    const count = this.#executionCount;
    const name = recorded ? `cell [${count}]` : `cell [${count}.${++this.#unrecordedCount}]`;
    const origin: Origin = { header: request.header, silent };
    const cell: RunningCell = { request, origin, count, name, failed: false };
    this.#running = cell;
    const before = this.#newest;
    this.#newest = origin;
    this.#asking = { request: request.id, allowed: content.allow_stdin === true };
    this.#tellProtocol({ op: "begin", id: request.id });
    if (!silent) this.publish("execute_input", { code, execution_count: count });
    if (recorded && code.trim() !== "") this.#tellProtocol({ op: "record", line: count, code });
    if (!silent) this.#workings.progress.beginCell();
    const nothing = code.trim() === "" || pagedQuestion(code) !== undefined;
    const failure = nothing ? undefined : await runAs(origin, () => this.#tryCell(code, cell));
    // Results that arrive late from earlier cells must not get lost with a silent one.
    if (silent) this.#newest = before;
    await this.#endCell(cell, failure);
  }

  async #endCell(cell: RunningCell, failure: ErrorContent | undefined): Promise<void> {
    if (this.#running !== cell) return;
    useBuiltIns("kernel");
    const { request, origin, count } = cell;
    const { content } = request;
    this.#workings.progress.endCell();
    if (failure && !origin.silent && !cell.failed) this.publish("error", failure, { parent: request.header });
    cell.failed = failure !== undefined;
    const question = pagedQuestion(String(content.code ?? ""));
    const reply: Content = failure
      ? { status: "error", execution_count: count, payload: [], user_expressions: {}, ...failure }
      : {
          status: "ok",
          execution_count: count,
          payload: question ? [pageFor(this.#workings.compiler, question)] : [],
          user_expressions: await runAs(origin, () => this.#evaluate(content.user_expressions, cell)),
        };
    if (failure && content.stop_on_error !== false) await this.#abortWaiting();
    if (this.#running !== cell) return;
    useBuiltIns("kernel");
    this.#asking = undefined;
    this.#reply(request, "execute_reply", reply);
    this.#tellProtocol({ op: "finish", id: request.id });
    this.#running = undefined;
    useBuiltIns("cells");
    this.#runNext();
  }

  async #tryCell(code: string, { origin, name, count }: RunningCell): Promise<ErrorContent | undefined> {
    const { executor, displays } = this.#workings;
    try {
      await executor.execute(code, name, (value) => {
        const nothing = value === undefined || value === null || origin.silent;
        const publish = (data: MimeBundle) =>
          this.publish("execute_result", { execution_count: count, data, metadata: metadataOf(data) });
        return displays.settle(origin, nothing ? undefined : whenMade(format(value), publish));
      });
      return undefined;
    } catch (error) {
      return this.#describe(error);
    }
  }

  /** The values of a request's user_expressions, each with its own success or error. */
  async #evaluate(expressions: unknown, { name }: RunningCell): Promise<Content> {
    const values: Content = {};
    if (typeof expressions !== "object" || expressions === null) return values;
    for (const [key, expression] of Object.entries(expressions)) {
      const tell = (data: MimeBundle) => {
        values[key] = { status: "ok", data: parse(stringify(data)), metadata: metadataOf(data) };
      };
      try {
        const present: Present = (value) => whenMade(format(value), tell);
        await this.#workings.executor.execute(String(expression), `${name} ${key}`, present);
      } catch (error) {
        values[key] = { status: "error", ...this.#describe(error) };
      }
    }
    return values;
  }

  /** Cells that were sent before this one's failure was known are not run. */
  async #abortWaiting(): Promise<void> {
    await new Promise<void>((resolve) => {
      const id = ++this.#lastBarrier;
      this.#barriers.set(id, resolve);
      this.#tellProtocol({ op: "barrier", id });
    });
    useBuiltIns("kernel");
    for (const request of this.#queue.splice(0)) {
      this.#tellProtocol({ op: "begin", id: request.id });
      this.#reply(request, "execute_reply", { status: "aborted" });
      this.#tellProtocol({ op: "finish", id: request.id });
    }
  }

  #receiveComm(request: Request): undefined {
    this.#handling = request.header;
    try {
      this.#workings.stage.run(() => this.comms.receive(request));
    } finally {
      this.#handling = undefined;
    }
  }
}

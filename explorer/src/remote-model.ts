/** A net that stays in the notebook's kernel: its questions are sent there, and its answers come back. */
import type {
  Batch,
  CurvatureAnswer,
  Facts,
  ForwardAnswer,
  ForwardRequest,
  GradientAnswer,
  GradientRequest,
  InputFact,
  LayerFact,
  Model,
  OutputFact,
  PathAnswer,
  PathRequest,
} from "../../src/model/model";
import type { LayerPlace } from "../../src/model/place";
import { packed, unpacked } from "../../src/studies/explorer/typed-json";
import type { HostModel } from "./host-model";

const NOT_THERE =
  "This net runs in the notebook's kernel, which is not there. Run its cell again, and it answers; the picture stays.";

/** Questions that wait for their answers. */
export class Kernel {
  readonly #host: HostModel;
  readonly #waiting: Map<number, { done(answer: unknown): void; fail(error: Error): void }> = new Map();
  #last = 0;

  constructor(host: HostModel) {
    this.#host = host;
    host.on?.("msg:custom", (content) => this.#receive(content));
  }

  ask(ask: string, batch: Batch, request: object): Promise<unknown> {
    const number = ++this.#last;
    const { send } = this.#host;
    if (!send) return Promise.reject(new Error(NOT_THERE));
    return new Promise((done, fail) => {
      this.#waiting.set(number, { done, fail });
      this.#host.send?.(packed({ number, ask, batch, request }));
    });
  }

  #receive(content: unknown): void {
    if (typeof content !== "object" || content === null) return;
    if ("gone" in content) {
      for (const { fail } of this.#waiting.values()) fail(new Error(NOT_THERE));
      this.#waiting.clear();
      return;
    }
    if (!("number" in content) || typeof content.number !== "number") return;
    const waiting = this.#waiting.get(content.number);
    this.#waiting.delete(content.number);
    if ("error" in content) waiting?.fail(new Error(String(content.error)));
    else if ("answer" in content) waiting?.done(unpacked(content.answer));
  }
}

/** What is known of a net in the kernel. */
export interface RemoteFacts {
  readonly facts: Facts;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[];
  readonly blackBox: boolean;
}

/** A Model whose every question is the kernel's to answer. */
export class RemoteModel implements Model {
  readonly engine: "eager" | "black box";
  readonly facts: Facts;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[];
  readonly fingerprint = "in the kernel";
  readonly #kernel: Kernel;

  constructor({ facts, inputs, outputs, layers, blackBox }: RemoteFacts, kernel: Kernel) {
    this.facts = facts;
    this.inputs = inputs;
    this.outputs = outputs;
    this.layers = layers;
    this.engine = blackBox ? "black box" : "eager";
    this.#kernel = kernel;
  }

  lookups(): readonly LayerPlace[] {
    return [];
  }

  checkAlive(): void {}

  async forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    return (await this.#kernel.ask("forward", batch, request)) as ForwardAnswer;
  }

  async gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer> {
    return (await this.#kernel.ask("gradient", batch, request)) as GradientAnswer;
  }

  async path(batch: Batch, request: PathRequest): Promise<PathAnswer> {
    return (await this.#kernel.ask("path", batch, request)) as PathAnswer;
  }

  curvature(): Promise<CurvatureAnswer> {
    return Promise.reject(new Error("The explorer asks the kernel for no curvature."));
  }
}

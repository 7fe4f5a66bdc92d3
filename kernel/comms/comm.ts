/** One side of a comm: messages of JSON data with binary buffers beside it. */
import { randomUUID } from "node:crypto";
import { keepOrigin } from "../isolation/origin";
import type { Content } from "../protocol/message";

/** Message from one side of a comm to the other: JSON data, and binary buffers beside it. */
export interface CommMessage {
  data: Content;
  metadata: Content;
  buffers: Uint8Array[];
}

export type BinaryData = ArrayBuffer | ArrayBufferView;

export interface CommOptions {
  metadata?: Content;
  buffers?: readonly BinaryData[];
}

export interface CommOpenOptions extends CommOptions {
  /** The comm's id; a random one when it is left out. */
  id?: string;
}

export type CommHandler = (message: CommMessage) => unknown;

/** Gives a comm message to the clients. */
export type CommPublish = (
  type: "comm_open" | "comm_msg" | "comm_close",
  content: Content,
  metadata: Content,
  buffers: Uint8Array[],
) => void;

/** A copy of its own: the bytes are sent later, and a view may be of a far larger buffer. */
export function toBytes(data: BinaryData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  if (!ArrayBuffer.isView(data))
    throw new TypeError(`comm buffers: expected ArrayBuffer or a typed array, got ${typeof data}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

/** A two-way conversation with a part of the front-end, such as a widget. */
export class Comm {
  closed = false;
  #messageHandler: CommHandler | undefined;
  #closeHandler: CommHandler | undefined;

  readonly #publish: CommPublish;
  readonly #forget: (comm: Comm) => void;

  constructor(
    readonly id: string,
    readonly target: string,
    publish: CommPublish,
    forget: (comm: Comm) => void,
  ) {
    this.#publish = publish;
    this.#forget = forget;
  }

  send(data: Content, options: CommOptions = {}): void {
    if (this.closed) throw new Error(`send(): comm ${this.id} is closed`);
    this.#tell("comm_msg", data, options);
  }

  close(data: Content = {}, options: CommOptions = {}): void {
    if (this.closed) return;
    this.#end();
    this.#tell("comm_close", data, options);
  }

  /** Called with every message of the front-end; a later handler takes the place of the earlier one. */
  onMessage(handler: CommHandler): void {
    this.#messageHandler = keepOrigin(handler);
  }

  /** Called when the front-end closes the comm. */
  onClose(handler: CommHandler): void {
    this.#closeHandler = keepOrigin(handler);
  }

  /** The front-end's message arrives. */
  receive(message: CommMessage): unknown {
    return this.#messageHandler?.(message);
  }

  /** The front-end has closed the comm. */
  receiveClose(message: CommMessage): unknown {
    this.#end();
    return this.#closeHandler?.(message);
  }

  #end(): void {
    this.closed = true;
    this.#forget(this);
  }

  #tell(type: "comm_msg" | "comm_close", data: Content, options: CommOptions): void {
    const buffers = (options.buffers ?? []).map(toBytes);
    this.#publish(type, { comm_id: this.id, data }, options.metadata ?? {}, buffers);
  }
}

export function newCommId(): string {
  return randomUUID().replaceAll("-", "");
}

/** Questions to the user that the protocol thread passes on. */
import type { MessagePort } from "node:worker_threads";
import { Flag } from "../protocol/flags";
import type { Header, Message, MessageCodec } from "../protocol/message";
import type { Listener, Peer } from "../protocol/zmtp";
import type { InputAnswer, InputQuestion } from "./link";

/** The protocol thread's side of the stdin channel: questions that wait for a front-end's answer. */
export class Questions {
  /** By the id of the input_request. */
  readonly #open: Map<string, number> = new Map();

  readonly #codec: MessageCodec;
  readonly #flags: Int32Array;
  readonly #port: MessagePort;

  constructor(codec: MessageCodec, flags: Int32Array, port: MessagePort) {
    this.#codec = codec;
    this.#flags = flags;
    this.#port = port;
  }

  /** `asker` ran the cell; the question goes to its connection on the stdin channel. */
  ask(question: InputQuestion, asker: Peer | undefined, parent: Header | undefined, stdin: Listener): void {
    const peers = [...stdin.peers].reverse();
    const peer =
      asker &&
      (peers.find(({ identity }) => identity === asker.identity) ?? (asker.identity ? undefined : peers[0]));
    if (!peer) {
      this.#answer({ id: question.id, kind: "unreachable" });
      return;
    }
    const { header, frames } = this.#codec.encode({
      type: "input_request",
      content: { prompt: question.prompt, password: question.password },
      parent,
    });
    this.#open.set(header.msg_id, question.id);
    peer.send(frames);
  }

  receive(message: Message): void {
    if (message.header.msg_type !== "input_reply") return;
    // Many clients do not say which question they answer: then it is the newest.
    const asked = (message.parent as Partial<Header>).msg_id;
    const key = asked !== undefined && this.#open.has(asked) ? asked : [...this.#open.keys()].at(-1);
    if (key === undefined) return;
    const id = this.#open.get(key)!;
    this.#open.delete(key);
    const { value } = message.content;
    this.#answer({ id, kind: "value", value: typeof value === "string" ? value : "" });
  }

  /** The cell is told to stop: nobody waits for an answer any longer. */
  interrupt(): void {
    for (const id of this.#open.values()) this.#answer({ id, kind: "interrupted" });
    this.#open.clear();
  }

  #answer(answer: InputAnswer): void {
    this.#port.postMessage(answer);
    Atomics.add(this.#flags, Flag.ANSWERS, 1);
    Atomics.notify(this.#flags, Flag.ANSWERS);
  }
}

/** Jupyter's wire message: https://jupyter-client.readthedocs.io/en/stable/messaging.html */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Header } from "../header";

export const PROTOCOL_VERSION = "5.4";
const DELIMITER = "<IDS|MSG>";
const DELIMITER_FRAME: Buffer = Buffer.from(DELIMITER);

export type { Header };

export type Content = Record<string, unknown>;

export interface Message {
  /** Routing frames before the delimiter. */
  identities: Buffer[];
  header: Header;
  parent: Header | Record<string, never>;
  metadata: Content;
  content: Content;
  buffers: Uint8Array[];
}

export interface OutgoingMessage {
  type: string;
  /** An object, or its JSON. */
  content: Content | string;
  parent?: Header | Record<string, never> | undefined;
  metadata?: Content | undefined;
  buffers?: readonly Uint8Array[] | undefined;
  identities?: readonly (Buffer | string)[] | undefined;
}

/** Numbers of messages that were not taken. */
export interface DroppedMessages {
  malformed: number;
  wrongSignature: number;
  replayed: number;
}

/** Signatures that are remembered, to know a message that comes again. */
const REMEMBERED_SIGNATURES = 1 << 16;

const isObject = (value: unknown): value is Content =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Half of a surrogate pair, as JSON.stringify writes it: whole pairs it leaves as they are. Other escapes are matched as
 * well, lest the second half of an escaped backslash be taken for the start of one.
 */
const ESCAPE = /\\(?:(ud[89a-f][0-9a-f]{2})|.)/g;

/** JSON whose texts are well-formed Unicode: a client in Python could not save the half of a pair. */
function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(ESCAPE, (whole, half: string | undefined) => (half === undefined ? whole : "\\ufffd"));
}

/** Signs, builds and verifies the messages of one session. */
export class MessageCodec {
  readonly session: string = randomUUID();
  readonly dropped: DroppedMessages = { malformed: 0, wrongSignature: 0, replayed: 0 };
  readonly #algorithm: string;
  readonly #seen: Set<string> = new Set();

  readonly #key: string;
  readonly #username: string;

  constructor(key: string, signatureScheme: string, username: string) {
    this.#key = key;
    this.#username = username;

    if (!signatureScheme.startsWith("hmac-"))
      throw new RangeError(`MessageCodec(): expected a signature scheme hmac-<hash>, got ${signatureScheme}`);
    this.#algorithm = signatureScheme.slice("hmac-".length);
  }

  encode(message: OutgoingMessage): { header: Header; frames: (Buffer | Uint8Array | string)[] } {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      msg_type: message.type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, message.parent ?? {}, message.metadata ?? {}, message.content].map((part) =>
      Buffer.from(wellFormed(typeof part === "string" ? part : JSON.stringify(part))),
    );
    const frames = [
      ...(message.identities ?? []),
      DELIMITER,
      this.#sign(parts),
      ...parts,
      ...(message.buffers ?? []),
    ];
    return { header, frames };
  }

  /** The message in these frames; undefined, and counted, when it is malformed, wrongly signed or comes again. */
  decode(frames: readonly Buffer[]): Message | undefined {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER_FRAME));
    const parts = frames.slice(delimiter + 2, delimiter + 6);
    if (delimiter < 0 || parts.length < 4) return this.#drop("malformed");
    const expected = Buffer.from(this.#sign(parts));
    const signature = frames[delimiter + 1]!;
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      return this.#drop("wrongSignature");
    if (this.#key !== "" && this.#cameBefore(signature.toString("latin1"))) return this.#drop("replayed");
    try {
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString("utf8")));
      const wellFormed =
        typeof header?.msg_type === "string" &&
        typeof header.msg_id === "string" &&
        isObject(content) &&
        (isObject(parent) || parent === null) &&
        (isObject(metadata) || metadata === null);
      if (!wellFormed) return this.#drop("malformed");
      return {
        identities: frames.slice(0, delimiter),
        header,
        parent: parent ?? {},
        metadata: metadata ?? {},
        content,
        buffers: frames.slice(delimiter + 6),
      };
    } catch {
      return this.#drop("malformed");
    }
  }

  #drop(reason: keyof DroppedMessages): undefined {
    this.dropped[reason]++;
  }

  #cameBefore(signature: string): boolean {
    if (this.#seen.has(signature)) return true;
    this.#seen.add(signature);
    if (this.#seen.size > REMEMBERED_SIGNATURES) {
      const [oldest] = this.#seen;
      this.#seen.delete(oldest!);
    }
    return false;
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

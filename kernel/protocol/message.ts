import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Jupyter's wire message: https://jupyter-client.readthedocs.io/en/stable/messaging.html */

export const PROTOCOL_VERSION = "5.4";
const DELIMITER = "<IDS|MSG>";

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
}

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

/** Signs, builds and verifies the messages of one session. */
export class MessageCodec {
  readonly session: string = randomUUID();
  private readonly algorithm: string;

  constructor(
    private readonly key: string,
    signatureScheme: string,
    private readonly username: string,
  ) {
    if (!signatureScheme.startsWith("hmac-"))
      throw new RangeError(`MessageCodec(): expected a signature scheme hmac-<hash>, got ${signatureScheme}`);
    this.algorithm = signatureScheme.slice("hmac-".length);
  }

  encode(message: OutgoingMessage): { header: Header; frames: (Buffer | Uint8Array | string)[] } {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.session,
      username: this.username,
      date: new Date().toISOString(),
      msg_type: message.type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, message.parent ?? {}, message.metadata ?? {}, message.content].map((part) =>
      Buffer.from(typeof part === "string" ? part : JSON.stringify(part)),
    );
    const frames = [
      ...(message.identities ?? []),
      DELIMITER,
      this.sign(parts),
      ...parts,
      ...(message.buffers ?? []),
    ];
    return { header, frames };
  }

  /** The message in these frames, or undefined when it is malformed or its signature is wrong. */
  decode(frames: readonly Buffer[]): Message | undefined {
    const delimiter = frames.findIndex(
      (frame) => frame.length === DELIMITER.length && frame.equals(Buffer.from(DELIMITER)),
    );
    const parts = frames.slice(delimiter + 2, delimiter + 6);
    if (delimiter < 0 || parts.length < 4) return undefined;
    const expected = Buffer.from(this.sign(parts));
    const signature = frames[delimiter + 1]!;
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
    try {
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString("utf8")));
      if (typeof header?.msg_type !== "string" || typeof content !== "object" || content === null)
        return undefined;
      return {
        identities: frames.slice(0, delimiter),
        header,
        parent: parent ?? {},
        metadata: metadata ?? {},
        content,
        buffers: frames.slice(delimiter + 6),
      };
    } catch {
      return undefined;
    }
  }

  private sign(parts: readonly Buffer[]): string {
    if (this.key === "") return "";
    const hmac = createHmac(this.algorithm, this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
}

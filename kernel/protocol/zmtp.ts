/**
 * ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) over TCP or a Unix socket, NULL mechanism, in plain JavaScript:
 * the native addon aborts the process when a worker ends with an open socket.
 */
import net from "node:net";

export type SocketType = "ROUTER" | "DEALER" | "PUB" | "SUB" | "REP" | "REQ";

export interface Endpoint {
  transport: string;
  ip: string;
  port: number;
}

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_LENGTH = 64;
const MAX_FRAME_BYTES = 2 ** 31 - 1;
/** A peer that has not read for so long is cut off, lest it fill the kernel's memory; it may connect again. */
export const MAX_UNSENT_BYTES: number = 2 ** 30;

/** Sockets that each of ours may talk to. */
const COUNTERPARTS: Record<SocketType, readonly string[]> = {
  ROUTER: ["DEALER", "REQ", "ROUTER"],
  DEALER: ["ROUTER", "REP", "DEALER"],
  PUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  REP: ["REQ", "DEALER"],
  REQ: ["REP", "ROUTER"],
};

function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_LENGTH);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write("NULL", 12, "latin1");
  return bytes;
}

function frameHeader(flags: number, length: number): Buffer {
  if (length < 256) return Buffer.from([flags, length]);
  const header = Buffer.alloc(9);
  header[0] = flags | LONG;
  header.writeBigUInt64BE(BigInt(length), 1);
  return header;
}

function readyCommand(type: SocketType, identity: Buffer): Buffer {
  const properties: [string, Buffer][] = [["Socket-Type", Buffer.from(type)]];
  if (type === "ROUTER" || type === "DEALER" || type === "REQ") properties.push(["Identity", identity]);
  const parts: Uint8Array[] = [Buffer.from([5]), Buffer.from("READY")];
  for (const [name, value] of properties) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(value.length);
    parts.push(Buffer.from([name.length]), Buffer.from(name), size, value);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([frameHeader(COMMAND, body.length), body]);
}

function readyProperties(body: Buffer): Map<string, Buffer> {
  const properties = new Map<string, Buffer>();
  let at = 6;
  while (at < body.length) {
    const nameEnd = at + 1 + body.readUInt8(at);
    const valueStart = nameEnd + 4;
    const valueEnd = valueStart + body.readUInt32BE(nameEnd);
    properties.set(
      body.toString("latin1", at + 1, nameEnd).toLowerCase(),
      body.subarray(valueStart, valueEnd),
    );
    at = valueEnd;
  }
  return properties;
}

/** Received bytes, handed out in exact amounts; joined only when enough are there, so large frames cost one copy. */
class ByteQueue {
  #chunks: Buffer[] = [];
  length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  peek(count: number): Buffer {
    if (this.#chunks[0]!.length < count) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!.subarray(0, count);
  }

  take(count: number): Buffer {
    if (count === 0) return Buffer.alloc(0);
    const bytes = this.peek(count);
    const rest = this.#chunks[0]!.subarray(count);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.length -= count;
    return bytes;
  }
}

export interface PeerEvents {
  ready(peer: Peer): void;
  message(peer: Peer, frames: Buffer[]): void;
  closed(peer: Peer): void;
}

/** One connection after its greeting: sends and receives whole multi-part messages. */
export class Peer {
  /** The identity the other side announced; empty when it has none. */
  identity = "";
  open = false;
  #greeted = false;
  readonly #received: ByteQueue = new ByteQueue();
  #frames: Buffer[] = [];

  readonly #socket: net.Socket;
  readonly #type: SocketType;
  readonly #events: PeerEvents;

  constructor(socket: net.Socket, type: SocketType, ownIdentity: Buffer, events: PeerEvents) {
    this.#socket = socket;
    this.#type = type;
    this.#events = events;

    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.open = false;
      events.closed(this);
    });
    socket.on("data", (chunk) => {
      this.#received.push(chunk);
      try {
        this.#parse();
      } catch {
        socket.destroy();
      }
    });
    socket.write(Buffer.concat([greeting(), readyCommand(type, ownIdentity)]));
  }

  /** `sent` is called when the bytes left this process (or never will). */
  send(frames: readonly (Buffer | Uint8Array | string)[], sent?: () => void): void {
    if (!this.open) {
      sent?.();
      return;
    }
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.#socket.destroy();
    this.#socket.cork();
    frames.forEach((frame, index) => {
      const bytes = typeof frame === "string" ? Buffer.from(frame) : frame;
      this.#socket.write(frameHeader(index < frames.length - 1 ? MORE : 0, bytes.length));
      if (index < frames.length - 1) this.#socket.write(bytes);
      else this.#socket.write(bytes, () => sent?.());
    });
    this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }

  #parse(): void {
    if (!this.#greeted) {
      if (this.#received.length < GREETING_LENGTH) return;
      const bytes = this.#received.take(GREETING_LENGTH);
      const mechanism = bytes.toString("latin1", 12, 32).replace(/\0+$/, "");
      if (bytes[0] !== 0xff || bytes[10]! < 3 || mechanism !== "NULL")
        throw new Error("not a ZMTP 3 NULL peer");
      this.#greeted = true;
    }
    for (let frame = this.#nextFrame(); frame; frame = this.#nextFrame())
      this.#accept(frame.flags, frame.body);
  }

  #nextFrame(): { flags: number; body: Buffer } | undefined {
    if (this.#received.length < 2) return undefined;
    const flags = this.#received.peek(2)[0]!;
    const headerLength = flags & LONG ? 9 : 2;
    if (this.#received.length < headerLength) return undefined;
    const header = this.#received.peek(headerLength);
    const length = flags & LONG ? Number(header.readBigUInt64BE(1)) : header[1]!;
    if (length > MAX_FRAME_BYTES) throw new Error("frame too large");
    if (this.#received.length < headerLength + length) return undefined;
    this.#received.take(headerLength);
    return { flags, body: this.#received.take(length) };
  }

  #accept(flags: number, body: Buffer): void {
    if (flags & COMMAND) {
      if (this.open || body.toString("latin1", 1, 6) !== "READY") return;
      const properties = readyProperties(body);
      const theirType = properties.get("socket-type")?.toString("latin1") ?? "";
      if (!COUNTERPARTS[this.#type].includes(theirType)) throw new Error(`cannot talk to ${theirType}`);
      this.identity = properties.get("identity")?.toString("latin1") ?? "";
      this.open = true;
      this.#events.ready(this);
      return;
    }
    if (!this.open) throw new Error("message before READY");
    this.#frames.push(body);
    if (flags & MORE) return;
    const message = this.#frames;
    this.#frames = [];
    this.#events.message(this, message);
  }
}

function address(endpoint: Endpoint): net.ListenOptions & net.NetConnectOpts {
  if (endpoint.transport === "ipc") return { path: `${endpoint.ip}-${endpoint.port}` };
  return { host: endpoint.ip === "*" ? "0.0.0.0" : endpoint.ip, port: endpoint.port };
}

/** A bound socket: its peers, and what to do with their messages. */
export class Listener {
  readonly peers: Set<Peer> = new Set();
  readonly #server: net.Server;

  constructor(type: SocketType, onMessage: (peer: Peer, frames: Buffer[], listener: Listener) => void) {
    this.#server = net.createServer((socket) => {
      new Peer(socket, type, Buffer.alloc(0), {
        ready: (peer) => this.peers.add(peer),
        message: (peer, frames) => onMessage(peer, frames, this),
        closed: (peer) => this.peers.delete(peer),
      });
    });
  }

  bind(endpoint: Endpoint): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(address(endpoint), () => {
        const bound = this.#server.address();
        resolve(typeof bound === "object" && bound ? bound.port : endpoint.port);
      });
    });
  }

  /** The peer itself, or, when it is gone, the newest connection that took over its identity. */
  current(peer: Peer): Peer {
    if (peer.open || peer.identity === "") return peer;
    return [...this.peers].reverse().find((other) => other.identity === peer.identity) ?? peer;
  }

  close(): void {
    this.#server.close();
    for (const peer of this.peers) peer.close();
  }
}

/** PUB: keeps what each peer subscribed to; never drops a message for an open peer. */
export class Publisher {
  readonly #subscriptions: Map<Peer, Set<string>> = new Map();
  readonly #listener: Listener;

  constructor(onSubscribe: (peer: Peer, topic: string) => void = () => {}) {
    this.#listener = new Listener("PUB", (peer, [frame]) => {
      const topics = this.#subscriptions.get(peer) ?? new Set();
      this.#subscriptions.set(peer, topics);
      const topic = frame!.toString("latin1", 1);
      if (frame![0] === 1) {
        topics.add(topic);
        onSubscribe(peer, topic);
      } else if (frame![0] === 0) topics.delete(topic);
    });
  }

  bind(endpoint: Endpoint): Promise<number> {
    return this.#listener.bind(endpoint);
  }

  send(frames: readonly (Buffer | Uint8Array | string)[], sent?: () => void): void {
    const topic = Buffer.from(frames[0] as string).toString("latin1");
    let pending = 1;
    const settle = () => {
      if (--pending === 0) sent?.();
    };
    for (const [peer, topics] of this.#subscriptions) {
      if (!this.#listener.peers.has(peer)) this.#subscriptions.delete(peer);
      else if ([...topics].some((prefix) => topic.startsWith(prefix))) {
        pending++;
        peer.send(frames, settle);
      }
    }
    settle();
  }
}

/** REP that gives back what it got: the heartbeat. */
export function echoListener(): Listener {
  return new Listener("REP", (peer, frames) => peer.send(frames));
}

/** A connecting socket: resolves after the handshake. */
export function connectPeer(
  type: "DEALER" | "SUB" | "REQ",
  endpoint: Endpoint,
  identity: string,
  onMessage: (frames: Buffer[]) => void,
): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(address(endpoint));
    socket.once("error", reject);
    new Peer(socket, type, Buffer.from(identity), {
      ready: (peer) => {
        if (type === "SUB") peer.send([Buffer.from([1])]);
        resolve(peer);
      },
      message: (_peer, frames) => onMessage(frames),
      closed: () => reject(new Error(`connectPeer(): ${endpoint.ip}:${endpoint.port} closed the connection`)),
    });
  });
}

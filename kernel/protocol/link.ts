import type { Content, Header } from "./message";

/** What the protocol thread and the main thread, where cells run, tell each other. */

export interface Request {
  id: number;
  channel: "shell" | "control";
  header: Header;
  content: Content;
  metadata: Content;
  buffers: Uint8Array[];
}

export type ToMain =
  | { op: "request"; request: Request }
  | { op: "interrupt"; id: number; sequence: number }
  | { op: "barrier"; id: number }
  | { op: "exit" };

export type ToProtocol =
  | { op: "begin"; id: number }
  | { op: "reply"; id: number; type: string; content: Content }
  | { op: "finish"; id: number }
  | {
      op: "publish";
      type: string;
      content: Content;
      parent: Header | undefined;
      metadata?: Content;
      buffers?: Uint8Array[];
    }
  | { op: "stream"; name: "stdout" | "stderr"; text: string; parent: Header | undefined }
  | { op: "barrier"; id: number };

export interface ProtocolWorkerData {
  connectionFile: string;
  flags: SharedArrayBuffer;
  kernelInfo: Content;
}

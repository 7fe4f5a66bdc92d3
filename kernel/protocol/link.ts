/** Messages between the protocol thread and the main thread, where cells run. */
import type { MessagePort } from "node:worker_threads";
import type { ShellCommand } from "../execution/shell-lines";
import type { InputQuestion } from "../input/link";
import type { Content, Header } from "./message";

export interface Request {
  id: number;
  channel: "shell" | "control";
  header: Header;
  content: Content;
  metadata: Content;
  buffers: Uint8Array[];
}

/** Text made by JSON.stringify: on the main thread, so that what cannot be written fails where it was shown. */
export type Json = string;

export type ToMain =
  | { op: "request"; request: Request }
  | { op: "interrupt"; id: number; sequence: number }
  | { op: "terminated"; sequence: number }
  | { op: "barrier"; id: number }
  /** `how` a command did not end well, or nothing. */
  | { op: "ended"; id: number; how: string }
  | { op: "exit" };

export type ToProtocol =
  | { op: "begin"; id: number }
  | { op: "reply"; id: number; type: string; content: Json }
  | { op: "finish"; id: number }
  | {
      op: "publish";
      type: string;
      content: Json;
      parent: Header | undefined;
      metadata?: Content | undefined;
      buffers?: Uint8Array[] | undefined;
    }
  | InputQuestion
  /** A cell for the history. */
  | { op: "record"; line: number; code: string }
  /** The main thread waits for a program, beside which others run; or no longer. */
  | { op: "program"; others: number[] | undefined }
  /** A command for the system's shell; without a parent nothing of what it writes is shown. */
  | { op: "command"; command: ShellCommand; parent: Header | undefined }
  | { op: "stream"; name: "stdout" | "stderr"; text: string; parent: Header | undefined }
  | { op: "barrier"; id: number };

export interface ProtocolWorkerData {
  connectionFile: string;
  flags: SharedArrayBuffer;
  kernelInfo: Content;
  /** Of the main thread, in bytes. */
  heapLimit: number;
  /** Where answers of the user go. */
  inputPort: MessagePort;
  /** Undefined: the history is kept in memory only. */
  historyFile: string | undefined;
}

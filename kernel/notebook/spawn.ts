/** A kernel in a process of its own, with a client. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { kernelArguments } from "../install/kernelspec";
import { writeConnectionFile } from "../protocol/connection";
import { KernelClient } from "./client";

export interface RunningKernel {
  process: ChildProcess;
  client: KernelClient;
  connectionFile: string;
  /** Ends the kernel and removes its files. */
  stop(): Promise<void>;
}

const SHUTDOWN_PATIENCE_MS = 3000;
const LAST_WORDS_MS = 100;
/** Characters of stderr that are kept. */
const COMPLAINT_LENGTH = 10_000;

/** Command that starts another kernel than ours: its argv with a place for the connection file. */
export interface KernelCommand {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
}

function argumentsOf({ argv }: KernelCommand, connectionFile: string): string[] {
  return argv.map((part) => part.replaceAll("{connection_file}", () => connectionFile));
}

/**
 * Starts a kernel in a folder, ours unless another is given, and connects to it. `notebook`: the file whose cells it
 * runs, told as Jupyter's server does.
 */
export async function startKernel(
  cwd: string,
  kernel?: KernelCommand,
  notebook?: string,
): Promise<RunningKernel> {
  const folder = mkdtempSync(path.join(tmpdir(), "gradlens-"));
  const connectionFile = path.join(folder, "connection.json");
  const connection = await writeConnectionFile(connectionFile);
  const [command, ...rest] = kernel ? argumentsOf(kernel, connectionFile) : kernelArguments(connectionFile);
  const child = spawn(command!, rest, {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      // As Jupyter tells it: the kernel ends with this process, also when that ends before the kernel is there.
      JPY_PARENT_PID: String(process.pid),
      ...(notebook === undefined ? {} : { JPY_SESSION_NAME: notebook }),
      ...kernel?.env,
    },
  });
  let complaint = "";
  child.stderr!.on("data", (chunk) => {
    complaint = (complaint + String(chunk)).slice(-COMPLAINT_LENGTH);
  });
  let ended = false;
  const client = new KernelClient(connection);
  const exit = new Promise<void>((resolve) => {
    const settle = () => {
      ended = true;
      // Its last words may still be on their way.
      setTimeout(() => client.died(), LAST_WORDS_MS);
      resolve();
    };
    child.once("exit", settle);
    child.once("error", settle);
  });
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    await client.open(() => ended);
  } catch (error) {
    child.kill("SIGKILL");
    cleanUp();
    throw new Error(`startKernel(): the kernel did not start: ${complaint.trim() || String(error)}`);
  }
  const stop = async (): Promise<void> => {
    if (!ended) {
      client.shutDown().catch(() => {});
      const timer = setTimeout(() => child.kill("SIGKILL"), SHUTDOWN_PATIENCE_MS);
      await exit;
      clearTimeout(timer);
    }
    client.close();
    cleanUp();
  };
  return { process: child, client, connectionFile, stop };
}

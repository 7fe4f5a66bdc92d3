/** Connection files, read and written. */
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import type { Endpoint } from "./zmtp";

export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  signature_scheme: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

export type ChannelName = "shell" | "iopub" | "stdin" | "control" | "hb";

export function endpointOf(connection: ConnectionInfo, channel: ChannelName): Endpoint {
  return { transport: connection.transport, ip: connection.ip, port: connection[`${channel}_port`] };
}

export function readConnectionFile(file: string): ConnectionInfo {
  const info = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
  const connection = {
    ...info,
    transport: info.transport ?? "tcp",
    signature_scheme: info.signature_scheme || "hmac-sha256",
  };
  if (
    connection.transport === "tcp" &&
    !isLoopback(connection.ip) &&
    process.env.GRADLENS_ALLOW_REMOTE !== "1"
  )
    throw new RangeError(
      `${file}: expected a loopback address, got ${connection.ip}; anyone on the network could reach the kernel ` +
        "(GRADLENS_ALLOW_REMOTE=1 permits it)",
    );
  return connection;
}

function isLoopback(ip: string): boolean {
  return ip === "localhost" || ip === "::1" || (net.isIPv4(ip) && ip.startsWith("127."));
}

/** Five free ports of this machine, held until all are known so that none comes twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((resolve, reject) => {
          const server = net.createServer();
          server.once("error", reject);
          server.listen({ host: "127.0.0.1", port: 0 }, () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Writes a connection file that only this user can read, for a kernel on the loopback address. */
export async function writeConnectionFile(file: string): Promise<ConnectionInfo> {
  const [shell, iopub, stdin, control, hb] = (await freePorts(5)) as [number, number, number, number, number];
  const connection: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
    shell_port: shell,
    iopub_port: iopub,
    stdin_port: stdin,
    control_port: control,
    hb_port: hb,
  };
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  return connection;
}

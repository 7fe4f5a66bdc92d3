import { createRequire } from "node:module";
import net from "node:net";
import { expect, it } from "vitest";
import { mainFile, until } from "./kernel";

const zmtp = createRequire(mainFile)("./protocol/zmtp.js") as typeof import("../../kernel/protocol/zmtp");

it("cuts off a subscriber that reads nothing for a gigabyte, and goes on with the others", async () => {
  const publisher = new zmtp.Publisher();
  const port = await publisher.bind({ transport: "tcp", ip: "127.0.0.1", port: 0 });
  const endpoint = { transport: "tcp", ip: "127.0.0.1", port };
  let received = 0;
  const reader = await zmtp.connectPeer("SUB", endpoint, "", ([, body]) => {
    received += body!.length;
  });
  // Shakes hands and subscribes, then leaves what it is sent where it is.
  const stuck = net.connect(port, "127.0.0.1");
  const greeting = Buffer.alloc(64);
  greeting[0] = 0xff;
  greeting[9] = 0x7f;
  greeting[10] = 3;
  greeting.write("NULL", 12, "latin1");
  const ready = Buffer.from("\x05READY\x0bSocket-Type\0\0\0\x03SUB", "latin1");
  stuck.write(Buffer.concat([greeting, Buffer.from([4, ready.length]), ready, Buffer.from([0, 1, 1])]));
  stuck.pause();
  let ended = false;
  stuck.on("close", () => {
    ended = true;
  });
  stuck.on("error", () => {});
  await new Promise((done) => setTimeout(done, 300));
  // One buffer many times: it is waiting to be sent that is counted.
  const body = Buffer.alloc(2 ** 26);
  const count = zmtp.MAX_UNSENT_BYTES / body.length + 2;
  for (let i = 0; i < count; i++) {
    publisher.send(["x", body]);
    await until(() => received === (i + 1) * body.length, 20_000, "the reader");
  }
  stuck.resume();
  await until(() => ended, 10_000, "the end of the connection");
  publisher.send(["x", Buffer.from("last")]);
  await until(() => received >= count * body.length + 4, 5000, "the last message");
  expect([ended, received]).toEqual([true, count * body.length + 4]);
  reader.close();
});

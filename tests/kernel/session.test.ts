import { createRequire } from "node:module";
import { expect, it } from "vitest";
import type { ToProtocol } from "../../kernel/protocol/link";
import type { Session, Workings } from "../../kernel/session";
import { mainFile, until } from "./kernel";

/** What a termination tears away cannot be chosen from outside: here the end of the first cell is never heard of. */
const { Session: BuiltSession } = createRequire(mainFile)("./session.js") as { Session: typeof Session };

it("ends a cell whose own end was lost in a termination, and runs the next", async () => {
  const told: ToProtocol[] = [];
  let runs = 0;
  const lost = new Error("torn away");
  const executor = {
    execute: () => (++runs === 1 ? new Promise<void>(() => {}) : Promise.resolve()),
    abandon: () => lost,
  };
  const errors = {
    describe: (error: unknown) => ({ ename: (error as Error).message, evalue: "", traceback: [] }),
  };
  const progress = { beginCell: () => {}, endCell: () => {} };
  const session = new BuiltSession(
    (message) => {
      told.push(message);
      if (message.op === "barrier") setImmediate(() => session.passBarrier(message.id));
    },
    { executor, errors, progress } as unknown as Workings,
  );
  const request = (id: number) => ({
    id,
    channel: "shell" as const,
    header: { msg_type: "execute_request", msg_id: String(id) } as never,
    content: { code: "work()", stop_on_error: false },
    metadata: {},
    buffers: [],
  });
  session.receive(request(1));
  session.receive(request(2));
  session.afterTermination(() => false);
  await new Promise((done) => setTimeout(done, 700));
  expect(runs).toBe(1);
  session.afterTermination(() => true);
  const replies = () => told.filter((message) => message.op === "reply");
  await until(() => replies().length === 2, 5000, "both replies");
  expect(
    replies().map(({ id, content }) => [id, JSON.parse(content).status, JSON.parse(content).ename]),
  ).toEqual([
    [1, "error", "torn away"],
    [2, "ok", undefined],
  ]);
});

it("answers a cell whose error cannot be described", async () => {
  const told: ToProtocol[] = [];
  const executor = { execute: () => Promise.reject(new Error("thrown")) };
  const errors = {
    describe: () => {
      throw new Error("beyond words");
    },
  };
  const progress = { beginCell: () => {}, endCell: () => {} };
  const session = new BuiltSession((message) => told.push(message), {
    executor,
    errors,
    progress,
  } as unknown as Workings);
  session.receive({
    id: 1,
    channel: "shell",
    header: { msg_type: "execute_request", msg_id: "1" } as never,
    content: { code: "work()", stop_on_error: false },
    metadata: {},
    buffers: [],
  });
  const reply = () => told.find((message) => message.op === "reply");
  await until(() => reply() !== undefined, 5000, "the reply");
  expect(JSON.parse(reply()!.content)).toMatchObject({ status: "error", ename: "Error" });
  session.reportStray("uncaught exception", new Error("late"));
});

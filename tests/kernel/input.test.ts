import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { Client, root, run, sleep, startKernel, until } from "./kernel";

let kernel: RunningKernel;
const questions: [prompt: string, password: boolean][] = [];
const answers: (string | undefined)[] = [];

beforeAll(async () => {
  kernel = await startKernel(root);
  await kernel.client.openInput((prompt, password) => {
    questions.push([prompt, password]);
    return answers.shift();
  });
});
afterAll(() => kernel?.stop());

const asking = (code: string) => run(kernel.client, code, { allow_stdin: true });

describe.each([
  ["input", "await input"],
  ["prompt", "prompt"],
])("%s", (_name, call) => {
  it("asks and gives the answer", async () => {
    answers.push("Ada");
    expect((await asking(`console.log("first"); "Hello " + ${call}("Name? ")`)).text).toBe("'Hello Ada'");
    expect(questions.at(-1)).toEqual(["Name? ", false]);
  });

  it("asks several times, one after the other", async () => {
    answers.push("3", "4");
    expect((await asking(`Number(${call}("a")) * Number(${call}("b"))`)).text).toBe("12");
  });

  it("is refused when the front-end takes no input", async () => {
    const { error } = await run(kernel.client, `${call}("Name? ")`);
    expect(error?.evalue).toMatch(/^(input|prompt)\(\): expected a front-end that takes input/);
  });

  it("is stopped by an interrupt, and an answer that comes later harms nothing", async () => {
    const running = asking(`const answer = ${call}("wait")`);
    const asked = questions.length;
    await until(() => questions.length > asked, 3000, "the question");
    await kernel.client.interrupt();
    expect((await running).error?.ename).toBe("InterruptError");
    answers.push("next");
    expect((await asking(`${call}("again")`)).text).toBe("'next'");
  });
});

it("hides a password", async () => {
  answers.push("secret");
  await asking("(await input('Key: ', { password: true })).length");
  expect(questions.at(-1)).toEqual(["Key: ", true]);
});

it("gives the default value for an empty answer", async () => {
  answers.push("");
  expect((await asking("prompt('Port', '8080')")).text).toBe("'8080'");
});

it("lets other code of the cell go on while input waits", async () => {
  const code = `let ticks = 0; const timer = setInterval(() => ticks++, 10);
const waiting = input("?"); await new Promise((done) => setTimeout(done, 300)); clearInterval(timer);
const answered = await waiting; [answered, ticks > 3]`;
  answers.push("yes");
  expect((await asking(code)).text).toBe("[ 'yes', true ]");
});

it("asks the client that runs the cell", async () => {
  const { readFileSync } = await import("node:fs");
  const connection = JSON.parse(readFileSync(kernel.connectionFile, "utf8"));
  const other = new Client(connection, "other");
  await other.open();
  const asked: string[] = [];
  await other.openInput((prompt) => {
    asked.push(prompt);
    return "from other";
  });
  const before = questions.length;
  expect((await run(other, "await input('who?')", { allow_stdin: true })).text).toBe("'from other'");
  expect([asked, questions.length]).toEqual([["who?"], before]);
  other.close();
  const mute = new Client(connection, "mute");
  await mute.open();
  const { error } = await run(mute, "prompt('anybody?')", { allow_stdin: true });
  expect(error?.evalue).toContain("expected a front-end on the stdin channel, got none");
  mute.close();
});

it("cannot ask when no cell runs", async () => {
  await asking(
    "let late = ''; setTimeout(() => input('?').catch((error) => { late = error.message; }), 50);",
  );
  await sleep(150);
  expect((await run(kernel.client, "late")).text).toContain("expected a running cell");
});

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
  await sleep(1000);
  expect((await run(kernel.client, "late")).text).toContain("expected a running cell");
});

describe("confirm", () => {
  it.each([
    ["y", "true"],
    ["Yes ", "true"],
    ["n", "false"],
    ["", "false"],
    ["yesterday", "false"],
  ])("takes %j for %s", async (answer, expected) => {
    answers.push(answer);
    expect((await asking("const sure: boolean = confirm('Sure?'); sure")).text).toBe(expected);
    expect(questions.at(-1)).toEqual(["Sure? [y/N] ", false]);
  });

  it("is refused when the front-end takes no input", async () => {
    const { error } = await run(kernel.client, "confirm()");
    expect(error?.evalue).toMatch(/^confirm\(\): expected a front-end that takes input/);
  });
});

describe("what reads process.stdin asks the user", () => {
  const promised = "(await import('node:readline/promises')).createInterface";
  it.each([
    [
      "readline's question",
      ["bob"],
      "import readline from 'node:readline'; const q = readline.createInterface({ input: process.stdin, output: process.stdout });\n" +
        "const got = await new Promise<string>((done) => q.question('name? ', done)); q.close(); got",
      "'bob'",
      "name? ",
    ],
    [
      "two questions of readline's promises",
      ["a", "b"],
      `const r = ${promised}({ input: process.stdin, output: process.stdout });\n` +
        "const both = [await r.question('1? '), await r.question('2? ')]; r.close(); both",
      "[ 'a', 'b' ]",
      "1? 2? ",
    ],
    [
      "an interface that nobody closes",
      ["open"],
      `const r2 = ${promised}({ input: process.stdin, output: process.stdout }); await r2.question('? ')`,
      "'open'",
      "? ",
    ],
    [
      "stdin by its import",
      ["imported"],
      `import { stdin, stdout } from 'node:process'; const r3 = ${promised}({ input: stdin, output: stdout });\n` +
        "const line = await r3.question('? '); r3.close(); line",
      "'imported'",
      "? ",
    ],
    [
      "a loop over lines",
      ["1", "2"],
      `let sum = 0; for await (const each of ${promised}({ input: process.stdin })) { sum += Number(each); if (sum === 3) break; } sum`,
      "3",
      "",
    ],
    [
      "a listener",
      ["heard"],
      "await new Promise((done) => process.stdin.setEncoding('utf8').once('data', done))",
      "'heard\\n'",
      "",
    ],
    [
      "a loop over chunks",
      ["chunk"],
      "let chunk = ''; for await (const each of process.stdin) { chunk += each; break; } chunk",
      "'chunk\\n'",
      "",
    ],
  ])("%s", async (_title, given, code, expected, written) => {
    const before = questions.length;
    answers.push(...given);
    const { text, stdout, error } = await asking(code);
    expect([error?.evalue, text, stdout]).toEqual([undefined, expected, written]);
    expect(questions.slice(before)).toEqual(given.map(() => ["", false]));
    expect(answers).toEqual([]);
  });

  it("and fails where the front-end takes no input; the next cell runs", async () => {
    const code = `const r4 = ${promised}({ input: process.stdin }); await r4.question('? ')`;
    const { error } = await run(kernel.client, code);
    expect(error?.evalue).toMatch(/^process\.stdin\(\): expected a front-end that takes input/);
    expect((await asking("1 + 1")).text).toBe("2");
  });

  it("is stopped by an interrupt, and read anew by the next cell", async () => {
    const running = asking(`const r5 = ${promised}({ input: process.stdin }); await r5.question('? ')`);
    const asked = questions.length;
    await until(() => questions.length > asked, 3000, "the question");
    await kernel.client.interrupt();
    expect((await running).error?.ename).toBe("InterruptError");
    answers.push("again");
    expect(
      (await asking("await new Promise((done) => process.stdin.once('data', (d) => done(`${d}`)))")).text,
    ).toBe("'again\\n'");
  });
});

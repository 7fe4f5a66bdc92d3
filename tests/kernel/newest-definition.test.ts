import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunningKernel } from "../../kernel/notebook/spawn";
import { run, startKernel, type TemporaryFolder, temporaryFolder } from "./kernel";

/**
 * Random programs of declarations, redefinitions, assignments and uses, cut into cells at random places, give what the
 * same program gives at once when each name is one variable of an object.
 */

/** A statement as a cell has it, and as a program of `S` has it, with the names in angle brackets. */
interface Statement {
  /** `«n0» = «f0»()`, with `kw` before it when it declares. */
  text: string;
  /** What it declares. */
  declares?: string;
  /** How a cell declares it, and how `S` gets it. */
  form?: "let" | "const" | "var" | "function" | "class";
  /** It must begin a cell: a redefined function would be there from the cell's beginning. */
  begins?: boolean;
}

const NUMBERS = ["n0", "n1", "n2"];
const FUNCTIONS = ["f0", "f1", "f2"];
const CLASSES = ["C0", "C1"];
const cellText = ({ text, declares, form }: Statement): string => {
  const plain = text.replaceAll("«", "").replaceAll("»", "");
  if (form === "class") return `class ${declares} ${plain}`;
  if (form === "function") return `function ${declares}(): number ${plain}`;
  return form ? `${form} ${declares}${plain}` : plain;
};
const wholeText = ({ text, declares, form }: Statement): string => {
  const shared = text
    .replaceAll("«", "S.")
    .replaceAll("»", "")
    .replaceAll(": number", "")
    .replaceAll("[]: []", "[]");
  if (form === "class") return `S.${declares} = class ${shared};`;
  if (form === "function") return `S.${declares} = function () ${shared};`;
  return form ? `S.${declares}${shared}` : shared;
};

type Take = (below: number) => number;

/** Writes a program; `take` gives its choices. */
function programOf(take: Take, length: number): Statement[] {
  const of = <T>(list: readonly T[]): T => list[take(list.length)]!;
  const constants = new Set<string>();
  const atom = (functions: number, classes: boolean): string => {
    const kinds = [String(take(9) + 1), `«${of(NUMBERS)}»`, `«${of(NUMBERS)}»`];
    if (functions > 0) kinds.push(`«f${take(functions)}»()`, `«f${take(functions)}»()`);
    if (classes) kinds.push(`new «${of(CLASSES)}»().m()`, `«${of(CLASSES)}».s`);
    return of(kinds);
  };
  const expression = (functions = FUNCTIONS.length, classes = true): string =>
    `${atom(functions, classes)} ${of(["+", "-"])} ${atom(functions, classes)}`;
  const known = new Set<string>();

  function number(name: string, value = expression()): Statement {
    const form = of(["let", "const", "var"] as const);
    if (form === "const") constants.add(name);
    else constants.delete(name);
    // Of itself only a `var` can be made.
    if (form !== "var") value = value.replaceAll(`«${name}»`, "7");
    return { text: form === "var" ? `: number = ${value};` : ` = ${value};`, declares: name, form };
  }
  function func(name: string): Statement {
    const at = Number(name[1]);
    const variable = of(NUMBERS);
    const changes = constants.has(variable) || take(3) > 0 ? "" : `«${variable}» += 1; `;
    const body = `{ ${changes}return ${expression(at, true)}; }`;
    const begins = known.has(name);
    known.add(name);
    if (take(2) === 0) return { text: body, declares: name, form: "function", begins };
    return { text: ` = (): number => ${body};`, declares: name, form: of(["let", "const"] as const) };
  }
  function classOf(name: string): Statement {
    return {
      text: `{ static s: number = ${expression(0, false)}; m(): number { return ${expression(0, false)}; } }`,
      declares: name,
      form: "class",
    };
  }
  const changed = (): Statement => {
    const free = NUMBERS.filter((name) => !constants.has(name));
    if (free.length === 0) return { text: `log.push(${expression()});` };
    const name = `«${of(free)}»`;
    return {
      text: of([
        `${name} = ${expression()};`,
        `${name} += ${expression()};`,
        `${name}++;`,
        `[${name}] = [${expression()}];`,
        `for (let i = 0; i < 3; i++) ${name} += i;`,
        `({ v: ${name} } = { v: ${expression()} });`,
      ]),
    };
  };

  const beginning = [
    ...NUMBERS.map((name) => number(name, String(take(9)))),
    ...CLASSES.map(classOf),
    ...FUNCTIONS.map(func),
  ];
  const rest = Array.from({ length }, () => {
    const kind = take(8);
    if (kind < 2) return number(of(NUMBERS));
    if (kind < 3) return func(of(FUNCTIONS));
    if (kind < 4) return classOf(of(CLASSES));
    if (kind < 6) return changed();
    return { text: `log.push(${expression()});` };
  });
  return [
    ...beginning,
    ...rest,
    { text: `log.push(${[...NUMBERS.map((name) => `«${name}»`), "«f2»()"].join(", ")});` },
  ];
}

/** Cuts it at random places, and where a cell would declare a name that it has used before. */
function cells(program: readonly Statement[], take: Take): string[] {
  const cut: string[] = [];
  let open: string[] = [];
  for (const statement of program) {
    const { declares, begins } = statement;
    const isKnown = declares !== undefined && open.some((text) => new RegExp(`\\b${declares}\\b`).test(text));
    if (begins || isKnown || take(3) === 0) {
      if (open.length > 0) cut.push(open.join("\n"));
      open = [];
    }
    open.push(cellText(statement));
  }
  return [...cut, open.join("\n")];
}

let folder: TemporaryFolder;
let kernel: RunningKernel;

beforeAll(async () => {
  folder = temporaryFolder();
  kernel = await startKernel(folder.path);
});
afterAll(async () => {
  await kernel?.stop();
  folder?.remove();
});

it("runs a program cut into cells as it runs at once with the newest definitions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 6, max: 16 }),
      async (choices, length) => {
        const take: Take = (below) => choices.next().value % below;
        const program = programOf(take, length);
        const whole = `const S = {}, log = [];\n${program.map(wholeText).join("\n")}\nreturn log;`;
        const expected = new Function(whole)() as number[];
        const notebook = cells(program, take);
        for (const code of ["const log: number[] = [];", ...notebook]) {
          const { error } = await run(kernel.client, code);
          expect(error?.evalue, `${notebook.join("\n//---\n")}\n=> at\n${code}`).toBeUndefined();
        }
        const { text } = await run(kernel.client, "JSON.stringify(log)");
        expect(text, notebook.join("\n//---\n")).toBe(`'${JSON.stringify(expected)}'`);
      },
    ),
    {
      seed: Number(process.env.GRADLENS_SEED ?? 1),
      numRuns: Number(process.env.GRADLENS_PROGRAMS ?? 10),
    },
  );
}, 600_000);

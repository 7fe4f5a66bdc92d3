/** Findings of `gradlens doctor`, each with its mend. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { freemem, homedir, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startKernel } from "../notebook/spawn";
import { gradlensVersion, packageRoot } from "../package-root";
import { findKernels, jupyterDataFolders } from "./find-kernels";
import type { ProbeResult } from "./gradient-probe";
import { labExtensionFolder } from "./labextension";
import { nodeLimits } from "./node-limits";

export interface Finding {
  state: "ok" | "note" | "broken";
  what: string;
  found: string;
  /** Advice on mending it. */
  mend?: string;
}

const OLDEST_NODE = [20, 19] as const;
const LEAST_FREE_BYTES = 1e9;
const PATIENCE_MS = 60_000;
const INSTALL = "gradlens install";

const run = promisify(execFile);

/** The version of Node that runs this. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (!old) return { state: "ok", what: "Node.js", found: version };
  const wanted = OLDEST_NODE.join(".");
  return {
    state: "broken",
    what: "Node.js",
    found: `${version}, older than ${wanted}`,
    mend: `install Node.js ${wanted} or later`,
  };
}

/** Limits of this version of Node that a later one does not have. */
export function checkNodeLimits(version: string): Finding[] {
  const limits = nodeLimits(version);
  if (limits.length === 0) return [];
  const latest = limits.at(-1)!.since[0];
  return [
    {
      state: "note",
      what: `Node.js ${version} does not have`,
      found: limits.map(({ what, since }) => `${what} (${since.join(".").replace(/\.0$/, "")})`).join("; "),
      mend: `install Node.js ${latest} or later where a notebook needs it`,
    },
  ];
}

/** In these versions an array that outgrows V8's largest is an error of its cell. */
const ENDLESS_ARRAYS_STOP: readonly number[] = [22, 23];

/** The cost of an array that grows without end: its cell, or the kernel. */
export function checkEndlessArrays(version: string): Finding {
  const what = "endless arrays";
  const major = Number(version.split(".")[0]);
  const first = Math.min(...ENDLESS_ARRAYS_STOP);
  if (ENDLESS_ARRAYS_STOP.includes(major))
    return { state: "ok", what, found: "stop their cell, not the kernel" };
  // V8 before ends the process at any such array, V8 since at a spread that doubles (docs/limits.md).
  const endless =
    major < first ? "whose array grows without end" : "whose spread doubles an array without end";
  return {
    state: "note",
    what,
    found: `end the kernel: Node.js ${version} does not let a cell be stopped ${endless}`,
    mend: `install Node.js ${first}, for grading above all`,
  };
}

async function checkJupyter(): Promise<Finding> {
  const what = "Jupyter";
  const mend = "pip install jupyterlab";
  const programs: [string, string[]][] = [
    ["jupyter", []],
    ["python3", ["-m", "jupyter"]],
    ["python", ["-m", "jupyter"]],
  ];
  for (const [program, args] of programs) {
    try {
      const { stdout } = await run(program, [...args, "--version"], { timeout: PATIENCE_MS });
      const versions = stdout
        .split("\n")
        .map((line) => /^(jupyterlab|notebook|jupyter_client)\s*:\s*(\d\S*)/.exec(line))
        .filter((match) => match !== null)
        .map((match) => `${match[1]} ${match[2]}`);
      if (versions.length > 0) return { state: "ok", what, found: versions.join(", ") };
    } catch {}
  }
  return { state: "note", what, found: "not found; `gradlens run` works without it", mend };
}

/** Installed kernels of ours, and whether what they start is still there. */
export function checkKernels(dataFolders: readonly string[]): Finding[] {
  const what = "kernel";
  const ours = findKernels(dataFolders).filter((kernel) => kernel.gradlens !== undefined);
  if (ours.length === 0) return [{ state: "broken", what, found: "not installed", mend: INSTALL }];
  return ours.map(({ name, folder, argv, gradlens }) => {
    const found = `${name} in ${folder}`;
    const dead = [argv[0]!, ...argv.filter((part) => part.endsWith("main.js"))].find(
      (file) => path.isAbsolute(file) && !existsSync(file),
    );
    const again = `${INSTALL} with the place and name it has`;
    if (dead !== undefined)
      return { state: "broken", what, found: `${found} starts ${dead}, which is gone`, mend: again };
    if (gradlens !== gradlensVersion)
      return {
        state: "note",
        what,
        found: `${found} is of gradlens ${gradlens}, this is ${gradlensVersion}`,
        mend: again,
      };
    return { state: "ok", what, found };
  });
}

/** The extension that draws Plotly figures in JupyterLab and Notebook 7. */
export function checkExtension(dataFolders: readonly string[]): Finding {
  const what = "JupyterLab extension";
  const folder = dataFolders
    .map(labExtensionFolder)
    .find((each) => existsSync(path.join(each, "package.json")));
  if (folder !== undefined) return { state: "ok", what, found: folder };
  const found = "not installed: Plotly figures do not show in JupyterLab";
  return { state: "note", what, found, mend: INSTALL };
}

/** Starts a kernel and runs a cell in it. */
async function checkAnswer(): Promise<Finding> {
  const what = "kernel answers";
  const started = performance.now();
  try {
    const kernel = await startKernel(tmpdir());
    let result = "";
    try {
      await kernel.client.execute("[1, 2, 3].map((x: number) => x * 2).join()", ({ header, content }) => {
        if (header.msg_type === "execute_result")
          result = String((content.data as Record<string, unknown>)["text/plain"]);
      });
    } finally {
      await kernel.stop();
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (result === "'2,4,6'")
      return { state: "ok", what, found: `a cell in ${seconds} s, with start and end` };
    return {
      state: "broken",
      what,
      found: `expected '2,4,6', got ${result || "nothing"}`,
      mend: "npm install gradlens again",
    };
  } catch (error) {
    return { state: "broken", what, found: (error as Error).message, mend: "npm install gradlens again" };
  }
}

function isInstalled(packageName: string): boolean {
  for (const folder of [process.cwd(), packageRoot]) {
    try {
      createRequire(path.join(folder, "doctor.js")).resolve(`${packageName}/package.json`);
      return true;
    } catch {}
  }
  return false;
}

async function checkBackend(packageName: string): Promise<Finding> {
  const what = packageName.replace("@tensorflow/", "");
  try {
    const { stdout } = await run(process.execPath, [path.join(__dirname, "gradient-probe.js"), packageName], {
      timeout: PATIENCE_MS,
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" },
    });
    const result = JSON.parse(stdout) as ProbeResult | { failed: string };
    if ("failed" in result)
      return { state: "broken", what, found: result.failed, mend: `npm install ${packageName}` };
    const found = `${result.version}, backend ${result.backend}, engine ${result.engine}: gradient of Σx² in ${result.milliseconds.toFixed(0)} ms`;
    if (result.error <= 1e-5) return { state: "ok", what, found };
    const wrong = `${found}, but wrong by ${result.error}`;
    return { state: "broken", what, found: wrong, mend: `npm install ${packageName}@4.22.0` };
  } catch (error) {
    const found = (error as Error).message.split("\n")[0]!;
    return { state: "broken", what, found, mend: `npm install ${packageName}` };
  }
}

async function checkTensorFlow(): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (isInstalled("@tensorflow/tfjs")) findings.push(await checkBackend("@tensorflow/tfjs"));
  else
    findings.push({
      state: "broken",
      what: "tfjs",
      found: "not found beside the notebooks here, nor beside gradlens",
      mend: "npm install @tensorflow/tfjs",
    });
  if (isInstalled("@tensorflow/tfjs-node")) findings.push(await checkBackend("@tensorflow/tfjs-node"));
  else findings.push({ state: "ok", what: "tfjs-node", found: "not installed; it is optional and faster" });
  return findings;
}

export function checkMemory(free: number): Finding {
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= LEAST_FREE_BYTES) return { state: "ok", what: "memory", found };
  return {
    state: "note",
    what: "memory",
    found,
    mend: "close other kernels, or give methods a smaller maxBytes",
  };
}

const MARKS = { ok: ["✓", 32], note: ["!", 33], broken: ["✗", 31] } as const;

/** One finding in one or two lines. */
export function findingText({ state, what, found, mend }: Finding, coloured: boolean): string {
  const [mark, colour] = MARKS[state];
  const shown = coloured ? `\x1b[${colour}m${mark}\x1b[39m` : mark;
  const line = `${shown} ${what}: ${found}`;
  return mend === undefined ? line : `${line}\n    → ${mend}`;
}

/** Prints every finding as it comes; gives the exit status. */
export async function doctor(coloured: boolean): Promise<number> {
  const folders = jupyterDataFolders(process.platform, process.env, homedir());
  let broken = 0;
  const tell = (...findings: Finding[]) => {
    for (const finding of findings) {
      if (finding.state === "broken") broken++;
      console.log(findingText(finding, coloured));
    }
  };
  const { node } = process.versions;
  tell(checkNode(node), ...checkNodeLimits(node), checkEndlessArrays(node));
  tell(checkMemory(freemem()));
  tell(...checkKernels(folders));
  tell(checkExtension(folders));
  tell(await checkJupyter());
  tell(await checkAnswer());
  tell(...(await checkTensorFlow()));
  console.log(
    broken === 0 ? "\nnothing is broken" : `\n${broken} ${broken === 1 ? "thing is" : "things are"} broken`,
  );
  return broken === 0 ? 0 : 1;
}

// The page out of what was measured. It says what was missed as plainly as what was met.

import { readFileSync } from "node:fs";
import { contestants } from "./contest.mjs";
import { exponent } from "./growth.mjs";

const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const mib = (bytes) => (bytes / 2 ** 20).toFixed(0);
const times = (value) => `${value.toPrecision(3)} ×`;
const percent = (value) => `${(100 * value).toFixed(0)} %`;

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

const has = (result) => result !== undefined && result.missing === undefined;

function speedTable(nets) {
  const names = Object.keys(contestants).filter((name) =>
    Object.values(nets).some(({ speed }) => has(speed[name])),
  );
  const cell = (result) => (has(result) ? `${ms(result.median)} (${ms(result.minimum)})` : "–");
  return table(
    ["net", ...names.map((name) => contestants[name].title)],
    Object.values(nets).map(({ title, speed }) => [title, ...names.map((name) => cell(speed[name]))]),
  );
}

function aimTable(nets) {
  const rows = Object.values(nets).flatMap(({ title, aim, speed }) => {
    if (!has(speed.captum) || !has(speed.compiled)) return [];
    const [byMedian, byMinimum] = ["median", "minimum"].map(
      (which) => speed.captum[which] / speed.compiled[which],
    );
    const other = has(speed.tensorflow) ? times(speed.tensorflow.median / speed.compiled.median) : "–";
    return [
      [title, times(byMedian), times(byMinimum), `≥ ${aim} ×`, byMedian >= aim ? "met" : "**missed**", other],
    ];
  });
  return table(
    ["net", "Captum ÷ compiled, medians", "minima", "aim", "", "eager tensorflow ÷ compiled, medians"],
    rows,
  );
}

function agreement(nets) {
  return table(
    ["net", "compiled", "Captum", "F(x) − F(0)", "convergence delta", "Captum's"],
    Object.values(nets).map(({ title, speed: { compiled, captum } }) => [
      title,
      has(compiled) ? compiled.difference.toExponential(1) : "–",
      has(captum) ? captum.difference.toExponential(1) : "–",
      has(compiled) ? compiled.change.toPrecision(4) : "–",
      has(compiled) ? compiled.delta.toExponential(2) : "–",
      has(captum) ? captum.delta.toExponential(2) : "–",
    ]),
  );
}

function shares({ nets, limit, steps }) {
  const fastest = Math.max(
    ...Object.values(limit).flatMap(({ matmul, convolution }) => [matmul, convolution]),
  );
  const giga = (value) => (value / 1e9).toFixed(0);
  const share = (operations, result) =>
    has(result) ? percent((operations * steps * 1000) / result.minimum / fastest) : "–";
  return [
    table(
      ["the machine, Gflop/s", "product of matrices", "convolution"],
      Object.entries(limit).map(([name, { matmul, convolution }]) => [
        name === "captum" ? "PyTorch" : "ONNX Runtime",
        giga(matmul),
        giga(convolution),
      ]),
    ),
    table(
      ["net", "Gflop per evaluation", "compiled", "Captum"],
      Object.values(nets).map(({ title, operations, speed }) => [
        title,
        (operations / 1e9).toPrecision(3),
        share(operations, speed.compiled),
        share(operations, speed.captum),
      ]),
    ),
  ].join("\n\n");
}

function memory(nets) {
  const names = Object.keys(contestants).filter((name) =>
    Object.values(nets).some(({ speed }) => has(speed[name])),
  );
  return table(
    ["net", ...names.map((name) => contestants[name].title)],
    Object.values(nets).map(({ title, speed }) => [
      title,
      ...names.map((name) => (has(speed[name]) ? mib(speed[name].peakBytes) : "–")),
    ]),
  );
}

function firstMaps(first) {
  return table(
    ["net", "compiled", "Captum"],
    Object.entries(first).map(([title, results]) => [
      title,
      ...["compiled", "captum"].map((name) =>
        has(results[name]) ? `${ms(results[name].median)} (${ms(results[name].minimum)})` : "–",
      ),
    ]),
  );
}

function equalDelta(nets, results) {
  const share = (error) => {
    if (error === undefined) return "–";
    return `${error < 1 ? (100 * error).toPrecision(2) : (100 * error).toFixed(0)} %`;
  };
  const against = (count, theirs, mine, error) =>
    count === undefined
      ? ["more than 1024", "–", "–", "–"]
      : [count, share(error), ms(theirs), times(theirs / mine)];
  const rows = Object.entries(results).flatMap(([name, byScore]) =>
    Object.entries(byScore).map(([explain, { steps, evaluations, reached, times: took, errors }]) => [
      nets[name].title,
      explain,
      reached ? evaluations.toFixed(0) : `${evaluations.toFixed(0)}, not reached`,
      share(errors.compiled),
      ms(took.compiled),
      ...against(steps.fewest, took.fewest, took.compiled, errors.fewest),
      reached && !(took.fewest / took.compiled < 2) ? "met" : "**missed**",
      ...against(steps.all, took.all, took.compiled, errors.all),
    ]),
  );
  const captum = ["error", "ms", "ratio"];
  const aim = ["Captum's fewest", ...captum, "aim ≥ 2 ×"];
  return table(["net", "score", "evaluations", "error", "ms", ...aim, "enough from", ...captum], rows);
}

function growthText(points) {
  const rows = ["side", "batch", "steps"].flatMap((varied) =>
    [...new Set(points.map(({ name }) => name))].map((name) => {
      const own = points.filter((point) => point.name === name && point.varied === varied);
      const range = `${own[0].value} … ${own[own.length - 1].value}`;
      const [t, m] = [exponent(own, ({ ms }) => ms), exponent(own, ({ peakBytes }) => peakBytes)];
      return [contestants[name].title, varied, range, t.toFixed(2), m.toFixed(2)];
    }),
  );
  return table(["", "varied", "from … to", "exponent of time", "exponent of peak memory"], rows);
}

/** The whole page. */
export function writePage(measured) {
  const { machine, nets, steps, rounds, tolerance } = measured;
  const missed = Object.values(nets).flatMap(({ title, aim, speed }) =>
    has(speed.captum) && has(speed.compiled) && speed.captum.median / speed.compiled.median < aim
      ? [title]
      : [],
  );
  const absent = [
    ...new Set(
      Object.values(nets).flatMap(({ speed }) =>
        Object.entries(speed).flatMap(([name, { missing }]) =>
          missing === undefined ? [] : [`${contestants[name].title}: ${missing.split("\n")[0]}`],
        ),
      ),
    ),
  ];
  const compared = Object.values(nets).some(({ speed }) => has(speed.captum));
  const sections = [
    `# Performance

Made by \`npm run bench -- performance ${measured.flags}\`; do not edit.
Integrated gradients with ${steps} steps on one example: score, map and convergence delta. Each contestant runs in a process
of its own with the same seeded weights and as many threads as there are cores; they take turns in ${rounds} rounds.${measured.complete ? "" : "\nThe run was ended before it was through: what is missing was not measured."}`,
    `## The machine

${machine.cpu}, ${machine.cores} ${machine.cores === 1 ? "core" : "cores"}, ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB; ${machine.system}; Node ${machine.node},
tfjs ${machine.tfjs}, onnxruntime-node ${machine.runtime ?? "not there"}, onnxruntime-web ${machine.wasm ?? "not there"}${
      machine.torch
        ? `; Python ${machine.python}, PyTorch ${machine.torch}, Captum ${machine.captum}`
        : "; no Python with Captum took part"
    }.
${
  machine.load > 0.3
    ? `Others computed on the machine at the same time (load ${machine.load.toFixed(1)} at the start): trust minima more than medians, and ratios
more than times.`
    : "Nothing else ran."
}`,
    `## Time

Milliseconds, median and (in brackets) minimum.

${speedTable(nets)}${absent.length > 0 ? `\n\nNot measured:\n\n${absent.map((line) => `- ${line}`).join("\n")}` : ""}`,
  ];
  if (compared) {
    sections.push(`## Against the aims

${aimTable(nets)}

${missed.length === 0 ? "Every aim was met in this run." : `Missed in this run: ${missed.join("; ")}. See [what was tried](#what-makes-it-fast-and-what-was-tried).`}`);
    sections.push(`## The same maps

Before any time counts, each map is compared with the exact one, which is Captum's in double precision; the largest
difference, as a share of the largest entry. A difference above 1e-5 comes from ReLUs whose input is zero up to rounding: it
may be at most four times that of Captum in single precision, or must be gone when the input moves by 1e-4 in one of four
ways.

${agreement(nets)}`);
  }
  sections.push(`## The share of the machine's limit

The limit is the fastest product of matrices or convolution that either runtime manages; the share counts the products and
convolutions of score and input gradient as the net is written, and the minimum of the times. Work that was
moved out of the steps still counts, so a share may exceed 100 %.

${shares(measured)}`);
  sections.push(`## Peak memory

MiB of the whole process, interpreter and libraries included.

${memory(nets)}${
  measured.large
    ? `\n\nA 224×224 image on ResNet-18 with 300 steps inside \`maxBytes: 1 GiB\`: ${(measured.large.ms / 1000).toFixed(1)} s with the first map's
preparation, ${mib(measured.large.peakBytes)} MiB of the whole process.`
    : ""
}`);
  if (measured.first) {
    sections.push(`## The first map

Milliseconds from the start of a process to its first map, loading of library and net included: median and (in brackets)
minimum of fresh processes in turn.

${firstMaps(measured.first)}`);
  }
  if (measured.equalDelta) {
    sections.push(`## At one convergence delta

|delta| ≤ ${percent(tolerance)} of |F(x) − F(0)|: adaptive refinement (\`tolerance: ${tolerance}\`) against Captum's default rule. The error of a net of
ReLUs goes up and down with the steps: a few may do by luck where more do not. So Captum's time is given twice: with the
fewest steps of all that do, which nobody knows beforehand, and with the count from which on every one does (tried: 1 to 64,
then each twice the last). Adaptive refinement also looks at the scatter of the errors along the path, so that it does not
end by luck. The delta is a sum, in which errors of single entries cancel out: the columns "error" give the length of the difference
from the map of 1,000 steps, as a share of that map's length. Medians in milliseconds.

${equalDelta(nets, measured.equalDelta)}`);
  }
  if (measured.growth) {
    sections.push(`## How cost grows

ResNet-18, from 64×64, batch 1, ${steps} steps; each point in a fresh process.

![time and memory against image size, batch and steps](performance-growth.svg)

${growthText(measured.growth)}

An exponent of 1 is in proportion, 2 (of the side) in proportion to the pixels.`);
  }
  sections.push(readFileSync(new URL("notes.md", import.meta.url), "utf8").trim());
  return `${sections.join("\n\n")}\n`;
}

#!/usr/bin/env node
/** The command line. Each command loads only what it needs: the kernel starts here too. */
import { homedir } from "node:os";
import { parseArgs } from "node:util";
import {
  CommandError,
  DEFAULT_KERNEL_NAME,
  DISPLAY_NAME,
  dataFolder,
  installedKernels,
  installKernel,
  uninstallKernel,
} from "./install/kernelspec";
import { installLabExtension, labExtensionFolder, uninstallLabExtension } from "./install/labextension";
import { gradlensVersion } from "./package-root";

interface Command {
  usage: string;
  run(args: string[]): void | Promise<void>;
}

const PLACES = `  --user            for this user (the default)
  --sys-prefix      into the active Python environment, or that of python3
  --prefix DIR      into DIR/share/jupyter
  --name NAME       name of the kernel (default: ${DEFAULT_KERNEL_NAME})`;

const placeOptions = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string", default: DEFAULT_KERNEL_NAME },
} as const;

function noPositionals(positionals: string[]): void {
  if (positionals.length > 0) throw new CommandError(`expected no argument, got ${positionals.join(" ")}`);
}

const commands: Record<string, Command> = {
  install: {
    usage: `gradlens install [--user | --sys-prefix | --prefix DIR] [--name NAME] [--display-name TEXT]
                 [--types on|off] [--force]

Makes the TypeScript kernel known to Jupyter, and adds the extension with which JupyterLab and Notebook 7
draw its Plotly figures.

${PLACES}
  --display-name TEXT
                    what front-ends call the kernel (default: ${DISPLAY_NAME})
  --types on|off    off: errors of types stop no cell (default: on)
  --force           replace another kernel of that name`,
    run(args) {
      const options = {
        ...placeOptions,
        "display-name": { type: "string" },
        types: { type: "string", default: "on" },
        force: { type: "boolean", default: false },
      } as const;
      const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
      noPositionals(positionals);
      const target = { user: values.user, sysPrefix: values["sys-prefix"], prefix: values.prefix };
      if (values.types !== "on" && values.types !== "off")
        throw new CommandError(`--types: expected on or off, got "${values.types}"`);
      const settings = { displayName: values["display-name"], types: values.types === "on" };
      const folder = installKernel(target, values.name, values.force, settings);
      console.log(`installed kernel ${values.name} in ${folder}`);
      const data = dataFolder(target);
      const extension = installLabExtension(data);
      if (extension) console.log(`installed the extension of JupyterLab and Notebook in ${extension}`);
      else console.log(`left ${labExtensionFolder(data)} as it is: it was not made by this command`);
    },
  },
  uninstall: {
    usage: `gradlens uninstall [--user | --sys-prefix | --prefix DIR] [--name NAME]

Removes what \`gradlens install\` made: the kernel and, with the last of them, the extension.

${PLACES}`,
    run(args) {
      const { values, positionals } = parseArgs({ args, options: placeOptions, allowPositionals: true });
      noPositionals(positionals);
      const target = { user: values.user, sysPrefix: values["sys-prefix"], prefix: values.prefix };
      const kernels = installedKernels(target);
      const others = kernels.filter((name) => name !== values.name);
      // Our other kernels in this place go on using the extension.
      const extension = others.length > 0 ? undefined : uninstallLabExtension(dataFolder(target));
      if (extension) console.log(`removed ${extension}`);
      const { codeCacheFolder, removeCodeCache } =
        require("./execution/code-cache") as typeof import("./execution/code-cache.js");
      const cache = codeCacheFolder(process.platform, process.env, homedir());
      if (cache) removeCodeCache(cache);
      if (!extension || kernels.includes(values.name))
        console.log(`removed ${uninstallKernel(target, values.name)}`);
    },
  },
  run: {
    usage: `gradlens run NOTEBOOK [--output FILE] [--html FILE] [--allow-errors] [--timeout S] [--kernel NAME]

Runs all code cells of a notebook in a fresh kernel, in the notebook's folder. The notebook itself is left as it is.

  --output FILE     write the notebook with its outputs
  --html FILE       write one stand-alone interactive page
  --allow-errors    go on after a cell that throws
  --timeout S       longest time for one cell, in seconds (default: none)
  --kernel NAME     run it with the installed kernel of that name (default: this gradlens)

On a terminal, how far it is shows in one line; GRADLENS_PROGRESS=off turns that off.

Exit status: 0 when every cell ran, 1 when a cell threw, 2 when the command was wrong.`,
    async run(args) {
      const options = {
        output: { type: "string" },
        html: { type: "string" },
        "allow-errors": { type: "boolean", default: false },
        timeout: { type: "string" },
        kernel: { type: "string" },
      } as const;
      const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
      const [notebook, ...rest] = positionals;
      if (notebook === undefined || rest.length > 0)
        throw new CommandError(`expected one notebook, got ${positionals.length}`);
      const timeoutSeconds = values.timeout === undefined ? undefined : Number(values.timeout);
      if (timeoutSeconds !== undefined && !(timeoutSeconds > 0))
        throw new CommandError(`--timeout: expected a number of seconds > 0, got ${values.timeout}`);
      const { runCommand } = require("./notebook/run-command") as typeof import("./notebook/run-command.js");
      process.exitCode = await runCommand(notebook, {
        output: values.output,
        html: values.html,
        allowErrors: values["allow-errors"],
        timeoutSeconds,
        kernel: values.kernel,
      });
    },
  },
  doctor: {
    usage: `gradlens doctor

Looks at what the kernel needs, here and now: Node.js, memory, the installed kernels and the JupyterLab extension,
Jupyter, a cell that runs, TensorFlow.js with a gradient that is known. Says how to mend what is wrong.

Exit status: 0 when nothing is broken, 1 when something is, 2 when the command was wrong.`,
    async run(args) {
      noPositionals(parseArgs({ args, options: {}, allowPositionals: true }).positionals);
      const { doctor } = require("./install/doctor") as typeof import("./install/doctor.js");
      process.exitCode = await doctor(process.stdout.isTTY === true && !process.env.NO_COLOR);
    },
  },
  verify: {
    usage: `gradlens verify FILE [--last HASH] [--seal HASH] [--fingerprint HASH]

Verifies a record, a log or a pack of attributions: that nothing was changed, taken out, added or cut off, and that the numbers
add up. Names everything that is wrong. Needs neither the model nor a network.

  --last HASH         the hash of a log's last line, as it was kept elsewhere
  --seal HASH         the seal of a pack, as it was kept elsewhere
  --fingerprint HASH  the fingerprint of the model that must have been explained

Exit status: 0 when nothing is wrong, 1 when something is, 2 when the command was wrong.`,
    async run(args) {
      const options = {
        last: { type: "string" },
        seal: { type: "string" },
        fingerprint: { type: "string" },
      } as const;
      const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
      const [file, ...rest] = positionals;
      if (file === undefined || rest.length > 0)
        throw new CommandError(`expected one file, got ${positionals.length}`);
      const { readFile } = await import("node:fs/promises");
      const { verify } = await import("../src/records/verify.js");
      const { kind, ok, problems, records, hash } = await verify(await readFile(file), { ...values });
      for (const problem of problems) console.log(problem);
      const counted = `${kind} of ${records} attribution${records === 1 ? "" : "s"}`;
      console.log(ok ? `${counted}: as it was written · ${hash}` : `${counted}: ${problems.length} problems`);
      process.exitCode = ok ? 0 : 1;
    },
  },
  check: {
    usage: `gradlens check RULES RECORD...

Holds saved attributions against the rules of their task: a JSON list such as
  [{ "kind": "border", "most": 0.05 }, { "kind": "feature", "feature": "age", "most": 0 }]
Kinds: border, feature, top, mass, completeness (see checkRules). A record is what toJSON() or sealRecord() gave.

Exit status: 0 when all rules hold, 1 when one is broken, 2 when the command was wrong.`,
    async run(args) {
      const [rules, ...files] = parseArgs({ args, options: {}, allowPositionals: true }).positionals;
      if (rules === undefined || files.length === 0)
        throw new CommandError(`expected rules and at least one record, got ${args.length} arguments`);
      const { checkRecords } = await import("../src/studies/check-records.js");
      const broken = await checkRecords(rules, files);
      for (const finding of broken) console.log(finding);
      if (broken.length === 0) console.log(`all rules hold for ${files.join(", ")}`);
      process.exitCode = broken.length === 0 ? 0 : 1;
    },
  },
  version: {
    usage: "gradlens version\n\nPrints the version of gradlens.",
    run() {
      console.log(gradlensVersion);
    },
  },
  kernel: {
    usage: "gradlens kernel CONNECTION_FILE\n\nRuns this process as a kernel; Jupyter calls it.",
    run([file]) {
      if (file === undefined) throw new CommandError("expected a connection file");
      // In this order: the rest of the kernel loads while the protocol thread starts.
      const { startProtocol } = require("./protocol/start") as typeof import("./protocol/start.js");
      const protocol = startProtocol(file);
      const { runKernel } = require("./kernel-process") as typeof import("./kernel-process.js");
      runKernel(protocol);
    },
  },
};

const HELP = `gradlens ${gradlensVersion}: TypeScript kernel for Jupyter

  gradlens install      make the kernel known to Jupyter
  gradlens uninstall    remove it again
  gradlens run          run a notebook, write it with outputs or as a page
  gradlens doctor       look for what is wrong, and say how to mend it
  gradlens check        hold saved attributions against rules
  gradlens verify       verify a record, a log or a pack of attributions
  gradlens version      print the version

\`gradlens COMMAND --help\` tells more.`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(HELP);
    return;
  }
  if (name === "--version") return commands.version!.run([]);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    console.error(`gradlens: expected a command, got "${name}"\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (args.includes("--help") || args.includes("-h")) {
    console.log(command.usage);
    return;
  }
  try {
    await command.run(args);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const wrongUsage = error instanceof CommandError || code?.startsWith("ERR_PARSE_ARGS") === true;
    console.error(`gradlens ${name}: ${message}${wrongUsage ? `\n\n${command.usage}` : ""}`);
    process.exitCode = wrongUsage ? 2 : 1;
  }
}

void main(process.argv.slice(2));

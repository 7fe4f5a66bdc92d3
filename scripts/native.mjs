// Build tfjs-node, so that gradlens runs on TensorFlow itself: `npm run native`. Linux, with a C++ compiler and Node's headers.
//
// tfjs-node's own install script downloads the TensorFlow C library from a place that not every machine reaches. The
// Python wheel `tensorflow_cpu` holds the same library and its headers; the addon is built against those. Everything
// stays in native/, and node_modules gets a link to it.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fail, installPackages, root, run } from "./toolbox.mjs";

const WHEEL = "tensorflow_cpu==2.21.0";
const native = join(root, "native");
const wheelFolder = join(native, "wheel");
const library = join(native, "tensorflow");
const addon = join(native, "node_modules", "@tensorflow", "tfjs-node");
const link = join(root, "node_modules", "@tensorflow", "tfjs-node");
const stamp = join(native, "built.txt");
const wanted = `${WHEEL} node ${process.version} ${readFileSync(join(native, "package-lock.json"), "utf8").length}`;
// A gradient on TensorFlow, by the repository's own tfjs.
const probe = `
  require("@tensorflow/tfjs-node");
  const tf = require("@tensorflow/tfjs");
  const slope = tf.grad((x) => x.square().sum())(tf.tensor1d([3])).dataSync()[0];
  if (tf.getBackend() !== "tensorflow" || slope !== 6) process.exit(1);
  console.log("tfjs-node works: backend " + tf.getBackend());`;
const quiet = { stdio: ["ignore", "ignore", "inherit"] };

if (process.platform !== "linux")
  fail("native: expected Linux; install @tensorflow/tfjs-node by npm elsewhere");
installPackages();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  rmSync(stamp, { force: true });
  installSources();
  unpackLibrary();
  buildAddon();
  writeFileSync(stamp, wanted);
}
rmSync(link, { recursive: true, force: true });
symlinkSync(addon, link, "dir");
run(process.execPath, ["-e", probe], {
  env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
  stdio: ["ignore", "inherit", "ignore"],
});

/** tfjs-node without its install script, and without a second copy of tfjs: it is to use that of the repository. */
function installSources() {
  console.log("installing tfjs-node ...");
  run("npm", ["ci", "--ignore-scripts", "--loglevel=error", "--no-progress"], { ...quiet, cwd: native });
  const scope = join(native, "node_modules", "@tensorflow");
  for (const name of readdirSync(scope)) {
    if (name !== "tfjs-node") rmSync(join(scope, name), { recursive: true });
  }
}

/** The C library and its headers out of the wheel. */
function unpackLibrary() {
  console.log(`downloading ${WHEEL} ...`);
  rmSync(wheelFolder, { recursive: true, force: true });
  rmSync(library, { recursive: true, force: true });
  const python = process.env["PYTHON"] ?? "python3";
  run(
    python,
    ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", wheelFolder, WHEEL],
    quiet,
  );
  const wheel = join(wheelFolder, readdirSync(wheelFolder)[0]);
  const unzip = [
    "import sys, zipfile",
    "wheel = zipfile.ZipFile(sys.argv[1])",
    "keep = ('tensorflow/include/', 'tensorflow/libtensorflow')",
    "wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(keep)])",
  ].join("\n");
  run(python, ["-c", unzip, wheel, native]);
  rmSync(wheelFolder, { recursive: true });
}

/** The addon, linked to that library under every name it asks for. */
function buildAddon() {
  console.log("building the addon ...");
  const headers = dirname(dirname(process.execPath));
  if (!existsSync(join(headers, "include", "node", "node_api.h"))) {
    fail(`native: expected Node's headers in ${join(headers, "include", "node")}, got none`);
  }
  const deps = join(addon, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(library, "include"), join(deps, "include"), "dir");
  const names = {
    "libtensorflow_cc.so.2": ["libtensorflow_cc.so.2", "libtensorflow.so", "libtensorflow.so.2.9.1"],
    "libtensorflow_framework.so.2": ["libtensorflow_framework.so.2", "libtensorflow_framework.so"],
  };
  for (const [file, links] of Object.entries(names)) {
    for (const name of links) symlinkSync(join(library, file), join(deps, "lib", name));
  }
  const path = `${join(native, "node_modules", ".bin")}:${process.env["PATH"]}`;
  run(process.execPath, ["scripts/install.js"], {
    cwd: addon,
    env: { ...process.env, PATH: path, npm_config_nodedir: headers },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

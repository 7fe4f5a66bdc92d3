// Install what the tests need, build, run them, and end with one line: N passed, N failed, N skipped.
//
//   npm test                     everything
//   npm test -- --quick          without the tests that need Python, a browser or a package install
//   npm test -- tests/io         only files whose path contains this (vitest's filters and options)

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { installKernel, installPackages, installPython, pythonEnvironment, root } from "./toolbox.mjs";

const args = process.argv.slice(2).filter((arg) => arg !== "--quick");
const quick = process.argv.includes("--quick");

installPackages();
build();
let env = { ...process.env };
if (!quick) {
  env = pythonEnvironment(installPython());
  installKernel(env);
}

const report = join(root, "out", "test-report.json");
mkdirSync(join(root, "out"), { recursive: true });
rmSync(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...args,
  ],
  { cwd: root, stdio: "inherit", env: { ...env, GRADLENS_TEST_QUICK: quick ? "1" : "" } },
);

const { passed, failed, skipped } = count(report);
if (quick) console.log("--quick: left out the tests that need Python, a browser or a package install");
if (!existsSync(join(root, "node_modules", "@tensorflow", "tfjs-node"))) {
  console.log("without tfjs-node: left out the tests on TensorFlow itself; `npm run native` builds it");
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = status === 0 && failed === 0 && passed > 0 ? 0 : 1;

function count(file) {
  // No report means that vitest itself broke down.
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of JSON.parse(readFileSync(file, "utf8")).testResults) {
    for (const test of assertionResults) {
      counts[test.status === "passed" || test.status === "failed" ? test.status : "skipped"]++;
    }
    // A file that fails outside its tests (it cannot be loaded, a hook throws) counts as one failure.
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) counts.failed++;
  }
  return counts;
}

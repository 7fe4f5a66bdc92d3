import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

// What needs Python, a browser or a package install is slow and needs more than Node: `--quick` leaves it out.
const outside = [
  "tests/**/*.jupyter.test.ts",
  "tests/**/*.browser.test.ts",
  "tests/package/*.install.test.ts",
];
// What needs tfjs-node runs where `npm run native` has built it.
const native = existsSync("node_modules/@tensorflow/tfjs-node") ? [] : ["tests/**/*.native.test.ts"];
// Fills the memory of kernels on purpose, which can take minutes: `GRADLENS_LONG=1` runs it.
const long = process.env["GRADLENS_LONG"] === "1" ? [] : ["tests/kernel/faults.test.ts"];
const quick = process.env["GRADLENS_TEST_QUICK"] === "1";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ...native, ...long, ...(quick ? outside : [])],
    pool: "forks",
    maxWorkers: 2,
    // Browsers and kernels of a busy machine may be late once; what fails twice fails.
    retry: process.env["CI"] ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});

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
const quick = process.env["GRADLENS_TEST_QUICK"] === "1";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", ...native, ...(quick ? outside : [])],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // A browser on a busy machine takes seconds to draw.
    expect: { poll: { timeout: 30_000 } },
  },
});

// Types (library, kernel, tests, extension and explorer), lint and format, import directions.

import { installPackages, run } from "./toolbox.mjs";

const tsc = "node_modules/typescript/bin/tsc";

installPackages();
run(process.execPath, [tsc, "--project", "tsconfig.json", "--noEmit"]);
run(process.execPath, [tsc, "--project", "tests/tsconfig.json"]);
run(process.execPath, [tsc, "--project", "labextension/tsconfig.json"]);
run(process.execPath, [tsc, "--project", "explorer/tsconfig.json"]);
run(process.execPath, ["node_modules/@biomejs/biome/bin/biome", "check"]);
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "tests/boundaries.test.ts"]);

// Write the pages and pictures of docs/ that are made from code: `npm run docs`. Tests compare them with the code.

import { installPackages, root, run } from "./toolbox.mjs";

installPackages();
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "tests/docs/pages.test.ts"], {
  cwd: root,
  env: { ...process.env, GRADLENS_WRITE_DOCS: "1" },
});

// Open JupyterLab on the notebooks, with our kernel. Further arguments go to `jupyter lab`.

import { join } from "node:path";
import { build } from "./build.mjs";
import { installKernel, installPackages, installPython, pythonEnvironment, root, run } from "./toolbox.mjs";

installPackages();
build();
const programs = installPython();
const env = pythonEnvironment(programs);
installKernel(env);
const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
run(join(programs, "jupyter"), ["lab", "--ip=127.0.0.1", ...asRoot, ...process.argv.slice(2)], {
  cwd: join(root, "notebooks"),
  env,
});

/** The extension of JupyterLab and Notebook 7 that draws Plotly figures: a folder of files, copied in place. */
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../package-root";

const NAME = "gradlens";
const SOURCE = path.join(packageRoot, "dist", "labextension");
const INSTALL_FILE = "install.json";

/** Origin and removal of the extension, as Jupyter shows them; it also marks the folder as ours. */
const INSTALL_INFO = {
  packageManager: "gradlens",
  packageName: NAME,
  uninstallInstructions:
    "Use `gradlens uninstall` with the place it was installed in (--user, --sys-prefix, --prefix)",
};

/** Where the extension lies below one of Jupyter's data folders (`PREFIX/share/jupyter`). */
export function labExtensionFolder(dataFolder: string): string {
  return path.join(dataFolder, "labextensions", NAME);
}

function isOurs(folder: string): boolean {
  try {
    const info = JSON.parse(readFileSync(path.join(folder, INSTALL_FILE), "utf8")) as Partial<
      typeof INSTALL_INFO
    >;
    return info.packageManager === INSTALL_INFO.packageManager && info.packageName === NAME;
  } catch {
    return false;
  }
}

// Also a link whose target is gone is something.
function isTaken(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
}

/** True where something else has put an extension of our name: a Python package, a developer. */
function isForeignLabExtension(dataFolder: string): boolean {
  const folder = labExtensionFolder(dataFolder);
  return isTaken(folder) && !isOurs(folder);
}

/** Copies the extension into a Jupyter data folder and gives its folder, or undefined when a foreign one stays. */
export function installLabExtension(dataFolder: string): string | undefined {
  if (isForeignLabExtension(dataFolder)) return undefined;
  if (!existsSync(path.join(SOURCE, "package.json")))
    throw new Error(`installLabExtension(): expected the built extension in ${SOURCE}, got nothing`);
  const folder = labExtensionFolder(dataFolder);
  // File names carry a hash of their content: those of an older version would stay behind.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(SOURCE, folder, { recursive: true });
  writeFileSync(path.join(folder, INSTALL_FILE), `${JSON.stringify(INSTALL_INFO, null, 2)}\n`);
  return folder;
}

/** Removes our extension from a Jupyter data folder and gives its folder, or undefined when there is none of ours. */
export function uninstallLabExtension(dataFolder: string): string | undefined {
  const folder = labExtensionFolder(dataFolder);
  if (!isTaken(folder) || !isOurs(folder)) return undefined;
  rmSync(folder, { recursive: true });
  return folder;
}

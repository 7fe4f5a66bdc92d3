/** The folder in which Jupyter keeps what belongs to one user. */
import path from "node:path";

/** Jupyter's data folder of this user: https://docs.jupyter.org/en/stable/use/jupyter-directories.html */
export function userDataFolder(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "win32")
    return path.win32.join(env.APPDATA ?? path.win32.join(home, "AppData", "Roaming"), "jupyter");
  if (platform === "darwin") return path.posix.join(home, "Library", "Jupyter");
  return path.posix.join(env.XDG_DATA_HOME || path.posix.join(home, ".local", "share"), "jupyter");
}

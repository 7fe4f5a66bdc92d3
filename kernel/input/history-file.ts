/** Cells of earlier sessions, in a file. */
import path from "node:path";
import { keptAt } from "../environment";
import { userDataFolder } from "../user-data-folder";

/** Where the history is kept: GRADLENS_HISTORY names another file, or is `off`. */
export function historyFile(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  home: string,
): string | undefined {
  const usual = () => path.join(userDataFolder(platform, env, home), "gradlens", "history.jsonl");
  return keptAt(env.GRADLENS_HISTORY, usual);
}

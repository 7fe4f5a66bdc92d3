import path from "node:path";
import { userDataFolder } from "../install/kernelspec";

/** Where the history is kept: GRADLENS_HISTORY names another file, or is `off`. */
export function historyFile(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  home: string,
): string | undefined {
  const chosen = env.GRADLENS_HISTORY;
  if (chosen !== undefined && chosen !== "")
    return /^(off|0|no|false)$/i.test(chosen) ? undefined : path.resolve(chosen);
  return path.join(userDataFolder(platform, env, home), "gradlens", "history.jsonl");
}

/** Rules and saved attributions from files, for the command line. */
import { Attribution } from "../attribution";
import { failure, shown } from "../check";
import { nodeModule } from "../platform/node-modules";
import { checkRules } from "./rules";

/** Everything that rules of a file find of attributions in files, each with the name of its file. */
export async function checkRecords(rulesFile: string, files: readonly string[]): Promise<string[]> {
  const rules = await jsonOf(rulesFile);
  const found: string[] = [];
  for (const file of files) {
    const json = await jsonOf(file);
    const map = Attribution.fromJSON(attributionIn(file, json));
    found.push(
      ...checkRules(map, Array.isArray(rules) ? rules : []).findings.map((text) => `${file}: ${text}`),
    );
  }
  return found;
}

async function jsonOf(file: string): Promise<unknown> {
  const text = await nodeModule("check", "node:fs/promises").readFile(file, "utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw failure("check", "JSON", shown(file));
  }
}

/** An attribution, or the one in a sealed record. */
function attributionIn(file: string, json: unknown): object {
  if (typeof json !== "object" || json === null) throw failure("check", "a saved attribution", shown(file));
  const attribution = "attribution" in json ? json.attribution : undefined;
  return typeof attribution === "object" && attribution !== null ? attribution : json;
}

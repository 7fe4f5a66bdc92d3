import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { asModel, featureAblation, type NdArray, records } from "../../src";
import { mainFile, type TemporaryFolder, temporaryFolder } from "./kernel";

/** `gradlens verify`: what was kept is verified from the command line, without model or network. */

let folder: TemporaryFolder;
let seal: string;
beforeAll(async () => {
  folder = temporaryFolder();
  const net = asModel(
    ({ data, shape }: NdArray) =>
      Array.from({ length: shape[0] }, (_, row) => data[2 * row] - 2 * data[2 * row + 1]),
    { outputs: 1 },
  );
  const map = await featureAblation(net, [[1, 2]], { target: 0 });
  const packed = await records.pack({ map });
  seal = packed.seal;
  writeFileSync(path.join(folder.path, "pack.zip"), packed.bytes);
  const record = JSON.stringify(await records.sealRecord(map));
  writeFileSync(path.join(folder.path, "changed.json"), record.replace('"note":""', '"note":"granted"'));
});
afterAll(() => folder.remove());

function verify(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, "verify", ...args], {
    encoding: "utf8",
    cwd: folder.path,
  });
  return { status, stdout, stderr };
}

it("says that a pack is as it was written, and its seal", () => {
  const { status, stdout } = verify("pack.zip", "--seal", seal);
  expect(stdout).toBe(`pack of 1 attribution: as it was written · ${seal}\n`);
  expect(status).toBe(0);
});

it("names what is wrong, and ends with 1", () => {
  const { status, stdout } = verify("changed.json");
  expect(stdout).toContain("changed: its hash is another than that of its content");
  expect(status).toBe(1);
});

it("ends with an error where it cannot look", () => {
  expect(verify().status).toBe(2);
  expect(verify("nothing.json")).toMatchObject({ status: 1, stdout: "" });
  expect(verify("pack.zip", "--sael", seal).status).toBe(2);
});

it("`gradlens check` holds records against rules", () => {
  const check = (...args: string[]) => {
    const { status, stdout } = spawnSync(process.execPath, [mainFile, "check", ...args], {
      encoding: "utf8",
      cwd: folder.path,
    });
    return { status, stdout };
  };
  const rules = (most: number): void =>
    writeFileSync(
      path.join(folder.path, "rules.json"),
      JSON.stringify([{ kind: "feature", feature: "input[1]", most }]),
    );
  // 1 − 2 · 2: four fifths of the magnitude are the second feature's.
  rules(0.9);
  expect(check("rules.json", "changed.json")).toEqual({
    status: 0,
    stdout: "all rules hold for changed.json\n",
  });
  rules(0.5);
  expect(check("rules.json", "changed.json")).toEqual({
    status: 1,
    stdout: expect.stringContaining("0.8, and at most 0.5 is allowed"),
  });
  expect(check("rules.json").status).toBe(2);
});

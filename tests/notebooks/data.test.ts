import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import * as digits from "../../notebooks/data/digits";
import { tfjs } from "../../src/engine/tfjs/tf";
import { loadModel } from "../../src/io";

const data = resolve(__dirname, "../../notebooks/data");
const models = join(data, "models");

describe("the handwritten digits", () => {
  it("are the records that the README's checksum names", () => {
    const records = gunzipSync(readFileSync(join(data, "digits.bin.gz")));
    const sum = createHash("sha256").update(records).digest("hex");
    expect(readFileSync(join(data, "README.md"), "utf8")).toContain(`\`${sum}\``);
  });

  it("come as 1,497 images to learn from and 300 others, every digit among both", () => {
    expect(digits.train.x.shape).toEqual([1497, 8, 8, 1]);
    expect(digits.test.x.shape).toEqual([300, 8, 8, 1]);
    for (const { x, labels } of [digits.train, digits.test]) {
      expect(x.data.length).toBe(labels.length * 64);
      expect([...new Set(labels)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(Math.min(...x.data)).toBe(0);
      expect(Math.max(...x.data)).toBe(1);
    }
  });

  it("can be taken one by one, in the order asked for", () => {
    const { x, labels } = digits.take(digits.test, [7, 0]);
    expect(x.shape).toEqual([2, 8, 8, 1]);
    expect(labels).toEqual([digits.test.labels[7], digits.test.labels[0]]);
    expect(x.data.subarray(64)).toEqual(digits.test.x.data.subarray(0, 64));
    expect(() => digits.take(digits.test, [300])).toThrow(RangeError);
  });
});

describe("the trained models", () => {
  it("take at most 400 kB together", () => {
    const files = readdirSync(models, { recursive: true, encoding: "utf8" }).map((file) =>
      join(models, file),
    );
    const bytes = files
      .map((file) => statSync(file))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    expect(bytes).toBeLessThanOrEqual(400_000);
  });

  it.each([
    ["digits-mlp", 0.95],
    ["digits-cnn", 0.97],
  ])("%s reads the test images as well as its record says, at least %d", async (name, least) => {
    const tf = tfjs();
    const model = await loadModel(join(models, name));
    const predicted = tf.tidy(() => {
      const scores = model.predict(tf.tensor4d(digits.test.x.data, [300, 8, 8, 1]));
      return Array.from(
        (scores as { argMax(axis: number): { dataSync(): Int32Array } }).argMax(-1).dataSync(),
      );
    });
    const right = predicted.filter((digit, i) => digit === digits.test.labels[i]).length / 300;
    const record = JSON.parse(readFileSync(join(models, name, "accuracy.json"), "utf8"));
    expect(right).toBeGreaterThanOrEqual(least);
    // Another processor may round one image across the border.
    expect(Math.abs(right - record.testAccuracy)).toBeLessThanOrEqual(1 / 300 + 1e-9);
  });
});

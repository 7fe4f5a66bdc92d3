import { describe, expect, it } from "vitest";
import {
  Attribution,
  blurIg,
  cite,
  defineMethod,
  integratedGradients,
  noiseTunnel,
  shapleyValues,
  share,
} from "../../src";
import { BIBLIOGRAPHY } from "../../src/studies/bibliography";
import { normals, registry, smallMlp } from "../models";

describe("cite", () => {
  it("gives the paper of a map, also of one that was saved", async () => {
    const net = smallMlp(1);
    const map = await integratedGradients(net, normals(1, [4]));
    const entry = cite(map);
    expect(entry).toBe(
      [
        "@misc{sundararajan2017axiomatic,",
        "  author = {Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi},",
        "  title = {{Axiomatic Attribution for Deep Networks}},",
        "  year = {2017},",
        "  eprint = {1703.01365},",
        "  archivePrefix = {arXiv}",
        "}",
      ].join("\n"),
    );
    expect(cite(Attribution.fromJSON(JSON.stringify(map)))).toBe(entry);
    const shares = await share(integratedGradients)(net, normals(1, [4]));
    expect(cite(shares)).toBe(entry);
    net.dispose();
  });

  it("has an entry for every method, each paper once", () => {
    for (const [, method] of registry) {
      const text = cite(method);
      expect(text).toMatch(/^@(misc|article)\{[a-z0-9]+,\n {2}author = \{.+\},\n/);
      expect(text).toMatch(/year = \{\d{4}\}/);
      expect(text.split("@").length - 1).toBeGreaterThanOrEqual(1);
    }
    expect(cite(blurIg, blurIg)).toBe(cite(blurIg));
    expect(cite(shapleyValues).match(/@/g)).toHaveLength(2);
    expect(cite(noiseTunnel(blurIg, { samples: 2 }))).toContain("Attribution in Scale and Space");
  });

  it("says what it knows of a paper of one's own, and refuses what has none", () => {
    const solve = (p: { readonly x: readonly never[] }) => Promise.resolve(p.x);
    const own = defineMethod({ name: "own", paper: "Doe, Roe 2031, arXiv 3101.00001" }, solve as never);
    expect(cite(own)).toContain("author = {Doe and Roe},\n  year = {2031},\n  eprint = {3101.00001}");
    const none = defineMethod({ name: "none" }, solve as never);
    expect(() => cite(none)).toThrow("cite(): expected a method that names its paper (meta.paper), got none");
    expect(() => cite({} as never)).toThrow("cite(): expected a map or a method");
    expect(() => cite()).toThrow("cite(): expected a map or a method, got none");
  });

  it("names papers by numbers that methods use", () => {
    for (const [where, { authors, title, year }] of Object.entries(BIBLIOGRAPHY)) {
      expect(where).toMatch(/^(arXiv \d{4}\.\d{4,5}|doi 10\..+)$/);
      expect(authors).toMatch(/^[^,]+, [^,]+/);
      expect(title.length).toBeGreaterThan(10);
      expect(year).toBeGreaterThan(1950);
    }
  });
});

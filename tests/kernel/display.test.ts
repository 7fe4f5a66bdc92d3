import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import type { MimeBundle } from "../../kernel/display/bundle";
import { format } from "../../kernel/display/format";
import { mimeBundle } from "../../kernel/display/mime-bundle";

const shown = (value: unknown): MimeBundle => {
  const bundle = format(value);
  if (bundle instanceof Promise) throw new Error("expected a bundle at once");
  return bundle;
};
const text = (value: unknown) => String(shown(value)["text/plain"]);
const html = (value: unknown) => String(shown(value)["text/html"]);

const tensor = (data: readonly (number | string)[] | Float32Array, shape: number[], more: object = {}) => ({
  dataId: {},
  shape,
  dtype: "float32",
  isDisposed: false,
  dataSync: () => data,
  ...more,
});

describe("pictures by their bytes", () => {
  const png = encode({ width: 3, height: 2, channels: 1, depth: 8, data: new Uint8Array(6) });
  const riff = (kind: string, ...at20: number[]) =>
    Buffer.concat([
      Buffer.from(`RIFF\0\0\0\0WEBP${kind}\0\0\0\0`, "latin1"),
      Buffer.from(at20),
      Buffer.alloc(16),
    ]);

  it.each([
    ["image/png", png, "PNG image, 3 × 2"],
    ["image/png", Buffer.from(png), "PNG image, 3 × 2"],
    ["image/gif", Buffer.from("GIF89a\x04\0\x05\0", "latin1"), "GIF image, 4 × 5, 10 B"],
    ["image/jpeg", Buffer.from("ffd8ffe000040000ffc0000b08000600070100", "hex"), "JPEG image, 7 × 6"],
    ["image/webp", riff("VP8X", 0, 0, 0, 0, 9, 0, 0, 4, 0, 0), "WebP image, 10 × 5"],
    ["image/webp", riff("VP8L", 0x2f, 2, 0x40, 0, 0), "WebP image, 3 × 2"],
  ])("%s", (mime, bytes, described) => {
    expect(shown(bytes)[mime]).toBe(Buffer.from(bytes).toString("base64"));
    expect(text(bytes)).toContain(described);
  });

  it("SVG as an image that cannot run scripts", () => {
    const source =
      '<?xml version="1.0"?>\n<!-- made --><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>';
    const bundle = shown(new TextEncoder().encode(source));
    expect(bundle["image/svg+xml"]).toBe(source);
    expect(bundle["text/html"]).not.toContain("<script");
    expect(bundle["text/plain"]).toMatch(/^SVG image, \d+ B$/);
  });

  it("other bytes, and cut ones, as text", () => {
    expect(shown(new Uint8Array([1, 2, 3]))).toEqual({ "text/plain": "Uint8Array(3) [ 1, 2, 3 ]" });
    expect(text(png.slice(0, 12))).toMatch(/^PNG image, 12 B$/);
    expect(shown(new TextEncoder().encode("<svgx>"))["image/svg+xml"]).toBeUndefined();
  });
});

describe("tensors and arrays", () => {
  it("tell type, shape and values", () => {
    expect(text(tensor([1, 2, 3, 4], [2, 2]))).toBe("Tensor float32 [2, 2]\n[[1, 2],\n [3, 4]]");
    expect(text(tensor([0.1234567], []))).toBe("Tensor float32 [] 0.123457");
    expect(text(tensor([], [0, 3]))).toBe("Tensor float32 [0, 3]\n[]");
    expect(text(tensor(["a", 'b"'], [2], { dtype: "string" }))).toBe('Tensor string [2]\n["a", "b\\""]');
    expect(text(tensor([1, 2], [1], { dtype: "complex64" }))).toBe("Tensor complex64 [1]\n[[1, 2]]");
    expect(text(tensor([1], [1], { name: "w", trainable: true }))).toBe("Variable w float32 [1]\n[1]");
    expect(text({ data: Float32Array.of(1, 2), shape: [2, 1] })).toBe("Float32Array [2, 1]\n[[1],\n [2]]");
  });

  it("say that they are disposed, without reading them", () => {
    const dataSync = () => {
      throw new Error("Tensor is disposed.");
    };
    expect(shown(tensor([], [2, 2], { isDisposed: true, dataSync }))).toEqual({
      "text/plain": "Tensor float32 [2, 2] (disposed)",
    });
  });

  it("are a table when small, a line when long, pictures when they have that form", () => {
    expect(html(tensor([1, 2, 3, 4], [2, 2]))).toContain("<table");
    const wave = Float32Array.from({ length: 500 }, (_, i) => Math.sin(i / 20));
    expect(html(tensor(wave, [500]))).toContain("<svg");
    expect(text(tensor(wave, [500]))).toMatch(/\n[▁▂▃▄▅▆▇█]{60}\nmin -\d.* · mean .* · max 0\.99\d+$/);
    const images = new Float32Array(2 * 28 * 28).map((_, i) => i);
    expect(html(tensor(images, [2, 28, 28, 1])).match(/<img src="data:image\/png/g)).toHaveLength(2);
    expect(html(tensor(images, [2, 28, 28, 1]))).toContain("black 0 · white 1567");
    expect(html(tensor(images.subarray(0, 784), [28, 28]))).toContain("<img");
    expect(html(tensor(new Float32Array(3 * 64), [8, 8, 3]))).toContain("black 0 · white 1");
  });

  it("stay small however large they are", () => {
    const large = shown(tensor(new Float32Array(300_000), [100, 3000]));
    expect(String(large["text/plain"]).length).toBeLessThan(500);
    expect(String(large["text/html"]).length).toBeLessThan(10_000);
    expect(large["text/html"]).toContain("… 88 more rows · … 2,988 more columns");
    const many = tensor(new Float32Array(1000 * 784), [1000, 28, 28, 1]);
    expect(html(many)).toContain("… 992 more");
    const unread = tensor([], [5000, 5000], {
      dataSync: () => {
        throw new Error("read");
      },
    });
    expect(text(unread)).toContain("25,000,000 values, too many to show");
  });

  it("count what is not finite", () => {
    expect(
      text(
        tensor(
          Float32Array.from({ length: 14 }, (_, i) => (i < 2 ? Number.NaN : 1)),
          [14],
        ),
      ),
    ).toContain("2 not finite");
    expect(text(tensor([Number.NaN, Number.POSITIVE_INFINITY], [2]))).toContain("[NaN, Infinity]");
  });

  it("are known by their form only", () => {
    for (const other of [
      { data: [1, 2], shape: [3] },
      { data: [1, 2], shape: "2" },
      { data: [1, 2], shape: [2], title: "more" },
    ])
      expect(text(other)).toMatch(/^\{ data:/);
  });
});

describe("arrays of records", () => {
  it("are tables, aligned in plain text", () => {
    const rows = [
      { name: "saliency", delta: 0.5 },
      { name: "ig", delta: 12.25, note: "best" },
    ];
    expect(text(rows)).toBe(
      ["   name      delta  note", "0  saliency    0.5", "1  ig        12.25  best"].join("\n"),
    );
    expect(html(rows)).toContain('<td style="text-align:right">12.25</td>');
  });

  it("are bounded and say what is left out", () => {
    const rows = Array.from({ length: 1025 }, (_, i) => ({ i }));
    expect(text(rows).split("\n")).toHaveLength(22);
    expect(text(rows)).toContain("… 1,005 more rows");
    const wide = [Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, i]))];
    expect(text(wide)).toContain("… 10 more columns");
    expect(text([{ long: "x".repeat(10_000) }]).length).toBeLessThan(100);
  });

  it("show hostile content and do not run it", () => {
    const bundle = shown([{ "<b>k</b>": "<img src=x onerror=alert(1)>", ansi: "\x1b[2J\nnext" }]);
    expect(bundle["text/html"]).not.toMatch(/<img|<b>k/);
    expect(bundle["text/plain"]).toContain("·[2J↵next");
  });

  it("stay text when they are something else", () => {
    for (const other of [[], [1, 2], [[1], [2]], [{}], [{ a: { b: 1 } }], [{ a: 1 }, 5], [new Map()]])
      expect(Object.keys(shown(other))).toEqual(["text/plain"]);
  });
});

describe("figures as plain objects", () => {
  it("Vega-Lite and Vega by their schema", () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      data: { values: Float32Array.of(1, 2) },
      mark: "bar",
      encoding: { x: { field: "data" } },
    };
    const bundle = shown(spec);
    expect(bundle["application/vnd.vegalite.v5+json"]).toEqual({ ...spec, data: { values: [1, 2] } });
    expect(bundle["text/plain"]).toBe("Vega-Lite figure: bar · x");
    expect(shown({ $schema: "https://vega.github.io/schema/vega/v5.json" })).toHaveProperty([
      "application/vnd.vega.v5+json",
    ]);
  });

  it("Plotly by data and layout", () => {
    const bundle = shown({ data: [{ type: "bar", y: Float64Array.of(1, 2) }], layout: {}, frames: [{}, {}] });
    expect(bundle["application/vnd.plotly.v1+json"]).toMatchObject({ data: [{ type: "bar", y: [1, 2] }] });
    expect(bundle["text/plain"]).toBe("Plotly figure: 1 trace (bar), 2 frames");
    for (const other of [{ data: [1], layout: {} }, { data: [], layout: {}, id: 3 }, { $schema: "x" }])
      expect(Object.keys(shown(other))).toEqual(["text/plain"]);
  });

  it("falls back to the error and the text when a figure cannot be sent", () => {
    expect(text({ data: [{ x: [1n] }], layout: {} })).toMatch(
      /layout: \{\}[\s\S]*its display failed: TypeError/,
    );
  });
});

describe("errors and values that resist", () => {
  it("shows errors as values", () => {
    const bundle = shown(new RangeError("<too far>"));
    expect(bundle["text/plain"]).toMatch(/^RangeError: <too far>\n {4}at /);
    expect(bundle["text/html"]).toContain("RangeError: &lt;too far&gt;");
  });

  it("shows something of every value", () => {
    const throwing = new Proxy(
      {},
      {
        get() {
          throw new Error("no get");
        },
        has() {
          throw new Error("no has");
        },
      },
    );
    expect(text(throwing)).toContain("no get");
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(text(proxy)).toContain("display failed");
    expect(
      text([
        {
          get bad(): number {
            throw new Error("getter");
          },
        },
      ]),
    ).toMatch(/bad: \[Getter\][\s\S]*getter/);
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic.self = cyclic;
    expect(text([cyclic, cyclic])).toContain("[Circular *1]");
  });

  it("shows a value by its own display, and that display's error", async () => {
    const symbol = Symbol.for("Jupyter.display");
    expect(shown({ data: [1], shape: [1], [symbol]: () => ({ "text/plain": "own" }) })).toEqual({
      "text/plain": "own",
    });
    const failed = await format({ a: 1, [symbol]: async () => Promise.reject(new Error("late")) });
    expect(failed["text/plain"]).toMatch(/a: 1[\s\S]*late/);
  });
});

describe("a MIME bundle", () => {
  it("holds what files of notebooks may hold: text, but for the types of JSON", () => {
    const given = {
      "text/plain": 5,
      "text/html": ["<b>", "</b>"],
      "image/png": Uint8Array.of(1, 2, 3),
      "application/json": [1, { a: null }],
      "application/vnd.vega.v5+json": { marks: [] },
      "text/latex": undefined,
    };
    expect(mimeBundle(given, "f()")).toEqual({
      "text/plain": "5",
      "text/html": "<b></b>",
      "image/png": "AQID",
      "application/json": [1, { a: null }],
      "application/vnd.vega.v5+json": { marks: [] },
    });
  });

  it.each([undefined, null, 5, "text", ["text/plain"], { data: 1 }, { "": "x" }, { plain: "x" }])(
    "is not %j",
    (given) => {
      expect(() => mimeBundle(given, "f()")).toThrow(
        /^f\(\): expected a (MIME bundle|bundle of MIME types), got /,
      );
    },
  );
});

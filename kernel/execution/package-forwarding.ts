/** gradlens, TensorFlow.js and Node's types for a notebook whose folder has no `node_modules`. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { packageRoot } from "../package-root";

/**
 * gradlens, TensorFlow.js and Node's types in a folder that has no node_modules: they seem to be installed beside the
 * notebook, and are read from where gradlens is installed. What the notebook's folder or one above it has, wins.
 */
const FORWARDED =
  /^(gradlens|@tensorflow\/[\w-]+|@types\/(node|long|seedrandom|offscreencanvas)|undici-types|@webgpu\/types)$/;
const FORWARDED_REQUEST = /^(gradlens|@tensorflow\/[\w-]+)(\/|$)/;
const SCOPES = ["", "/@types", "/@tensorflow", "/@webgpu"];

function splitPackage(rest: string): [name: string, inside: string] {
  const match = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(rest);
  return match ? [match[1]!, match[2]!] : ["", ""];
}

/** The folder of an installed package, searched as Node does from a folder upwards. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", name);
    if (existsSync(path.join(candidate, "package.json"))) return candidate;
    if (path.dirname(folder) === folder) return undefined;
  }
}

function locate(name: string): string | undefined {
  if (name === "gradlens") return packageRoot;
  const fromTslab = path.dirname(require.resolve("tslab/package.json"));
  const own = findPackage(name, packageRoot) ?? findPackage(name, fromTslab);
  // Types of Node need the undici-types that belong to them.
  if (name === "undici-types") {
    const node = locate("@types/node");
    return (node && findPackage(name, realpathSync(node))) ?? own;
  }
  return own;
}

/** Maps `<notebook folder>/node_modules/<package>/…` to the package's real place, for the compiler. */
export class TypeForwarding {
  readonly #modules: string;
  readonly #places: Map<string, string | undefined> = new Map();

  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;

    this.#modules = `${cwd.replace(/\/$/, "")}/node_modules`;
  }

  /** Forgets what was found, so that packages installed since are seen. */
  reset(): void {
    this.#places.clear();
  }

  map(file: string): string {
    if (!file.startsWith(`${this.#modules}/`)) return file;
    const [name, inside] = splitPackage(file.slice(this.#modules.length + 1));
    if (!FORWARDED.test(name)) return file;
    // Its own dependencies are those beside the notebook: a second copy of TensorFlow.js would be another type.
    if (inside.startsWith("/node_modules")) return file;
    if (!this.#places.has(name))
      this.#places.set(name, findPackage(name, this.#cwd) ? undefined : locate(name));
    const place = this.#places.get(name);
    return place === undefined ? file : place + inside;
  }

  /** Packages, or scopes of packages, that seem to be in a folder. */
  names(folder: string): string[] {
    if (folder === this.#modules) return ["gradlens", "@tensorflow"];
    if (folder !== `${this.#modules}/@tensorflow`) return [];
    const place = locate("@tensorflow/tfjs");
    return place === undefined ? [] : readdirSync(path.dirname(place));
  }

  /** node_modules folders that must seem to exist. */
  isVirtualFolder(folder: string): boolean {
    return SCOPES.some((scope) => folder === this.#modules + scope);
  }
}

type ResolveFilename = (
  request: string,
  parent: { filename?: string | null } | undefined,
  ...rest: unknown[]
) => string;

/** The same at run time: `require` of these packages finds them. */
export function forwardRequests(cwd: string): void {
  const loader = Module as unknown as { _resolveFilename: ResolveFilename };
  const resolve = loader._resolveFilename;
  const manifest = path.join(packageRoot, "package.json");
  const own = createRequire(manifest);
  const notebook = createRequire(path.join(cwd, "notebook.js"));
  const ownCode = path.join(packageRoot, "dist") + path.sep;
  loader._resolveFilename = function (this: unknown, request, parent, ...rest) {
    const asIs = () => resolve.call(this, request, parent, ...rest);
    if (!FORWARDED_REQUEST.test(request) || parent?.filename === manifest) return asIs();
    // gradlens computes with the TensorFlow.js that the notebook has.
    const fromGradlens = request.startsWith("@tensorflow/") && parent?.filename?.startsWith(ownCode);
    if (fromGradlens) return notebook.resolve(request);
    try {
      return asIs();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      try {
        return own.resolve(request);
      } catch {
        throw error;
      }
    }
  };
}

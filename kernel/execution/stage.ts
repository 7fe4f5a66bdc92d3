/** The stage on which code of cells runs at once, so that SIGINT stops it. */
import vm from "node:vm";
import { asyncStackDepth, unwindAsyncStack } from "../isolation/async-stack";
import { useBuiltIns } from "../isolation/built-ins";
import { isSignal } from "../isolation/interrupt-error";
import { Phase } from "../protocol/flags";
import type { InterruptState } from "./interrupt";

/**
 * Where code of cells runs at once, so that SIGINT stops it wherever it is, by vm's breakOnSigint: a cell's synchronous
 * part, and every getter, iterator, proxy and method of a value that the kernel looks at.
 */
export class Stage {
  /** A global object of its own, for what is written to the cells' may be frozen. */
  readonly #globals: { run?: () => unknown } = vm.createContext({});
  readonly #script: vm.Script = new vm.Script("run()", { filename: "gradlens:run" });

  readonly #interrupts: InterruptState;

  constructor(interrupts: InterruptState) {
    this.#interrupts = interrupts;
  }

  /** Runs code of a cell. */
  run<T>(code: () => T): T {
    return this.#enter(code, "cells");
  }

  /** Runs code of the kernel that calls what belongs to cells. */
  look<T>(code: () => T): T {
    return this.#enter(code, "kernel");
  }

  /** Runs code of the kernel's own, which nothing may stop. */
  asKernel<T>(code: () => T): T {
    return this.#interrupts.asKernel(code);
  }

  #enter<T>(code: () => T, builtIns: "cells" | "kernel"): T {
    const { phase } = this.#interrupts;
    const depth = asyncStackDepth();
    this.#globals.run = code;
    this.#interrupts.enter(Phase.SYNC);
    useBuiltIns(builtIns);
    try {
      return this.#script.runInContext(this.#globals, { breakOnSigint: true, displayErrors: false });
    } catch (error) {
      useBuiltIns("kernel");
      if (isSignal(error)) this.#interrupts.signalled();
      throw error;
    } finally {
      unwindAsyncStack(depth);
      this.#interrupts.enter(phase);
    }
  }
}

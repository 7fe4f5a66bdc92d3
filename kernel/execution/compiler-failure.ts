/** The compiler broke down over a cell; for the next one it is made anew. */
export class CompilerFailure extends Error {
  override readonly name: string = "CompilerFailure";

  constructor(cause: unknown) {
    const { message } = cause as { message?: unknown };
    const reason = typeof message === "string" ? message : String(cause);
    super(
      /call stack/i.test(reason)
        ? "the cell goes deeper than the compiler can follow (a thousand calls in one chain, or brackets in brackets); " +
            "divide it into several statements"
        : `the compiler stopped at this cell: ${reason}`,
      { cause: /call stack/i.test(reason) ? undefined : cause },
    );
  }
}

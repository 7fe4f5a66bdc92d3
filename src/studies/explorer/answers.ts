/** Answers that a page asks of the kernel: the questions of a Model, for nets that do not travel. */
import type { Batch, ForwardRequest, GradientRequest, Model, PathRequest } from "../../model/model";
import { packed, unpacked } from "./typed-json";

/** A page's question of a model, as it is sent; `number` tells its answer apart. */
interface Question {
  readonly number: number;
  readonly ask: "forward" | "gradient" | "path";
  readonly batch: Batch;
  // As the page's own Model was given it, but for signals and listeners.
  readonly request: ForwardRequest & GradientRequest & PathRequest;
}

function isQuestion(content: unknown): content is Question {
  return (
    typeof content === "object" &&
    content !== null &&
    "number" in content &&
    typeof content.number === "number" &&
    "ask" in content &&
    (content.ask === "forward" || content.ask === "gradient" || content.ask === "path") &&
    "batch" in content &&
    Array.isArray(content.batch) &&
    "request" in content &&
    typeof content.request === "object"
  );
}

/** The answer to what a page sent, ready to be sent back; undefined where it was no question. */
export async function answerTo(model: Model, sent: unknown): Promise<object | undefined> {
  const question = unpacked(sent);
  if (!isQuestion(question)) return undefined;
  const { number, ask, batch, request } = question;
  try {
    return { number, answer: packed(await model[ask](batch, request)) };
  } catch (error) {
    return { number, error: error instanceof Error ? error.message : String(error) };
  }
}

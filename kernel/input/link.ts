/** Exchange of questions between the main thread, where cells ask, and the protocol thread, which talks to front-ends. */

export interface InputQuestion {
  op: "input";
  /** Number of the question. */
  id: number;
  /** Number of the execute request that asks. */
  request: number;
  prompt: string;
  password: boolean;
}

export type InputAnswer =
  | { id: number; kind: "value"; value: string }
  | { id: number; kind: "interrupted" }
  /** The client that runs the cell is not connected to the stdin channel. */
  | { id: number; kind: "unreachable" };

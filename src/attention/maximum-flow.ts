/** Maximum flow through a layered net of tokens, from one token of the last layer to one of the first. */

/** A flow that is less than this of a weight is rounding. */
const SMALLEST = 1e-12;

/**
 * The largest flow from token `from` above the last layer to token `to` below the first, where layer l carries at most
 * `capacities[l][i · size + j]` from its token i down to j. Found by shortest ways on which something is left, as many at a time as
 * do not cross.
 *
 * Dinitz: Algorithm for solution of a problem of maximum flow (1970).
 */
export function maximumFlow(
  capacities: readonly Float64Array[],
  size: number,
  from: number,
  to: number,
): number {
  const depth = capacities.length;
  const left = capacities.map((layer) => layer.slice());
  const back = capacities.map((layer) => new Float64Array(layer.length));
  // Node k of level d stands above layer depth − 1 − d.
  const layerOf = (level: number): number => depth - 1 - level;
  const count = (depth + 1) * size;
  const [source, sink] = [from, depth * size + to];
  const distances = new Int32Array(count);
  const room = (node: number, next: number): number => {
    const [level, other] = [Math.floor(node / size), Math.floor(next / size)];
    const [i, j] = [node % size, next % size];
    return other > level ? left[layerOf(level)][i * size + j] : back[layerOf(other)][j * size + i];
  };
  const move = (node: number, next: number, amount: number): void => {
    const [level, other] = [Math.floor(node / size), Math.floor(next / size)];
    const [i, j] = [node % size, next % size];
    const sign = other > level ? 1 : -1;
    const [layer, entry] = other > level ? [layerOf(level), i * size + j] : [layerOf(other), j * size + i];
    left[layer][entry] -= sign * amount;
    back[layer][entry] += sign * amount;
  };
  const neighbours = (node: number): number[] => {
    const level = Math.floor(node / size);
    return [level + 1, level - 1]
      .filter((other) => other >= 0 && other <= depth)
      .flatMap((other) => Array.from({ length: size }, (_, k) => other * size + k));
  };
  const reaches = (): boolean => {
    distances.fill(-1);
    distances[source] = 0;
    const queue = [source];
    for (const node of queue)
      for (const next of neighbours(node))
        if (distances[next] < 0 && room(node, next) > SMALLEST) {
          distances[next] = distances[node] + 1;
          queue.push(next);
        }
    return distances[sink] >= 0;
  };
  const push = (node: number, amount: number): number => {
    if (node === sink) return amount;
    let rest = amount;
    for (const next of neighbours(node)) {
      if (rest <= SMALLEST) break;
      if (distances[next] !== distances[node] + 1) continue;
      const most = Math.min(rest, room(node, next));
      if (most <= SMALLEST) continue;
      const moved = push(next, most);
      move(node, next, moved);
      rest -= moved;
    }
    return amount - rest;
  };
  // No more can leave the source than its pipes hold.
  const most = neighbours(source).reduce((sum, next) => sum + room(source, next), 0);
  let flow = 0;
  while (reaches()) {
    const moved = push(source, most);
    if (moved <= SMALLEST) break;
    flow += moved;
  }
  return flow;
}

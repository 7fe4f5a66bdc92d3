/** Work in parts, of which several are under way at once. */

/**
 * Does parts 0 … count − 1, so many at once, and takes their results in order: sums do not depend on which is through
 * first. The first error ends it; parts that are under way then go on unheard.
 */
export async function inTurn<T>(
  count: number,
  atOnce: number,
  work: (part: number) => Promise<T>,
  take: (result: T, part: number) => void,
): Promise<void> {
  const early = new Map<number, T>();
  let next = 0;
  let taken = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < count && !failed) {
      const part = next++;
      try {
        early.set(part, await work(part));
      } catch (error) {
        failed = true;
        throw error;
      }
      for (; !failed && early.has(taken); taken++) {
        take(early.get(taken) as T, taken);
        early.delete(taken);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}

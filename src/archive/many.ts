/** Work on many things, a bounded number at a time. */

/** Files that are open at a time: more only wait for the same disk, and a process may not have thousands. */
const AT_ONCE = 64;

/** Maps in order, with at most 64 calls under way; the first failure is thrown. */
export async function mapMany<T, R>(
  items: readonly T[],
  work: (item: T, position: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}

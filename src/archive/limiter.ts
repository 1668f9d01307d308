/** Lets work through while a budget lasts. */

/** Shares out a budget among tasks. */
export interface Limiter {
  /** Runs `work` once `cost` is to be had; a cost above the whole budget waits for all of it. */
  run<T>(cost: number, work: () => Promise<T>): Promise<T>;
}

/** A budget of `total` units for at most `places` tasks at once; tasks are let in in the order they came. */
export function limiter(total: number, places: number): Limiter {
  let left = total;
  let free = places;
  const queue: { cost: number; enter: () => void }[] = [];
  const admit = (): void => {
    for (let next = queue[0]; next !== undefined && free > 0 && next.cost <= left; next = queue[0]) {
      queue.shift();
      left -= next.cost;
      free--;
      next.enter();
    }
  };
  return {
    async run(cost, work) {
      const share = Math.min(cost, total);
      await new Promise<void>((enter) => {
        queue.push({ cost: share, enter });
        admit();
      });
      try {
        return await work();
      } finally {
        left += share;
        free++;
        admit();
      }
    },
  };
}

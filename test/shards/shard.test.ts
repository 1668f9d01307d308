/** Which share is ours, and how even the shares are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseShard, shardOption } from "../../src/shards/shard.js";
import { shareInOrder, shareOut } from "../../src/shards/share.js";

const slurm = (id: number, first: number, last: number, count: number): Record<string, string> => ({
  SLURM_ARRAY_TASK_ID: String(id),
  SLURM_ARRAY_TASK_MIN: String(first),
  SLURM_ARRAY_TASK_MAX: String(last),
  SLURM_ARRAY_TASK_COUNT: String(count),
});

describe("a shard", () => {
  it.each([
    ["0/1", {}, { index: 0, count: 1 }],
    ["7/8", {}, { index: 7, count: 8 }],
    ["slurm", slurm(5, 0, 7, 8), { index: 5, count: 8 }],
    ["auto", slurm(5, 0, 7, 8), { index: 5, count: 8 }],
    ["slurm", slurm(8, 1, 8, 8), { index: 7, count: 8 }],
    ["slurm", slurm(14, 10, 18, 5), { index: 2, count: 5 }],
    ["slurm", slurm(3, 3, 3, 1), { index: 0, count: 1 }],
    ["slurm/8", slurm(5, 3, 5, 2), { index: 5, count: 8 }],
    ["kubernetes/16", { JOB_COMPLETION_INDEX: "15" }, { index: 15, count: 16 }],
    ["auto/16", { JOB_COMPLETION_INDEX: "0" }, { index: 0, count: 16 }],
  ])("%s in %j", (text, environment, shard) => {
    expect(parseShard(text, environment)).toEqual(shard);
  });

  it.each([
    ["8/8", {}, /expected i\/N with 0 <= i < N.*got "8\/8"/],
    ["-1/8", {}, /expected i\/N/],
    ["1.5/8", {}, /expected i\/N/],
    ["1/0", {}, /expected i\/N/],
    ["1/2/3", {}, /expected i\/N/],
    ["", {}, /expected i\/N/],
    ["pbs", {}, /expected i\/N/],
    ["auto", {}, /JOB_COMPLETION_INDEX/],
    ["slurm", {}, /not without SLURM_ARRAY_TASK_ID in the environment, got "slurm"/],
    [
      "slurm",
      slurm(3, 1, 7, 3),
      /a job array of equal steps \(else give slurm\/N\), got "3 tasks from 1 to 7/,
    ],
    ["slurm/4", slurm(5, 3, 5, 2), /got "slurm\/4"/],
    ["kubernetes", { JOB_COMPLETION_INDEX: "1" }, /kubernetes\/N: a pod is not told how many/],
    ["kubernetes/4", { JOB_COMPLETION_INDEX: "x" }, /JOB_COMPLETION_INDEX=x/],
  ])("is refused as %j in %j", (text, environment, message) => {
    expect(() => parseShard(text, environment)).toThrow(message);
  });

  it("is not there where the work is not cut", () => {
    expect(shardOption(undefined)).toBeUndefined();
  });
});

const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 200 });
const counts = fc.integer({ min: 1, max: 20 });
const loads = (shares: readonly number[], list: readonly number[], count: number): number[] => {
  const sums = new Array<number>(count).fill(0);
  shares.forEach((shard, i) => {
    sums[shard] = (sums[shard] as number) + (list[i] as number);
  });
  return sums;
};

describe("shares", () => {
  it("are even to within the heaviest thing, and every thing is somebody's", () => {
    fc.assert(
      fc.property(weights, counts, (list, count) => {
        const sums = loads(shareOut(list, count), list, count);
        const mean = list.reduce((a, b) => a + b, 0) / count;
        expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(mean * count);
        expect(Math.max(...sums)).toBeLessThanOrEqual(mean + Math.max(...list));
        expect(shareOut(list, count)).toEqual(shareOut(list, count));
      }),
    );
  });

  it("of neighbours are runs, even to within the heaviest thing on either side", () => {
    fc.assert(
      fc.property(weights, counts, (list, count) => {
        const shares = shareInOrder(list, count);
        expect([...shares].sort((a, b) => a - b)).toEqual(shares);
        const sums = loads(shares, list, count);
        const mean = list.reduce((a, b) => a + b, 0) / count;
        expect(Math.max(...sums)).toBeLessThanOrEqual(mean + Math.max(...list) + 1e-6);
        expect(Math.max(...shares)).toBeLessThan(count);
      }),
    );
  });

  it("of things without weight go by their number", () => {
    expect(shareOut([0, 0, 0, 0, 0], 2)).toEqual([0, 1, 0, 1, 0]);
    expect(shareInOrder([0, 0, 0, 0], 2)).toEqual([0, 0, 1, 1]);
  });
});

import { describe, expect, it } from "vitest";
import { isOpusZarrError } from "../../src/errors.js";
import { bestBatchSize } from "../../src/model/best.js";
import { fitPerformanceModel } from "../../src/model/fit.js";
import type { Measurement } from "../../src/model/measurement.js";
import { predictSeconds } from "../../src/model/predict.js";
import { prototypeModel, prototypeSeconds } from "../../src/model/prototype.js";
import { noise } from "./noise.js";

const TRUTH = { access: 0.004, perByte: 1 / (500 * 1024 ** 2), page: 12e-6, overhead: 0.05 };

const secondsOf = (accesses: number, bytes: number, pages: number): number =>
  accesses * TRUTH.access + bytes * TRUTH.perByte + pages * TRUTH.page + TRUTH.overhead;

const SIZES = [4, 8, 16, 32];

/** A sweep over one recording: only the accesses differ. */
const oneRecording = (extra = 0, random?: () => number): Measurement[] =>
  SIZES.map((sizeMb) => {
    const [bytes, pages] = [77_000_000, 3655];
    const accesses = Math.ceil(bytes / (sizeMb * 1024 ** 2));
    const seconds = secondsOf(accesses, bytes, pages) + extra * (random?.() ?? 0);
    return { sizeMb, accesses, bytes, pages, seconds };
  });

/** Recordings of several lengths and bitrates, so that bytes and pages part ways. */
const manyRecordings = (deviation: number, random: () => number, repeats = 1): Measurement[] =>
  [
    [77_000_000, 3655],
    [20_000_000, 3655],
    [300_000_000, 3655],
    [77_000_000, 40_000],
    [5_000_000, 900],
  ].flatMap(([bytes = 0, pages = 0]) =>
    SIZES.flatMap((sizeMb) =>
      Array.from({ length: repeats }, () => {
        const accesses = Math.ceil(bytes / (sizeMb * 1024 ** 2));
        return {
          sizeMb,
          accesses,
          bytes,
          pages,
          seconds: secondsOf(accesses, bytes, pages) + deviation * random(),
        };
      }),
    ),
  );

const parameter = (model: ReturnType<typeof fitPerformanceModel>, term: string) =>
  model.parameters.find((one) => one.term === term);

describe("fitPerformanceModel", () => {
  it("finds the truth in measurements without noise", () => {
    const model = fitPerformanceModel(manyRecordings(0, () => 0));
    expect(parameter(model, "access")?.estimate).toBeCloseTo(TRUTH.access, 9);
    expect(parameter(model, "page")?.estimate).toBeCloseTo(TRUTH.page, 12);
    expect(parameter(model, "overhead")?.estimate).toBeCloseTo(TRUTH.overhead, 9);
    expect(model.bandwidth?.mbPerSecond).toBeCloseTo(500, 4);
    expect(model.rSquared).toBeCloseTo(1, 9);
    expect(model.combinations).toEqual([]);
  });

  it("has intervals that hold the truth as often as they say", () => {
    const random = noise(7);
    let held = 0;
    let predicted = 0;
    const trials = 400;
    for (let i = 0; i < trials; i++) {
      const model = fitPerformanceModel(manyRecordings(0.01, random));
      const { low, high } = parameter(model, "access") ?? {};
      if ((low ?? 1) <= TRUTH.access && TRUTH.access <= (high ?? 0)) held++;
      const point = { accesses: 7, bytes: 50_000_000, pages: 9000 };
      const [guess] = predictSeconds(model, [point]);
      const fresh = secondsOf(7, 50_000_000, 9000) + 0.01 * random();
      if ((guess?.low ?? 1) <= fresh && fresh <= (guess?.high ?? 0)) predicted++;
    }
    // 95% of 400 is 380, with a standard deviation of 4.4.
    expect(held).toBeGreaterThan(362);
    expect(held).toBeLessThan(398);
    expect(predicted).toBeGreaterThan(362);
    expect(predicted).toBeLessThan(398);
  });

  it("says what a sweep over one recording cannot tell apart, and predicts only what follows", () => {
    const model = fitPerformanceModel(oneRecording(), { holdOut: [16] });
    expect(parameter(model, "access")).toMatchObject({ status: "identified" });
    expect(parameter(model, "access")?.estimate).toBeCloseTo(TRUTH.access, 9);
    for (const term of ["byte", "page", "overhead"]) {
      expect(parameter(model, term)).toMatchObject({
        status: "combined",
        estimate: null,
        standardError: null,
      });
    }
    expect(model.bandwidth).toBeNull();
    const [sum] = model.combinations;
    expect(model.combinations).toHaveLength(1);
    expect(sum?.factors).toEqual({
      overhead: 1,
      byte: expect.closeTo(77_000_000, 0),
      page: expect.closeTo(3655, 6),
    });
    expect(sum?.estimate).toBeCloseTo(secondsOf(0, 77_000_000, 3655), 9);
    expect(model.summary).toContain("cannot be told apart");
    expect(model.heldOut[0]?.errorSeconds).toBeCloseTo(0, 9);
    const [same, other] = predictSeconds(model, [
      { accesses: 100, bytes: 77_000_000, pages: 3655 },
      { accesses: 100, bytes: 10_000_000, pages: 3655 },
    ]);
    expect(same).toMatchObject({
      predictable: true,
      seconds: expect.closeTo(secondsOf(100, 77_000_000, 3655), 9),
    });
    expect(other).toMatchObject({ predictable: false, seconds: null, low: null, high: null });
  });

  it("finds bytes that are a multiple of the accesses, as where each access reads as much", () => {
    const rows = [1, 2, 3, 4, 5].map((accesses) => ({
      accesses,
      bytes: accesses * 2 ** 20,
      pages: 100 * accesses ** 2,
      seconds: 0.1 + accesses * 0.01 + accesses ** 2 * 0.001,
    }));
    const model = fitPerformanceModel(rows);
    expect(parameter(model, "overhead")).toMatchObject({ status: "identified" });
    expect(parameter(model, "page")?.estimate).toBeCloseTo(1e-5, 12);
    expect(parameter(model, "access")).toMatchObject({ status: "combined", estimate: null });
    expect(model.combinations[0]?.factors).toEqual({ access: 1, byte: expect.closeTo(2 ** 20, 3) });
  });

  it("survives the least there can be: one measurement, or all alike", () => {
    const [first] = oneRecording() as [Measurement];
    const single = fitPerformanceModel([first]);
    expect(single.degreesOfFreedom).toBe(0);
    expect(single.rSquared).toBeNaN();
    expect(single.combinations[0]).toMatchObject({ standardError: null, low: null, high: null });
    expect(predictSeconds(single, [first])[0]?.seconds).toBeCloseTo(first.seconds, 12);
    const alike = fitPerformanceModel([first, first, first]);
    expect(alike.fit.solution.kept).toHaveLength(1);
    expect(alike.combinations[0]?.standardError).toBeCloseTo(0, 12);
    const empty = fitPerformanceModel([{ accesses: 0, bytes: 0, pages: 0, seconds: 1 }]);
    expect(parameter(empty, "access")).toMatchObject({ status: "absent" });
    expect(parameter(empty, "overhead")?.estimate).toBe(1);
  });

  it("believes measurements of small spread more than those of large", () => {
    const rows = oneRecording().map((row) => ({ ...row, spreadSeconds: 0.001 }));
    const wild = { ...(rows[0] as Measurement), seconds: 5, spreadSeconds: 3 };
    const weighted = fitPerformanceModel([...rows, wild]);
    const plain = fitPerformanceModel([...rows, wild], { weighted: false });
    expect(weighted.weighted).toBe(true);
    expect(plain.weighted).toBe(false);
    expect(Math.abs((parameter(weighted, "access")?.estimate ?? 0) - TRUTH.access)).toBeLessThan(1e-4);
    expect(Math.abs((parameter(plain, "access")?.estimate ?? 0) - TRUTH.access)).toBeGreaterThan(0.05);
    const partly = fitPerformanceModel([...rows, { ...wild, spreadSeconds: undefined }]);
    expect(partly.weighted).toBe(false);
    expect(partly.warnings[0]).toContain("Not weighted");
  });

  it("reports costs below zero as not seen, and gives them no bandwidth", () => {
    const rows = manyRecordings(0, () => 0).map((row) => ({ ...row, seconds: 1 - row.bytes * 1e-9 }));
    const model = fitPerformanceModel(rows);
    expect(model.bandwidth).toMatchObject({ mbPerSecond: null });
    expect(model.warnings.join(" ")).toMatch(/time per byte came out below zero/);
  });

  it("knows that it does not hold where larger batches cost more than the accesses they save", () => {
    const random = noise(23);
    const rows = (curve: number) =>
      [1, 2, 4, 8, 16, 32, 64].map((sizeMb) => {
        const accesses = Math.ceil(73.4 / sizeMb);
        const seconds = 0.3 + 0.004 * accesses + curve * sizeMb + 0.002 * random();
        return { sizeMb, accesses, bytes: 77e6, pages: 3655, seconds, spreadSeconds: 0.005, runs: 7 };
      });
    const straight = fitPerformanceModel(rows(0));
    expect(straight.lackOfFit).toBeLessThan(2);
    expect(straight.warnings.join(" ")).not.toContain("misses");
    const curved = fitPerformanceModel(rows(0.002));
    expect(curved.lackOfFit).toBeGreaterThan(2);
    expect(curved.warnings.join(" ")).toContain("misses the measurements");
    expect(bestBatchSize(curved)).toMatchObject({
      winner: null,
      reason: expect.stringContaining("ask the sweep"),
    });
    expect(fitPerformanceModel(oneRecording()).lackOfFit).toBeNull();
  });

  it("refuses what is no measurement, naming row and field", () => {
    const [row] = oneRecording() as [Measurement];
    const refused = (rows: readonly Measurement[], field: string, options = {}) => {
      let caught: unknown;
      try {
        fitPerformanceModel(rows, options);
      } catch (error) {
        caught = error;
      }
      expect(isOpusZarrError(caught, "argument") && caught.place.field).toBe(field);
    };
    refused([], "measurements");
    refused([row, { ...row, seconds: Number.NaN }], "measurements[1].seconds");
    refused([{ ...row, accesses: undefined }], "measurements[0].accesses");
    refused([{ ...row, bytes: -1 }], "measurements[0].bytes");
    refused([{ ...row, spreadSeconds: -1 }], "measurements[0].spreadSeconds");
    refused([row], "terms", { terms: ["disk"] });
    refused([row], "confidence", { confidence: 1 });
    refused([row], "holdOut", { holdOut: [4] });
  });

  it("counts batches where no accesses are given", () => {
    const rows = oneRecording().map(({ accesses, ...row }) => ({ ...row, batches: accesses }));
    expect(parameter(fitPerformanceModel(rows), "access")?.estimate).toBeCloseTo(TRUTH.access, 9);
  });
});

describe("bestBatchSize of a model", () => {
  it("names the largest size where accesses cost enough", () => {
    const model = fitPerformanceModel(
      manyRecordings(0.0005, noise(3), 5).filter((row) => row.bytes === 77_000_000 && row.pages === 3655),
    );
    expect(bestBatchSize(model)).toMatchObject({ winner: 32, tied: [32] });
  });

  it("names none where accesses cost nothing to speak of", () => {
    const random = noise(5);
    const rows = Array.from({ length: 5 }, () => oneRecording(0.02, random)).flat();
    const flat = rows.map((row) => ({ ...row, seconds: row.seconds - (row.accesses ?? 0) * TRUTH.access }));
    const { winner, tied, reason } = bestBatchSize(fitPerformanceModel(flat));
    expect(winner).toBeNull();
    expect(tied.length).toBeGreaterThan(1);
    expect(reason).toContain("no size wins");
  });

  it("names none without a degree of freedom", () => {
    const model = fitPerformanceModel(oneRecording().slice(0, 2));
    expect(bestBatchSize(model)).toMatchObject({ winner: null });
  });
});

describe("prototypeModel", () => {
  it.each([
    [null, 3655, 3655 * 0.0021],
    [8, 9, 9 * 0.015 + 0.3655],
    [16, 5, 5 * 0.025 + 0.3655],
    [32, 3, 3 * 0.04 + 0.3655],
  ])("gives the prototype's time for %s MB", (sizeMb, accesses, seconds) => {
    const workload = { sizeMb, accesses, bytes: 73_500_000, pages: 3655 };
    expect(prototypeSeconds(workload)).toEqual({ seconds: expect.closeTo(seconds, 12), stated: true });
  });

  it("draws a line through the sizes that it did not name", () => {
    const at = (sizeMb: number) => prototypeSeconds({ sizeMb, accesses: 1, bytes: 0, pages: 0 });
    expect(at(4)).toEqual({ seconds: expect.closeTo(0.0085, 12), stated: false });
    expect(at(24).seconds).toBeCloseTo(0.0325, 12);
    expect(at(64).seconds).toBeCloseTo(0.07, 12);
    expect(() => at(0)).toThrow(/sizeMb/);
  });

  it("keeps the published table", () => {
    expect(prototypeModel.published.map((row) => row.pagesPerSecond)).toEqual([228.5, 350, 458, 450, 440]);
  });
});

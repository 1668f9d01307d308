import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastSquares } from "../../src/model/least-squares.js";
import { studentCdf, studentQuantile } from "../../src/model/student.js";

describe("Student's t", () => {
  // Of the tables in any textbook, here with the digits that R's qt() prints.
  it.each([
    [0.975, 1, 12.7062047361747],
    [0.975, 2, 4.30265272974946],
    [0.975, 5, 2.57058183563632],
    [0.995, 10, 3.16927267261695],
    [0.9, 30, 1.31041502539178],
    [0.975, 1000, 1.96233908082641],
  ])("has its quantile at %d with %d degrees of freedom", (probability, degrees, expected) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(expected, 9);
    expect(studentQuantile(1 - probability, degrees)).toBeCloseTo(-expected, 9);
  });

  it("has a quantile that undoes the distribution", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (p, n) => {
          expect(studentCdf(studentQuantile(p, n), n)).toBeCloseTo(p, 10);
        },
      ),
    );
  });
});

/** NIST Statistical Reference Datasets, Longley: y and six predictors, of notorious collinearity. */
const LONGLEY = `60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962`
  .split("\n")
  .map((line) => line.split(" ").map(Number));

describe("leastSquares", () => {
  it("agrees with the certified values of NIST's Longley data", () => {
    const y = LONGLEY.map((row) => row[0] as number);
    const columns = [0, 1, 2, 3, 4, 5, 6].map((k) =>
      LONGLEY.map((row) => (k === 0 ? 1 : (row[k] as number))),
    );
    const fit = leastSquares(
      columns,
      y,
      y.map(() => 1),
    );
    const certified = [
      [-3482258.63459582, 890420.383607373],
      [15.0618722713733, 84.9149257747669],
      [-0.035819179292591, 0.0334910077722432],
      [-2.02022980381683, 0.488399681651699],
      [-1.03322686717359, 0.214274163161675],
      [-0.0511041056535807, 0.22607320006937],
      [1829.15146461355, 455.478499142212],
    ] as const;
    const variance = fit.residualSum / fit.degreesOfFreedom;
    expect(Math.sqrt(variance) / 304.854073561965).toBeCloseTo(1, 7);
    for (const [k, [estimate, error]] of certified.entries()) {
      expect((fit.coefficients[k] as number) / estimate).toBeCloseTo(1, 7);
      const unit = (fit.inverse[k] as readonly number[])[k] as number;
      expect(Math.sqrt(variance * unit) / error).toBeCloseTo(1, 7);
    }
    expect(fit.aliases).toEqual([]);
  });

  it("leaves out columns that earlier ones make up, and says how", () => {
    const x = [1, 2, 3, 4, 5];
    const one = x.map(() => 1);
    const fit = leastSquares(
      [x, one, x.map((v) => 3 * v - 2), one.map(() => 0), x.map((v) => v * v)],
      [2, 3, 5, 8, 12],
      one,
    );
    expect(fit.kept).toEqual([0, 1, 4]);
    expect(fit.aliases.map((alias) => alias.column)).toEqual([2, 3]);
    expect(fit.aliases[0]?.ofKept[0]).toBeCloseTo(3, 12);
    expect(fit.aliases[0]?.ofKept[1]).toBeCloseTo(-2, 12);
    expect(fit.aliases[1]?.ofKept).toEqual([0, 0]);
  });

  it("weighs a row like as many rows", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            x: fc.integer({ min: -100, max: 100 }),
            y: fc.integer({ min: -100, max: 100 }),
            times: fc.integer({ min: 1, max: 4 }),
          }),
          { minLength: 3, maxLength: 12 },
        ),
        (rows) => {
          fc.pre(new Set(rows.map((row) => row.x)).size > 1);
          const repeated = rows.flatMap((row) => Array.from({ length: row.times }, () => row));
          const fitOf = (list: typeof rows, weights: number[]) =>
            leastSquares(
              [list.map((row) => row.x), list.map(() => 1)],
              list.map((row) => row.y),
              weights,
            );
          const weighted = fitOf(
            rows,
            rows.map((row) => row.times),
          );
          const plain = fitOf(
            repeated,
            repeated.map(() => 1),
          );
          for (const k of [0, 1])
            expect(weighted.coefficients[k]).toBeCloseTo(plain.coefficients[k] as number, 8);
          expect(weighted.residualSum).toBeCloseTo(plain.residualSum, 6);
        },
      ),
    );
  });
});

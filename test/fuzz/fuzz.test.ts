/** `npm run fuzz -- [cases] [seed]` goes by OPUS_ZARR_FUZZ_CASES and OPUS_ZARR_FUZZ_SEED. */
import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { fuzz } from "./run.js";

const cases = Number(process.env["OPUS_ZARR_FUZZ_CASES"] ?? 1000);
const seed = Number(process.env["OPUS_ZARR_FUZZ_SEED"] ?? randomInt(2 ** 31));

it(`${cases} spoilt files are imported with their damage on record, or refused with a reason`, async () => {
  console.log(`fuzz: ${cases} cases, seed ${seed}`);
  const { failures, ...report } = await fuzz(cases, seed);
  console.log(`fuzz: ${JSON.stringify(report)}`);
  expect(failures).toEqual([]);
}, 7_200_000);

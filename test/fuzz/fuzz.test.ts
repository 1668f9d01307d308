/** `npm run fuzz -- [cases] [seed]` goes by OPUS_ZARR_FUZZ_CASES and OPUS_ZARR_FUZZ_SEED. */
import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { hasOpusfile } from "./opusfile.js";
import { fuzz } from "./run.js";

const cases = Number(process.env["OPUS_ZARR_FUZZ_CASES"] ?? 1000);
const seed = Number(process.env["OPUS_ZARR_FUZZ_SEED"] ?? randomInt(2 ** 31));

it(`${cases} spoilt files are imported with their damage on record, or refused with a reason`, async () => {
  console.log(`fuzz: ${cases} cases, seed ${seed}`);
  const { failures, ...report } = await fuzz(cases, seed);
  console.log(`fuzz: ${JSON.stringify(report)}`);
  expect(failures).toEqual([]);
}, 7_200_000);

it.skipIf(!hasOpusfile)(
  "libopusfile (needs cc and libopusfile) finds the links of spoilt files as long as we do",
  async () => {
    const { failures, compared } = await fuzz(100, 1);
    expect(failures).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  },
  600_000,
);

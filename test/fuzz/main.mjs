/** `npm run fuzz -- [cases] [seed]`: 10,000 cases unless told otherwise, a fresh seed that is printed. */
import { spawnSync } from "node:child_process";

const [cases = "10000", seed] = process.argv.slice(2);
const env = {
  ...process.env,
  OPUS_ZARR_FUZZ_CASES: cases,
  ...(seed === undefined ? {} : { OPUS_ZARR_FUZZ_SEED: seed }),
};
const run = spawnSync("npx", ["vitest", "run", "test/fuzz"], { stdio: "inherit", env });
process.exitCode = run.status ?? 1;

/** The chart of a plan, from a real index. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importRecordings, openArchive, planSegments, segmentPlanView } from "../../dist/index.js";

const RECORDING = fileURLToPath(
  new URL("../../../shared/recordings/S4A03895_20190522_day.opus", import.meta.url),
);

describe("segmentPlanView", () => {
  it.skipIf(!existsSync(RECORDING))(
    "gives the plan's times: a second of pre-roll, none at the start (needs the day recording)",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "opus-zarr-plan-"));
      try {
        const archive = await openArchive(join(folder, "a.zarr"), { mode: "a" });
        await importRecordings(archive, [RECORDING]);
        const recording = await archive.recording("S4A03895_20190522_day");
        const index = await recording.index();
        const segments = [
          { startSample: 0, endSample: 48_000 },
          { startSample: 4_800_000, endSample: 4_896_000, label: "late" },
        ];
        const view = segmentPlanView(planSegments(index, segments), index, { segments });
        expect(view.segments[1]).toEqual({ startSeconds: 100, endSeconds: 102, label: "late" });
        expect(view.batches).toEqual([
          { preRollStartSeconds: 0, startSeconds: 0, endSeconds: 1 },
          { preRollStartSeconds: 99, startSeconds: 100, endSeconds: 102 },
        ]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

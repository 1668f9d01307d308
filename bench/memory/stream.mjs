/** Streams random segments of 3 s out of a recording, and prints the peak of this process's memory in MB. */
import { openArchive, streamSegments } from "../../dist/index.js";

const [, , store, id, count, reuse] = process.argv;
const recording = await (await openArchive(store)).recording(id);
let state = 1;
const segments = Array.from({ length: Number(count) }, () => {
  state = (state * 48_271) % 2_147_483_647;
  const startSample = Math.floor((state / 2_147_483_647) * (recording.totalSamples - 144_000));
  return { startSample, endSample: startSample + 144_000 };
});
for await (const part of streamSegments(recording, segments, { workers: 2, reuseMemory: reuse === "reuse" }))
  void part;
process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
process.exit(0);

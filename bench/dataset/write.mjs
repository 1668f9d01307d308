/**
 * Writes a dataset of windows of 3 s over an hour, or extracts the same windows and lets them go; prints seconds and
 * peak memory: `node write.mjs STORE RECORDING WINDOWS [OUT [KILL]]`. Without OUT it extracts alone; KILL is the number
 * of parts after which the process is killed.
 */
import { createDataset, openArchive, parseAnnotations, streamSegments } from "../../dist/index.js";

const WINDOW_SECONDS = 3;
const [, , store, id, windows, out, kill] = process.argv;
const archive = await openArchive(store);
const { durationSeconds } = await archive.recording(id);
// So many windows, in whole milliseconds.
const hopSeconds = Math.floor(((durationSeconds - WINDOW_SECONDS) / (Number(windows) - 1)) * 1000) / 1000;
const started = performance.now();
if (out === undefined) await extract();
else await write();
const seconds = (performance.now() - started) / 1000;
// In KiB on Linux.
process.stdout.write(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024 }));
process.exit(0);

async function extract() {
  const hopSamples = Math.round(hopSeconds * 48_000);
  const segments = Array.from({ length: Number(windows) }, (_, i) => ({
    recording: id,
    startSample: i * hopSamples,
    endSample: i * hopSamples + WINDOW_SECONDS * 48_000,
  }));
  // As a dataset asks for it: the same memory, used again.
  for await (const part of streamSegments(archive, segments, { maxMemoryMb: 128, reuseMemory: true }))
    void part;
}

async function write() {
  let parts = 0;
  await createDataset(archive, {
    annotations: [parseAnnotations(`file,start_s,end_s,label\n${id},0,${durationSeconds},x\n`)],
    windowSeconds: WINDOW_SECONDS,
    hopSeconds,
    format: "npy",
    out,
    onProgress: () => {
      if (++parts === Number(kill)) process.kill(process.pid, "SIGKILL");
    },
  });
}

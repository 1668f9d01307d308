/**
 * Opens an archive in a process that has done nothing before, reads 2 s of a recording, prints the seconds:
 * `node first-segment.mjs STORE RECORDING START_SECONDS`.
 */
import { extractSegments, openArchive } from "../dist/index.js";

const [, , store, id, start] = process.argv;
const started = performance.now();
const recording = await (await openArchive(store)).recording(id);
await extractSegments(recording, [{ startSeconds: Number(start), endSeconds: Number(start) + 2 }]);
process.stdout.write(String((performance.now() - started) / 1000));
process.exit(0);

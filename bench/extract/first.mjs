/** Opens an archive in a process that has done nothing before, reads a segment of a recording, prints the seconds. */
import { extractSegments, openArchive } from "../../dist/index.js";

const [, , store, id] = process.argv;
const started = performance.now();
const recording = await (await openArchive(store)).recording(id);
await extractSegments(recording, [{ startSeconds: 1000, endSeconds: 1002 }]);
process.stdout.write(String((performance.now() - started) / 1000));
process.exit(0);

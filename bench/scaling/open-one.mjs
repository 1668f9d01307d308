/** Opens an archive in a process that has done nothing before, reads a segment of one recording, prints the seconds. */
import { extractSegments, openArchive } from "../../dist/index.js";

const started = performance.now();
const archive = await openArchive(process.argv[2]);
const recording = await archive.recording("short");
await extractSegments(recording, [{ startSeconds: 10, endSeconds: 12 }]);
process.stdout.write(String((performance.now() - started) / 1000));
process.exit(0);

// Writes a dataset and stops the hard way after so many parts: node killed.mjs ARCHIVE OUT FORMAT PARTS
import { createDataset, openArchive } from "../../dist/index.js";

const [archive, out, format, parts] = process.argv.slice(2);
let done = 0;
await createDataset(await openArchive(archive), {
  annotations: [process.env.DATASET_TABLE],
  windowSeconds: 1,
  hopSeconds: 0.25,
  shardWindows: 40,
  background: { label: "", marginSeconds: 0 },
  format,
  out,
  onProgress: () => {
    done++;
    if (done === Number(parts)) process.kill(process.pid, "SIGKILL");
  },
});

// Remakes the dataset: `npm run build && node datasets/generate.mjs` (needs opusenc, of opus-tools).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { bundledDataset } from "../dist/datasets/bundled.js";
import { makeSoundscape } from "../dist/datasets/soundscape.js";
import { pcm16, soundscapeCsv, soundscapeRaven } from "../dist/datasets/tables.js";

const files = bundledDataset();
const { samples, events } = makeSoundscape();
const pcm = pcm16(samples);
// Constant bit rate, 20 ms packets, about a second a page, a fixed serial number: the same file each time.
const args = "--quiet --raw --raw-rate 48000 --raw-chan 1 --bitrate 160 --hard-cbr --serial 20190522";
const comments = ["--title", "opus-zarr soundscape", "--comment", "LICENSE=CC0-1.0"];
const run = spawnSync("opusenc", [...args.split(" "), ...comments, "-", files.opus], { input: pcm });
if (run.error) throw run.error;
if (run.status !== 0) throw new Error(`opusenc ended with ${run.status}: ${run.stderr}`);
writeFileSync(files.labels, soundscapeCsv(events));
writeFileSync(files.raven, soundscapeRaven(events));

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
console.log(`${sha256(pcm)}  (samples, 16 bit)`);
for (const path of Object.values(files))
  console.log(`${sha256(readFileSync(path))}  ${path.split("/").at(-1)}`);

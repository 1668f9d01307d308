// Remakes the fixtures: `npm run build && node test/streams/generate.mjs` (needs cc, pkg-config and libopus).
// Names as arguments remake only those.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pcm16 } from "../../dist/datasets/tables.js";
import { pageWriter } from "../../dist/ogg/mux.js";
import { buildOpusHead } from "../../dist/opus/head.js";
import { buildOpusTags } from "../../dist/opus/tags.js";
import { interleaved, nature, steady, tones, voice, withSilence } from "./sounds.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = join(here, "fixtures");

const SILK = 1000;
const HYBRID = 1001;
const CELT = 1002;
const [NB, MB, WB, SWB, FB] = [1101, 1102, 1103, 1104, 1105];

/** Settings that change every `step` packets, round and round. */
function cycle(packets, step, rounds) {
  const settings = [];
  for (let at = 0, round = 0; at < packets; at += step, round++)
    for (const setting of rounds[round % rounds.length].split(" ")) settings.push(`${at}:${setting}`);
  return settings;
}

const mono = { channels: 1, family: 0 };
const stereo = { channels: 2, family: 0 };
const far = (seconds, seed) => interleaved([nature(seconds, seed), nature(seconds, seed + 1)]);
const near = (seconds, seed) => {
  const v = voice(seconds, seed);
  const w = tones(seconds, seed);
  return interleaved([v.map((x, i) => 0.8 * x + 0.1 * w[i]), v.map((x, i) => 0.4 * x + 0.3 * w[i])]);
};
const surround = (seconds, seed) =>
  interleaved([
    nature(seconds, seed),
    voice(seconds, seed + 1),
    nature(seconds, seed + 2),
    tones(seconds, seed + 3).map((x) => 0.5 * x),
    nature(seconds, seed + 4),
    tones(seconds, seed + 5),
  ]);

/** name → layout, application, samples a packet, settings, sound; `page` is seconds a page. */
const FIXTURES = {
  "celt-2.5ms": {
    ...mono,
    app: "lowdelay",
    samples: 120,
    set: ["0:bitrate=64000"],
    pcm: () => nature(10, 11),
    page: 0.5,
  },
  "celt-5ms": { ...mono, app: "lowdelay", samples: 240, set: ["0:bitrate=64000"], pcm: () => nature(10, 12) },
  "celt-10ms": {
    ...mono,
    app: "audio",
    samples: 480,
    set: ["0:bitrate=64000", "0:vbr=0"],
    pcm: () => nature(10, 13),
  },
  "celt-20ms": { ...mono, app: "audio", samples: 960, set: ["0:bitrate=80000"], pcm: () => tones(10, 14) },
  "celt-40ms": {
    ...mono,
    app: "audio",
    samples: 1920,
    set: ["0:bitrate=48000", `0:mode=${CELT}`],
    pcm: () => nature(12, 15),
  },
  "celt-60ms": {
    ...mono,
    app: "audio",
    samples: 2880,
    set: ["0:bitrate=48000", `0:mode=${CELT}`],
    pcm: () => tones(12, 16),
  },
  "celt-120ms": {
    ...mono,
    app: "audio",
    samples: 5760,
    set: ["0:bitrate=40000", `0:mode=${CELT}`],
    pcm: () => nature(12, 17),
    page: 2,
  },
  "steady-tone": {
    ...mono,
    app: "audio",
    samples: 960,
    set: ["0:bitrate=48000", "0:vbr=0", `0:mode=${CELT}`],
    pcm: () => steady(9, 1000, 1),
  },
  "steady-hum": {
    ...mono,
    app: "lowdelay",
    samples: 480,
    set: ["0:bitrate=32000", "0:vbr=0"],
    pcm: () => steady(9, 50, 3),
  },
  "steady-buzz": {
    ...mono,
    app: "lowdelay",
    samples: 120,
    set: ["0:bitrate=48000"],
    pcm: () => steady(9, 100, 99),
  },
  "steady-silence": {
    ...mono,
    app: "audio",
    samples: 960,
    set: ["0:bitrate=24000", "0:vbr=0", `0:mode=${CELT}`],
    pcm: () => withSilence(steady(12, 440, 9), 1.5, 2.5),
  },
  "silk-10ms": {
    ...mono,
    app: "voip",
    samples: 480,
    set: ["0:bitrate=18000", `0:maxbandwidth=${WB}`],
    pcm: () => voice(12, 21),
  },
  "silk-20ms": {
    ...mono,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=16000", `0:maxbandwidth=${WB}`],
    pcm: () => voice(15, 22),
  },
  "silk-40ms": {
    ...mono,
    app: "voip",
    samples: 1920,
    set: ["0:bitrate=14000", `0:maxbandwidth=${MB}`],
    pcm: () => voice(12, 23),
  },
  "silk-60ms": {
    ...mono,
    app: "voip",
    samples: 2880,
    set: ["0:bitrate=10000", `0:maxbandwidth=${NB}`],
    pcm: () => voice(12, 24),
  },
  "silk-fec": {
    ...mono,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=22000", `0:maxbandwidth=${WB}`, "0:fec=1", "0:loss=25"],
    pcm: () => voice(10, 25),
  },
  "silk-bandwidths": {
    ...mono,
    app: "voip",
    samples: 960,
    set: cycle(1000, 70, [
      `bandwidth=${NB} bitrate=9000`,
      `bandwidth=${WB} bitrate=18000`,
      `bandwidth=${MB} bitrate=12000`,
    ]),
    pcm: () => voice(18, 26),
  },
  "hybrid-10ms": {
    ...mono,
    app: "voip",
    samples: 480,
    set: ["0:bitrate=32000", `0:mode=${HYBRID}`, `0:bandwidth=${SWB}`],
    pcm: () => voice(10, 31),
  },
  "hybrid-20ms": {
    ...mono,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=28000", `0:mode=${HYBRID}`, `0:bandwidth=${FB}`],
    pcm: () => voice(12, 32),
  },
  "hybrid-60ms": {
    ...mono,
    app: "voip",
    samples: 2880,
    set: ["0:bitrate=28000", `0:mode=${HYBRID}`, `0:bandwidth=${FB}`],
    pcm: () => voice(12, 33),
  },
  "voice-24k": {
    ...mono,
    app: "voip",
    samples: 960,
    set: cycle(1000, 90, [`bitrate=24000 maxbandwidth=${FB}`, `bitrate=24000 maxbandwidth=${WB}`]),
    pcm: () => voice(15, 34),
  },
  "modes-encoder": {
    ...mono,
    app: "audio",
    samples: 960,
    set: cycle(1000, 60, [
      `bitrate=16000 mode=${SILK} bandwidth=${WB}`,
      `bitrate=48000 mode=${CELT}`,
      `bitrate=28000 mode=${HYBRID} bandwidth=${FB}`,
      `bitrate=64000 mode=${CELT}`,
      `bitrate=32000 mode=${HYBRID}`,
    ]),
    pcm: () => voice(20, 41),
  },
  "modes-bitrate": {
    ...mono,
    app: "voip",
    samples: 960,
    set: cycle(1000, 110, ["bitrate=12000", "bitrate=26000", "bitrate=90000"]),
    pcm: () => voice(15, 42),
  },
  "stereo-celt": { ...stereo, app: "audio", samples: 960, set: ["0:bitrate=96000"], pcm: () => far(10, 51) },
  "stereo-silk": {
    ...stereo,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=28000", `0:mode=${SILK}`, `0:bandwidth=${WB}`],
    pcm: () => near(12, 53),
  },
  "stereo-modes": {
    ...stereo,
    app: "audio",
    samples: 960,
    set: cycle(1000, 50, [
      `bitrate=28000 mode=${SILK} channels=2`,
      `bitrate=28000 mode=${SILK} channels=1`,
      `bitrate=64000 mode=${CELT} channels=2`,
      `bitrate=40000 mode=${HYBRID} channels=2`,
      `bitrate=40000 mode=${CELT} channels=1`,
    ]),
    pcm: () => near(15, 55),
  },
  "dtx-silk": {
    ...mono,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=16000", `0:maxbandwidth=${WB}`, "0:dtx=1"],
    pcm: () => withSilence(voice(18, 61), 1.7, 2.1),
  },
  "dtx-celt": {
    ...mono,
    app: "audio",
    samples: 960,
    set: ["0:bitrate=48000", `0:mode=${CELT}`, "0:dtx=1"],
    pcm: () => withSilence(nature(18, 62), 1.4, 2.3),
  },
  "dtx-hybrid": {
    ...mono,
    app: "voip",
    samples: 960,
    set: ["0:bitrate=28000", `0:mode=${HYBRID}`, "0:dtx=1"],
    pcm: () => withSilence(voice(18, 63), 1.9, 1.6),
  },
  "surround-5.1": {
    channels: 6,
    family: 1,
    app: "audio",
    samples: 960,
    set: ["0:bitrate=128000", `0:mode=${CELT}`],
    pcm: () => surround(8, 71),
  },
  "surround-5.1-mixed": {
    channels: 6,
    family: 1,
    app: "voip",
    samples: 960,
    set: cycle(1000, 60, [
      `bitrate=40000 mode=${SILK}@2`,
      `bitrate=72000 mode=${HYBRID}@2`,
      `mode=${CELT}@2`,
    ]),
    pcm: () => surround(12, 81),
  },
  "discrete-48": {
    channels: 48,
    family: 255,
    app: "audio",
    samples: 960,
    set: ["0:bitrate=350000", `0:mode=${CELT}`],
    pcm: () =>
      interleaved(
        Array.from({ length: 48 }, (_, c) => (c % 2 ? tones : nature)(5, 100 + c).subarray(0, 144_000)),
      ),
  },
};

function encode(program, { channels, family, app, samples, set, pcm }) {
  const args = [channels, family, app, samples, ...set].map(String);
  const out = execFileSync(program, args, { input: pcm16(pcm()), maxBuffer: 1 << 26 });
  let at = 4 + channels;
  const packets = [];
  while (at < out.length) {
    const length = out.readUInt32LE(at);
    packets.push(out.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return {
    preSkip: out.readUInt16LE(0),
    mapping: { family, streams: out[2], coupled: out[3], table: [...out.subarray(4, 4 + channels)] },
    packets,
  };
}

function mux(name, fixture, { preSkip, mapping, packets }) {
  const head = { channels: fixture.channels, preSkip, inputSampleRate: 48_000, outputGainQ8: 0, mapping };
  const writer = pageWriter(createHash("sha256").update(name).digest().readUInt32LE(0));
  const tags = buildOpusTags({ vendor: "libopus 1.3.1", comments: [["TITLE", name]] });
  const pages = [
    ...writer.push({ bytes: buildOpusHead(head), granule: 0, flush: true }),
    ...writer.push({ bytes: tags, granule: 0, flush: true }),
  ];
  const perPage = Math.round(((fixture.page ?? 1) * 48_000) / fixture.samples);
  packets.forEach((bytes, i) => {
    const last = i === packets.length - 1;
    // The last packet is cut by 101 samples.
    const granule = (i + 1) * fixture.samples - (last ? 101 : 0);
    pages.push(...writer.push({ bytes, granule, flush: !last && (i + 1) % perPage === 0 }));
  });
  return Buffer.concat([...pages, ...writer.end()]);
}

const program = join(mkdtempSync(join(tmpdir(), "encode-")), "encode");
const flags = execFileSync("pkg-config", ["--cflags", "--libs", "opus"], { encoding: "utf8" })
  .trim()
  .split(/\s+/);
execFileSync("cc", ["-O2", "-o", program, join(here, "encode.c"), ...flags]);
const wanted = process.argv.slice(2);
for (const [name, fixture] of Object.entries(FIXTURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  writeFileSync(join(folder, `${name}.opus`), mux(name, fixture, encode(program, fixture)));
}

const sums = readdirSync(folder)
  .filter((file) => file.endsWith(".opus"))
  .sort()
  .map(
    (file) =>
      `${createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex")}  ${file}`,
  );
writeFileSync(join(folder, "SHA256SUMS"), `${sums.join("\n")}\n`);

/** Archives of which a part is not what it should be: the rest goes on, and what is damaged is told for what it is. */
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createDataset,
  extractSegments,
  finalizeArchive,
  importRecordings,
  isOpusZarrError,
  openArchive,
  openRecordings,
  type VerifyReport,
  verifyArchive,
} from "../../dist/index.js";
import { type Folder, smallOpus, temporaryFolder } from "../importer/tools.js";

let folder: Folder;
let sources: string[];

beforeAll(async () => {
  folder = temporaryFolder();
  sources = ["a", "b", "c"].map((name, n) => folder.write(`${name}.opus`, smallOpus(n + 1)));
  const archive = await openArchive(folder.at("whole.zarr"), { mode: "a" });
  await importRecordings(archive, sources, { chunkSizeMb: 0.004 });
});
afterAll(() => folder.remove());

type Attributes = Record<string, unknown> & {
  source: Record<string, unknown>;
  mapping: Record<string, unknown>;
  links: Record<string, unknown>[];
};
type Damage = (recording: string) => void;

const edit =
  (file: string, change: (json: Record<string, unknown>) => void): Damage =>
  (recording) => {
    const json = JSON.parse(readFileSync(path.join(recording, file), "utf8"));
    change(json);
    writeFileSync(path.join(recording, file), JSON.stringify(json));
  };

const attributes = (change: (attributes: Attributes) => void): Damage =>
  edit("zarr.json", (json) => change((json["attributes"] as { opus_zarr: Attributes }).opus_zarr));

const write =
  (file: string, text: string): Damage =>
  (recording) =>
    writeFileSync(path.join(recording, file), text);

const aFolder =
  (file: string): Damage =>
  (recording) => {
    rmSync(path.join(recording, file));
    mkdirSync(path.join(recording, file));
  };

const numbers =
  (table: string, change: (numbers: BigUint64Array) => void): Damage =>
  (recording) => {
    const file = path.join(recording, table, "c/0/0");
    const all = new BigUint64Array(new Uint8Array(readFileSync(file)).buffer);
    change(all);
    writeFileSync(file, new Uint8Array(all.buffer));
  };

let copies = 0;
/** A copy of the archive in which recording `b` is damaged. */
function damaged(damage: Damage): string {
  const place = folder.at(`copy-${copies++}.zarr`);
  cpSync(folder.at("whole.zarr"), place, { recursive: true });
  damage(path.join(place, "b"));
  return place;
}

const SEGMENT = { startSample: 24_000, endSample: 33_600 };

async function errorOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  if (!isOpusZarrError(error, "format")) return `not typed: ${String(error)}`;
  return error.message;
}

const METADATA: readonly (readonly [name: string, damage: Damage, message: RegExp])[] = [
  [
    "cut short",
    (recording) => truncateSync(path.join(recording, "zarr.json"), 100),
    /Zarr group, got a zarr\.json of 100 bytes that is no JSON \(.*b\)/,
  ],
  ["empty", write("zarr.json", ""), /a zarr\.json of 0 bytes that is no JSON/],
  ["no JSON", write("zarr.json", "hello"), /of 5 bytes that is no JSON/],
  ["null", write("zarr.json", "null"), /a zarr\.json that is no object/],
  ["a list", write("zarr.json", "[1]"), /a zarr\.json that is no object/],
  ["a folder", aFolder("zarr.json"), /expected a file: a folder is there.*b.zarr\.json/],
  [
    "an array's",
    (recording) => cpSync(path.join(recording, "opus_index/zarr.json"), path.join(recording, "zarr.json")),
    /expected a Zarr v3 group, got "array"/,
  ],
  [
    "another version's",
    write("zarr.json", '{"zarr_format":2}'),
    /expected a Zarr v3 group, got zarr_format 2/,
  ],
  [
    "without attributes",
    edit("zarr.json", (json) => delete json["attributes"]),
    /got a Zarr group without it/,
  ],
  [
    "of a newer format",
    attributes((all) => Object.assign(all, { format: 2 })),
    /expected opus_zarr format 1, got 2: a newer version of opus-zarr wrote it/,
  ],
  ...(
    [
      [
        "without a source",
        (all) => delete all["source" as string],
        /source: expected an object, got undefined/,
      ],
      [
        "with a size that is none",
        (all) => Object.assign(all.source, { bytes: "x" }),
        /source\.bytes: expected a whole number from 0, got "x"/,
      ],
      [
        "without links",
        (all) => Object.assign(all, { links: [] }),
        /links: expected a list of one link or more/,
      ],
      [
        "with a link that starts before the first page",
        (all) => Object.assign(all.links[0] ?? {}, { first_page: -1 }),
        /links\[0\]\.first_page: expected a whole number from 0, got -1/,
      ],
      [
        "with samples that its links do not have",
        (all) => Object.assign(all, { total_samples: 5 }),
        /total_samples: expected those of the links together, \d+, got 5/,
      ],
      ["with samples past counting", (all) => Object.assign(all, { total_samples: 1e300 }), /got 1e\+300/],
      [
        "with channels that its mapping does not have",
        (all) => Object.assign(all, { channels: 2 }),
        /mapping\.table: expected the decoded channels, below 1 or 255, of 2 channels/,
      ],
      [
        "with a gain past all bounds",
        (all) => Object.assign(all, { output_gain_db: 1e9 }),
        /from -128 to 128 dB/,
      ],
      [
        "with a rate that is not its factor's",
        (all) => Object.assign(all, { sample_rate: 96_000 }),
        /sample_rate: expected 48000 Hz, by sampling_rescale_factor, got 96000/,
      ],
      [
        "with holes that are none",
        (all) => Object.assign(all, { holes: [{}] }),
        /holes\[0\]\.start_byte: expected/,
      ],
      [
        "with tags that are none",
        (all) => Object.assign(all, { tags: 7 }),
        /tags: expected an object, got 7/,
      ],
    ] as [string, (all: Attributes) => void, RegExp][]
  ).map(([name, change, message]) => [name, attributes(change), message] as const),
];

describe.each(METADATA)("a recording's zarr.json, %s", (_, damage, message) => {
  it("is told for what it is, and the others go on", async () => {
    const archive = await openArchive(damaged(damage), { mode: "a" });
    const opened = await openRecordings(archive);
    expect(opened.recordings.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(opened.damaged).toEqual([{ id: "b", error: expect.stringMatching(message) }]);
    expect(await errorOf(archive.recording("b"))).toMatch(message);
    expect(await errorOf(extractSegments(archive, [{ recording: "b", ...SEGMENT }]))).toMatch(message);
    expect(await verifyArchive(archive)).toMatchObject({ recordings: 3, ok: 2, damaged: 1 });
    const finalized = await finalizeArchive(archive);
    expect(finalized).toEqual({ recordings: 2, changed: true, damaged: opened.damaged });
    const again = await importRecordings(archive, sources);
    expect(again).toMatchObject({ imported: 0, skipped: 2, failed: 1 });
  });
});

const DATA: readonly (readonly [name: string, damage: Damage, message: RegExp])[] = [
  [
    "an index that is not there",
    (recording) => rmSync(path.join(recording, "opus_index"), { recursive: true }),
    /expected a Zarr array.*opus_index/,
  ],
  [
    "an index without its chunk",
    (recording) => rmSync(path.join(recording, "opus_index/c"), { recursive: true }),
    /index: expected a page from byte 0 to \d+, got 0 bytes at 0 .*recording b, page 0/,
  ],
  [
    "an index of a chunk cut short",
    (recording) => truncateSync(path.join(recording, "opus_index/c/0/0"), 61),
    /index: expected a page from byte \d+ to \d+, got 0 bytes.*page 2/,
  ],
  [
    "an index of more rows than its blob has bytes",
    edit("opus_index/zarr.json", (json) => Object.assign(json, { shape: [1e15, 3] })),
    /expected uint64 \[up to \d+ rows, 3\], got uint64 \[1000000000000000,3\]/,
  ],
  [
    "an index of another shape",
    edit("opus_index/zarr.json", (json) => Object.assign(json, { shape: "x" })),
    /expected uint64 \[up to \d+ rows, 3\], got uint64 "x"/,
  ],
  [
    "an index in chunks of no rows",
    edit("opus_index/zarr.json", (json) =>
      Object.assign(json["chunk_grid"] as object, { configuration: { chunk_shape: [0, 3] } }),
    ),
    /expected a Zarr array: its metadata or one of its chunks is damaged/,
  ],
  [
    "pages that lie over each other",
    numbers("opus_index", (all) => all.set([all[3] as bigint], 6)),
    /index: expected a page from byte \d+ to \d+, got \d+ bytes at \d+ .*page 2/,
  ],
  [
    "a page behind the blob's end",
    numbers("opus_index", (all) => all.set([2n ** 64n - 1n], all.length - 3)),
    /index: expected a page from byte \d+ to \d+/,
  ],
  [
    "positions that go back",
    numbers("opus_index", (all) => all.set([(all[11] as bigint) + 5n], 8)),
    /index: opus_index: expected a position from \d+ on, got \d+ in row 3/,
  ],
  [
    "a mode that is none",
    numbers("opus_runs", (all) => all.set([256n], 1)),
    /opus_runs: expected a mode of 0, 1 or 2, got 255 in row 0/,
  ],
  [
    "no runs",
    edit("opus_runs/zarr.json", (json) => Object.assign(json, { shape: [0, 2] })),
    /opus_runs: expected a row or more, got none/,
  ],
  [
    "an index of some of its pages",
    edit("opus_index/zarr.json", (json) => Object.assign(json, { shape: [3, 3] })),
    /index: expected packets up to position \d+, got some up to \d+: run opus-zarr verify \(recording b\)/,
  ],
  [
    "more samples than its pages can hold",
    attributes((all) => {
      Object.assign(all.links[0] ?? {}, { total_samples: 1e10 });
      Object.assign(all, { total_samples: 1e10 });
    }),
    /index: links: expected an end up to position \d+, got 10000000000 samples in link 0/,
  ],
  [
    "a compressed blob",
    edit("audio_data_blob_array/zarr.json", (json) =>
      (json["codecs"] as object[]).push({ name: "gzip", configuration: { level: 1 } }),
    ),
    /blob: expected uint8 \[bytes\] in plain chunks, got codecs \["bytes","gzip"\]/,
  ],
  [
    "a blob that is longer than its source",
    edit("audio_data_blob_array/zarr.json", (json) => Object.assign(json, { shape: [1e15] })),
    /blob: shape: expected the source's \d+ bytes, got 1000000000000000/,
  ],
  [
    "a blob of no length",
    edit("audio_data_blob_array/zarr.json", (json) => Object.assign(json, { shape: [-1] })),
    /blob: .*got shape \[-1\]/,
  ],
  [
    "a blob under other names",
    edit("audio_data_blob_array/zarr.json", (json) =>
      Object.assign(json["chunk_key_encoding"] as object, { configuration: { separator: "." } }),
    ),
    /blob: .*got chunk keys .*"separator":"\."/,
  ],
  [
    "a blob whose metadata is cut",
    write("audio_data_blob_array/zarr.json", "{"),
    /Zarr array, got a zarr\.json of 1 byte/,
  ],
  [
    "a blob without a chunk",
    (recording) => rmSync(path.join(recording, "audio_data_blob_array/c/1")),
    /chunk 1 is missing/,
  ],
  [
    "a blob with a chunk cut short",
    (recording) => truncateSync(path.join(recording, "audio_data_blob_array/c/1"), 10),
    /blob: chunk 1: expected \d+ bytes from \d+, got \d+/,
  ],
  [
    "a blob with a folder for a chunk",
    aFolder("audio_data_blob_array/c/1"),
    /expected a file: a folder is there/,
  ],
];

describe.each(DATA)("%s", (_, damage, message) => {
  it("is told where samples are asked for, and verify finds it", async () => {
    const archive = await openArchive(damaged(damage), { mode: "a" });
    expect((await openRecordings(archive)).damaged).toEqual([]);
    expect(await errorOf(extractSegments(archive, [{ recording: "b", ...SEGMENT }]))).toMatch(message);
    const others = ["c", "a"].map((recording) => ({ recording, ...SEGMENT }));
    expect((await extractSegments(archive, others)).shape).toEqual([2, 1, 9600]);
    const report = await verifyArchive(archive);
    expect(report).toMatchObject({ recordings: 3, ok: 2, damaged: 1 });
    expect(report.problems.every(({ recording }) => recording === "b")).toBe(true);
  });
});

describe("verify --repair", () => {
  const repaired = async (
    damage: Damage,
  ): Promise<[found: VerifyReport, after: VerifyReport, place: string]> => {
    const place = damaged(damage);
    const archive = await openArchive(place, { mode: "a" });
    return [await verifyArchive(archive, { repair: true }), await verifyArchive(archive), place];
  };

  it("mends attributes that follow from the blob, however wrong, and keeps what else stands there", async () => {
    const [found, after, place] = await repaired((recording) => {
      attributes((all) => Object.assign(all, { links: "none", channels: null, holes: 5, mine: "kept" }))(
        recording,
      );
      edit("zarr.json", (json) => Object.assign(json["attributes"] as object, { another: [1] }))(recording);
    });
    expect(found).toMatchObject({ ok: 3, damaged: 0, repaired: 1 });
    expect(found.problems.map(({ problem }) => problem)).toEqual([
      "attributes: channels: expected 1, got null",
      expect.stringMatching(/^attributes: links: expected \[.*\], got "none"$/),
      "attributes: holes: expected [], got 5",
    ]);
    expect(after).toMatchObject({ ok: 3, problems: [] });
    const json = (at: string): unknown => JSON.parse(readFileSync(path.join(at, "b/zarr.json"), "utf8"));
    const whole = json(folder.at("whole.zarr")) as { attributes: { opus_zarr: object } };
    const own = { ...whole.attributes.opus_zarr, mine: "kept" };
    expect(json(place)).toEqual({ ...whole, attributes: { another: [1], opus_zarr: own } });
  });

  it("mends an index that contradicts itself", async () => {
    const [found, after] = await repaired(numbers("opus_index", (all) => all.fill(7n)));
    expect(found.problems[0]?.problem).toMatch(/^index: byteOffset: expected 0, got 7 in row 0$/);
    expect(found).toMatchObject({ ok: 3, repaired: 1 });
    expect(after).toMatchObject({ ok: 3, problems: [] });
  });

  it("counts the rows of an index first", async () => {
    const [found] = await repaired(
      edit("opus_index/zarr.json", (json) => Object.assign(json, { shape: [4, 3] })),
    );
    expect(found.problems.map(({ problem }) => problem)).toEqual([
      "index: opus_index: expected 5 rows, got 4",
    ]);
    expect(found).toMatchObject({ ok: 3, repaired: 1 });
  });

  it("leaves what does not follow from the blob, and says so", async () => {
    const [found, after] = await repaired(attributes((all) => Object.assign(all, { tags: 7, pre_skip: 1 })));
    expect(found).toMatchObject({ ok: 2, damaged: 1, repaired: 0 });
    expect(after.problems.map(({ problem }) => problem)).toEqual([
      "attributes: pre_skip: expected 312, got 1",
      expect.stringMatching(/^attributes: tags: expected an object, got 7/),
    ]);
  });
});

describe("an archive with a damaged recording", () => {
  const cut: Damage = (recording) => truncateSync(path.join(recording, "zarr.json"), 9);

  it("gives a dataset of the others, and names what was left out", async () => {
    const archive = await openArchive(damaged(cut));
    const options = { windowSeconds: 0.5, background: { label: "none" }, unannotated: "background" } as const;
    const report = await createDataset(archive, { ...options, out: folder.at("clips") });
    expect(report).toMatchObject({
      windows: 4,
      damaged: [{ id: "b", error: expect.stringMatching(/9 bytes/) }],
    });
    const named = createDataset(archive, { ...options, out: folder.at("none"), recordings: ["a", "b"] });
    expect(await errorOf(named)).toMatch(/9 bytes that is no JSON/);
  });

  it("is read again once it is mended", async () => {
    const place = damaged((recording) => rmSync(path.join(recording, "opus_runs"), { recursive: true }));
    const recording = await (await openArchive(place)).recording("b");
    expect(await errorOf(recording.index())).toMatch(/expected a Zarr array/);
    cpSync(folder.at("whole.zarr/b/opus_runs"), path.join(place, "b/opus_runs"), { recursive: true });
    expect((await recording.index()).pages).toBe(5);
  });
});

describe("a blob that was made of another file, as of packets out of Matroska", () => {
  it("is of a length of its own", async () => {
    const other = { bytes: 7, sha256: "0".repeat(64) };
    const archive = await openArchive(damaged(attributes((all) => Object.assign(all.source, other))));
    expect((await extractSegments(archive, [{ recording: "b", ...SEGMENT }])).shape).toEqual([1, 1, 9600]);
    expect(await verifyArchive(archive)).toMatchObject({ ok: 3, damaged: 0 });
  });
});

describe("a folder whose name is no id", () => {
  it("is told by name", async () => {
    const place = damaged((recording) => renameSync(recording, path.join(path.dirname(recording), "b ü")));
    const archive = await openArchive(place);
    const error = expect.stringMatching(/expected an id of letters, digits.*, got "b ü"/);
    expect((await openRecordings(archive)).damaged).toEqual([{ id: "b ü", error }]);
    const report = await verifyArchive(archive);
    expect(report.problems).toEqual([{ recording: "b ü", problem: error, repaired: false }]);
  });
});

describe("links", () => {
  it("to a recording on another disk are followed; one that leads in a circle is told", async () => {
    const place = damaged((recording) => rmSync(recording, { recursive: true }));
    symlinkSync(folder.at("whole.zarr/b"), path.join(place, "b"), "junction");
    symlinkSync(path.join(place, "loop"), path.join(place, "loop"), "junction");
    symlinkSync(folder.at("nowhere"), path.join(place, "gone"), "junction");
    const archive = await openArchive(place);
    const { recordings, damaged: broken } = await openRecordings(archive);
    expect(recordings.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(broken).toEqual([{ id: "loop", error: expect.stringMatching(/links lead in a circle/) }]);
    expect(await verifyArchive(archive)).toMatchObject({ recordings: 4, ok: 3, damaged: 1 });
  });
});

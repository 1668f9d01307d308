import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGuano } from "../../src/metadata/guano.js";
import { describeRecording } from "../../src/metadata/describe.js";
import { readRiff } from "../../src/metadata/riff.js";
import { memorySource } from "../../src/source/byte-source.js";
import { openFile } from "../../src/source/file.js";
import { haveRecordings, infoBody, recordingPath, wavBytes } from "./wav-fixture.js";

const MOTH =
  "Recorded at 10:00:00 28/05/2024 (UTC+2) by AudioMoth 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C.";
const GUANO = [
  "GUANO|Version:1.0",
  "Make:Open Acoustic Devices",
  "Model:AudioMoth",
  "Serial:243B1F026488F56E",
  "Firmware Version:AudioMoth-Firmware-Basic (1.11.0)",
  "Timestamp:2024-05-28T12:00:00+02:00",
  "Loc Position:51.752000 -1.257700",
  "OAD|Loc Source:GPS",
  "OAD|Recording Settings:48000 GAIN 2",
  "OAD|Battery Voltage:3.8",
  "Temperature Int:12.8",
  "Somebody|Else:kept: with a colon",
].join("\n");

async function describeWav(options: Parameters<typeof wavBytes>[0], fileName: string, timezone?: string) {
  return describeRecording({ fileName, riff: await readRiff(memorySource(wavBytes(options))), timezone });
}

describe("describeRecording", () => {
  it("GUANO goes before the comment, the comment before the name; every field is kept", async () => {
    const after: [string, Uint8Array | string][] = [
      ["LIST", infoBody({ ICMT: MOTH, IART: "AudioMoth 243B1F026488F56E" })],
      ["guan", GUANO],
    ];
    const all = await describeWav({ after }, "20000101_000000.wav");
    expect(all.startTime).toEqual({
      utc: "2024-05-28T10:00:00Z",
      offset: "+02:00",
      origin: "GUANO",
      local: "2024-05-28T12:00:00",
    });
    expect(all.recorder).toEqual({
      make: "Open Acoustic Devices",
      model: "AudioMoth",
      serial: "243B1F026488F56E",
      firmware: "AudioMoth-Firmware-Basic (1.11.0)",
      gain: "medium",
      battery_volts: 3.8,
      temperature_c: 12.8,
      position: { latitude: 51.752, longitude: -1.2577 },
    });
    expect(all.tags).toMatchObject({
      ICMT: MOTH,
      "Somebody|Else": "kept: with a colon",
      "OAD|Loc Source": "GPS",
    });
    const comment = await describeWav({ after: after.slice(0, 1) }, "20000101_000000.wav", "-05:00");
    expect(comment.startTime).toEqual({
      utc: "2024-05-28T08:00:00Z",
      offset: "+02:00",
      origin: "AudioMoth comment",
      local: "2024-05-28T10:00:00",
    });
  });

  it("a time without zone is no moment, unless the caller names the zone", () => {
    const fileName = "S4A03895_20190522_000000.wav";
    expect(describeRecording({ fileName }).startTime).toEqual({
      utc: null,
      offset: null,
      origin: "file name",
      local: "2019-05-22T00:00:00",
    });
    expect(describeRecording({ fileName, timezone: "America/New_York" }).startTime).toEqual({
      utc: "2019-05-22T04:00:00Z",
      offset: "-04:00",
      origin: "file name",
      local: "2019-05-22T00:00:00",
      timezone: "America/New_York",
    });
    expect(() => describeRecording({ fileName, timezone: "Berlin" })).toThrow(/timezone/);
  });

  it("a stated zone goes before any time without one", async () => {
    const after: [string, string][] = [["guan", "GUANO|Version: 1.0\nTimestamp: 2019-05-22T03:59:59"]];
    const { startTime } = await describeWav({ after }, "20190522T040000+1000.wav");
    expect(startTime).toMatchObject({ utc: "2019-05-21T18:00:00Z", origin: "file name" });
    const zoneless = await describeWav({ after }, "20190522_040000.wav");
    expect(zoneless.startTime).toMatchObject({ utc: null, origin: "GUANO", local: "2019-05-22T03:59:59" });
  });

  it("Wildlife Acoustics: a wamd chunk", async () => {
    const entry = (id: number, text: string): Buffer => {
      const head = Buffer.alloc(6);
      head.writeUInt16LE(id, 0);
      head.writeUInt32LE(text.length, 2);
      return Buffer.concat([head, Buffer.from(text)]);
    };
    const body = Buffer.concat([
      entry(0, "\x01\x00"),
      entry(1, "SM4"),
      entry(2, "S4A03895"),
      entry(5, "2014-04-02 22:59:14-05:00"),
      entry(99, "new"),
      Buffer.from([1, 0, 255, 255, 255, 255]),
    ]);
    const { startTime, recorder, tags } = await describeWav({ before: [["wamd", body]] }, "x.wav");
    expect(startTime).toMatchObject({ utc: "2014-04-03T03:59:14Z", origin: "wamd" });
    expect(recorder).toEqual({ make: "Wildlife Acoustics", model: "SM4", serial: "S4A03895" });
    expect(tags).toMatchObject({ "wamd.version": "1", "wamd.id_99": "new" });
  });

  it("Vorbis comments: AudioMoth text and tags that repeat", () => {
    const described = describeRecording({
      fileName: "x.flac",
      vorbisComments: [
        ["COMMENT", MOTH],
        ["ARTIST", "one"],
        ["ARTIST", "two"],
        ["DATE", "2019-05-22"],
      ],
    });
    expect(described.startTime?.utc).toBe("2024-05-28T08:00:00Z");
    expect(described.tags["ARTIST"]).toEqual(["one", "two"]);
    const dated = describeRecording({
      fileName: "x",
      vorbisComments: [["DATE", "2019-05-22T01:00:00+01:00"]],
    });
    expect(dated.startTime).toMatchObject({ utc: "2019-05-22T00:00:00Z", origin: "tag DATE" });
  });

  it("tags of any software come last: they may tell when a file was converted", () => {
    const vorbisComments: [string, string][] = [["creation_time", "2023-01-01T00:00:00.000000Z"]];
    expect(describeRecording({ fileName: "20190522_040000.m4a", vorbisComments }).startTime).toMatchObject({
      utc: null,
      origin: "file name",
    });
    expect(describeRecording({ fileName: "x.m4a", vorbisComments }).startTime).toMatchObject({
      utc: "2023-01-01T00:00:00Z",
      origin: "tag creation_time",
    });
  });

  it("nothing known is said as such", () => {
    expect(describeRecording({ fileName: "song.wav" })).toEqual({
      startTime: null,
      recorder: null,
      tags: {},
    });
  });

  it("hostile fields are JSON like others", () => {
    const { tags } = describeRecording({ fileName: "x", vorbisComments: [["__proto__", "y"]] });
    expect(JSON.stringify(tags)).toBe('{"__proto__":"y"}');
    expect(Object.getPrototypeOf(tags)).toBe(Object.prototype);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const guano = parseGuano(text);
        expect(guano === null || JSON.stringify(guano).length > 0).toBe(true);
        describeRecording({ fileName: text, vorbisComments: [[text, text]] });
      }),
    );
  });

  it.skipIf(!haveRecordings)("real recordings (skipped without ../shared/recordings)", async () => {
    const expected: [string, string | null, string][] = [
      ["audiomoth_2018_1min.wav", "2018-05-04T09:32:00Z", "AudioMoth comment"],
      ["audiomoth_2020_15s.wav", "2020-04-04T10:25:00Z", "AudioMoth comment"],
      ["audiomoth_2024_gps_2s.wav", "2024-05-28T10:00:00Z", "AudioMoth comment"],
      ["S4A03895_20190522_200000.wav", null, "file name"],
    ];
    for (const [name, utc, origin] of expected) {
      const file = await openFile(recordingPath(name));
      const { startTime, recorder } = describeRecording({ fileName: name, riff: await readRiff(file) });
      await file.close();
      expect([name, startTime?.utc, startTime?.origin]).toEqual([name, utc, origin]);
      expect(recorder?.["serial"]).toMatch(/^[0-9A-F]{16}$|^S4A03895$/);
    }
  });
});

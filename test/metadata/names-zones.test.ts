import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFileName } from "../../src/metadata/filename.js";
import { formatOffset, formatWall, parseIsoTime, parseOffset } from "../../src/metadata/time.js";
import { parseTimezone } from "../../src/metadata/timezone.js";

describe("times in file names", () => {
  it.each<[name: string, wall: string, offset: number | null]>([
    ["20190522_040000.WAV", "2019-05-22T04:00:00", null],
    ["site/S4A03895_20190522_040000.wav", "2019-05-22T04:00:00", null],
    ["S4A03895_20190522$040000.wav", "2019-05-22T04:00:00", null],
    ["24F319075F7DF877_20240528_100000T.WAV", "2024-05-28T10:00:00", null],
    ["20190522T040000Z.opus", "2019-05-22T04:00:00", 0],
    ["20190522_040000Z.opus", "2019-05-22T04:00:00", 0],
    ["20190522T040000+1000_REC_[-27.1+153.0].flac", "2019-05-22T04:00:00", 600],
    ["20190522T040000-0330.flac", "2019-05-22T04:00:00", -210],
    ["20190522_040000-0030.wav", "2019-05-22T04:00:00", null],
    ["XC-2019-05-22_04-00-00.mp3", "2019-05-22T04:00:00", null],
    ["2019-05-22T04.00.00.250Z.wav", "2019-05-22T04:00:00.250", 0],
    ["2019-05-22 04:00:00+05:30.wav", "2019-05-22T04:00:00", 330],
    ["99999999_999999_20190522_040000.wav", "2019-05-22T04:00:00", null],
    ["5AEC2F20.WAV", "2018-05-04T10:00:00", 0],
    ["5146.200115203005.wav", "2020-01-15T20:30:05", null],
  ])("%s", (name, wall, offset) => {
    const { time } = readFileName(name);
    expect(time && { wall: formatWall(time.wallMs), offset: time.offsetMinutes }).toEqual({ wall, offset });
  });

  it.each([
    "20190522.wav",
    "recording.wav",
    "20191322_040000.wav",
    "20190522_250000.wav",
    "120190522_0400001.wav",
  ])("%s has none", (name) => expect(readFileName(name).time).toBeUndefined());

  it("eight decimal digits are hexadecimal seconds only for a known AudioMoth", () => {
    expect(readFileName("59123456.WAV").time).toBeUndefined();
    expect(readFileName("59123456.WAV", true).time?.offsetMinutes).toBe(0);
    expect(readFileName("20190522.WAV", true).time).toBeUndefined();
  });

  it("knows recorders by the serial numbers in names", () => {
    expect(readFileName("S4A03895_20190522_040000.wav").recorder).toEqual({
      make: "Wildlife Acoustics",
      model: "SM4",
      serial: "S4A03895",
    });
    expect(readFileName("24F319075F7DF877_20240528_100000.WAV").recorder?.serial).toBe("24F319075F7DF877");
    expect(readFileName("site_20190522_040000.wav").recorder).toBeNull();
  });

  it("never throw", () => {
    fc.assert(fc.property(fc.string(), (name) => void readFileName(name, true)));
  });
});

describe("time zones", () => {
  const noon = Date.UTC(2019, 6, 1, 12);

  it.each<[string, number]>([
    ["+02:00", 120],
    ["-0330", -210],
    ["Z", 0],
    ["UTC", 0],
    ["UTC+2", 120],
    ["GMT-03:00", -180],
    ["Europe/Berlin", 120],
    ["America/Costa_Rica", -360],
    ["Australia/Adelaide", 570],
    ["Asia/Kathmandu", 345],
  ])("%s", (name, minutes) => expect(parseTimezone(name).at(noon).offsetMinutes).toBe(minutes));

  it.each(["", "Berlin", "+25:00", "+02:07", "Mars/Olympus", "+2:0:0"])("%j is none", (name) =>
    expect(() => parseTimezone(name)).toThrow(/timezone: expected an offset/),
  );

  it("says so where clocks showed a time twice or never", () => {
    const berlin = parseTimezone("Europe/Berlin");
    expect(berlin.at(Date.UTC(2019, 9, 27, 2, 30))).toMatchObject({
      offsetMinutes: 120,
      note: expect.stringMatching(/twice/),
    });
    expect(berlin.at(Date.UTC(2019, 2, 31, 2, 30)).note).toMatch(/never/);
    expect(berlin.at(Date.UTC(2019, 9, 27, 1, 59))).toEqual({ offsetMinutes: 120 });
    expect(berlin.at(Date.UTC(2019, 9, 27, 3, 0))).toEqual({ offsetMinutes: 60 });
    expect(berlin.at(Date.UTC(2019, 2, 31, 1, 59))).toEqual({ offsetMinutes: 60 });
    expect(berlin.at(Date.UTC(2019, 2, 31, 3, 0))).toEqual({ offsetMinutes: 120 });
  });

  it("agree with Date for every moment of the local zone's rules in New York", () => {
    const zone = parseTimezone("America/New_York");
    const shown = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "America/New_York",
      dateStyle: "short",
      timeStyle: "medium",
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seconds) => {
        const wallMs = parseIsoTime(shown.format(seconds * 1000))?.wallMs ?? Number.NaN;
        const { offsetMinutes, note } = zone.at(wallMs);
        if (note === undefined) expect(wallMs - offsetMinutes * 60_000).toBe(seconds * 1000);
      }),
      { numRuns: 300 },
    );
  });
});

describe("offsets", () => {
  it("are written and read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: -48, max: 56 }), (quarters) => {
        expect(parseOffset(formatOffset(quarters * 15))).toBe(quarters * 15);
      }),
    );
  });
});

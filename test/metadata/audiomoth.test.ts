import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAudioMothComment } from "../../src/metadata/audiomoth.js";

const S = "24F319075F7DF877";

/** Comments as each firmware words them, with what they say. */
const WORDINGS: [firmware: string, comment: string, expected: object][] = [
  [
    "1.0",
    `Recorded at 09:32:00 04/05/2018 by AudioMoth ${S} at gain setting 2 while battery state was 4.3V`,
    {
      time: { wallMs: Date.UTC(2018, 4, 4, 9, 32), offsetMinutes: 0 },
      serial: S,
      gain: "2",
      batteryVolts: 4.3,
    },
  ],
  [
    "1.0.1",
    `Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth ${S} at gain setting 2 while battery state was < 3.6V`,
    {
      time: { wallMs: Date.UTC(2018, 4, 4, 9, 32), offsetMinutes: 0 },
      batteryVolts: 3.6,
      batteryBound: "less than",
    },
  ],
  [
    "1.2.0",
    `Recorded at 01:02:03 31/12/2018 (UTC-3) by AudioMoth ${S} at gain setting 4 while battery state was > 4.9V.`,
    {
      time: { wallMs: Date.UTC(2018, 11, 31, 1, 2, 3), offsetMinutes: -180 },
      gain: "4",
      batteryBound: "greater than",
    },
  ],
  [
    "1.2.1",
    `Recorded at 01:02:03 31/12/2018 (UTC+10) by AudioMoth ${S} at gain setting 4 while battery state was less than 3.6V. Recording cancelled before completion due to low battery voltage.`,
    {
      time: { wallMs: Date.UTC(2018, 11, 31, 1, 2, 3), offsetMinutes: 600 },
      batteryBound: "less than",
      stopped: "low battery voltage",
    },
  ],
  [
    "1.2.2",
    `Recorded at 01:02:03 31/12/2018 (UTC+5:30) by AudioMoth ${S} at gain setting 0 while battery state was 4.0V. Recording cancelled before completion due to change of switch position.`,
    {
      time: { wallMs: Date.UTC(2018, 11, 31, 1, 2, 3), offsetMinutes: 330 },
      stopped: "change of switch position",
    },
  ],
  [
    "1.4.0",
    `Recorded at 23:32:00 01/05/2021 (UTC) by AudioMoth ${S} at medium gain setting while battery state was 4.1V and temperature was -5.8C. Amplitude threshold was 512. Band-pass filter applied with cut-off frequencies of 1.0kHz and 8.5kHz.`,
    {
      gain: "medium",
      temperatureC: -5.8,
      amplitudeThreshold: "512",
      filter: { type: "Band-pass", frequenciesHz: [1000, 8500] },
    },
  ],
  [
    "1.4.2",
    `Recorded at 23:32:00 01/05/2021 (UTC) by AudioMoth ${S} at low-medium gain setting while battery state was 4.1V and temperature was 5.8C. Low-pass filter applied with cut-off frequency of 5.0kHz. Recording cancelled before completion due to file size limit.`,
    { gain: "low-medium", filter: { type: "Low-pass", frequenciesHz: [5000] }, stopped: "file size limit" },
  ],
  [
    "1.6.0 with a deployment id",
    `Recorded at 23:32:00 01/05/2021 (UTC-0:30) during deployment 0123456789ABCDEF using external microphone at medium-high gain while battery was less than 2.5V and temperature was 31.4C. Amplitude threshold was 0.25% with 2s minimum trigger duration. High-pass filter with frequency of 1.5kHz applied. Recording stopped due to microphone change.`,
    {
      time: { wallMs: Date.UTC(2021, 4, 1, 23, 32), offsetMinutes: -30 },
      serial: null,
      deploymentId: "0123456789ABCDEF",
      externalMicrophone: true,
      gain: "medium-high",
      batteryVolts: 2.5,
      batteryBound: "less than",
      amplitudeThreshold: "0.25%",
      minimumTriggerSeconds: 2,
      filter: { type: "High-pass", frequenciesHz: [1500] },
      stopped: "microphone change",
    },
  ],
  [
    "1.8.0 with a frequency trigger",
    `Recorded at 23:32:00 01/05/2022 (UTC) by AudioMoth ${S} at high gain while battery was greater than 4.9V and temperature was 0.0C. Frequency trigger (8.5kHz and window length of 16 samples) threshold was 10.0% with 1s minimum trigger duration. Recording stopped by magnetic switch.`,
    {
      temperatureC: 0,
      frequencyTrigger: { centreHz: 8500, windowSamples: 16, threshold: "10.0%" },
      amplitudeThreshold: null,
      minimumTriggerSeconds: 1,
      stopped: "magnetic switch",
    },
  ],
  [
    "1.8.0 with a threshold in decibels",
    `Recorded at 23:32:00 01/05/2022 (UTC) by AudioMoth ${S} at high gain while battery was 4.2V and temperature was 9.9C. Amplitude threshold was -30 dB with 0s minimum trigger duration.`,
    { amplitudeThreshold: "-30 dB", minimumTriggerSeconds: 0 },
  ],
  [
    "AudioMoth Live",
    "Recorded at 10:20:30.123 04/05/2024 (UTC+1) by AudioMoth Live using Built-in Microphone.",
    { time: { wallMs: Date.UTC(2024, 4, 4, 10, 20, 30, 123), offsetMinutes: 60 }, serial: null, gain: null },
  ],
];

describe("AudioMoth comments", () => {
  it.each(WORDINGS)("firmware %s", (_, comment, expected) => {
    expect(parseAudioMothComment(comment)).toMatchObject(expected);
  });

  it("are found inside the JSON of other software, whose own start time goes before", () => {
    const inner = WORDINGS[5]?.[1] ?? "";
    const wrap = (fields: object): string => `opso_metadata${JSON.stringify(fields)}`;
    expect(parseAudioMothComment(wrap({ artist: "AudioMoth", comment: inner }))).toMatchObject({
      text: inner,
      time: { wallMs: Date.UTC(2021, 4, 1, 23, 32), offsetMinutes: 0 },
    });
    const moved = wrap({ comment: inner, recording_start_time: "2021-05-01T23:32:10+00:00" });
    expect(parseAudioMothComment(moved)?.time.wallMs).toBe(Date.UTC(2021, 4, 1, 23, 32, 10));
  });

  it("are read where JSON was cut off", () => {
    const cut = `opso_metadata{"comment": "${WORDINGS[1]?.[1]}", "samplera`;
    expect(parseAudioMothComment(cut)?.batteryVolts).toBe(3.6);
  });

  it("are not seen in other texts, nor with impossible times", () => {
    expect(parseAudioMothComment("Recorded at 10:00:00 01/01/2020 by SongMeter")).toBeNull();
    expect(parseAudioMothComment(`Recorded at 25:00:00 01/01/2020 (UTC) by AudioMoth ${S}`)).toBeNull();
    expect(parseAudioMothComment(`Recorded at 10:00:00 30/02/2020 (UTC) by AudioMoth ${S}`)).toBeNull();
    expect(parseAudioMothComment(`Recorded at 10:00:00 01/01/2020 (UTC+99) by AudioMoth ${S}`)).toBeNull();
  });

  it("never throw, whatever the text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        parseAudioMothComment(`${a}Recorded at 10:00:00 01/01/2020 (UTC)${b} AudioMoth {${a}`);
      }),
    );
  });

  it("round-trip for every offset that exists", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -48, max: 56 }),
        fc.integer({ min: 0, max: 4e9 }),
        (quarters, seconds) => {
          const offsetMinutes = quarters * 15;
          const wall = new Date(seconds * 1000);
          if (wall.getUTCFullYear() > 2090) return;
          const size = Math.abs(offsetMinutes);
          const sign = quarters < 0 ? "-" : "+";
          const zone = size === 0 ? "" : `${sign}${Math.floor(size / 60)}${size % 60 ? `:${size % 60}` : ""}`;
          const iso = wall.toISOString();
          const text = `Recorded at ${iso.slice(11, 19)} ${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} (UTC${zone}) by AudioMoth ${S}`;
          expect(parseAudioMothComment(text)?.time).toEqual({ wallMs: seconds * 1000, offsetMinutes });
        },
      ),
    );
  });
});

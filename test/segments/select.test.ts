/** Requests become samples, or errors that say which request and what was expected. */
import { describe, expect, it } from "vitest";
import { type SegmentBounds, type SegmentRequest, selectSegment } from "../../src/segments/select.js";

const bounds: SegmentBounds = {
  recording: "a",
  sampleRate: 48_000,
  totalSamples: 480_000,
  outOfRange: "error",
};
const select = (request: unknown, more: Partial<SegmentBounds> = {}): ReturnType<typeof selectSegment> =>
  selectSegment(request as SegmentRequest, 7, { ...bounds, ...more });

describe("a segment", () => {
  it("is taken in samples as it stands, with its label", () => {
    const request = { startSample: 0, endSample: 480_000, label: "wren" };
    expect(select(request)).toEqual({ ...request, recording: "a" });
  });

  it("in seconds begins and ends at the nearest sample of the recording's own rate", () => {
    expect(select({ startSeconds: 0.000_03, endSeconds: 1.5 })).toMatchObject({
      startSample: 1,
      endSample: 72_000,
    });
    const slow = { sampleRate: 250_000, totalSamples: 10 ** 12 };
    expect(select({ startSeconds: 1_000_000.000_002, endSeconds: 1_000_001 }, slow)).toMatchObject({
      startSample: 250_000_000_001,
      endSample: 250_000_250_000,
    });
  });

  it("may reach outside where that is to be padded, but has an end after its start", () => {
    const padded = { outOfRange: "pad" } as const;
    expect(select({ startSample: -5, endSample: 480_001 }, padded)).toMatchObject({ startSample: -5 });
    expect(() => select({ startSample: 9, endSample: 9 }, padded)).toThrow(/endSample/);
  });
});

describe("what is none", () => {
  it.each<[string, unknown, string]>([
    ["half a sample", { startSample: 0.5, endSample: 9 }, "startSample"],
    ["no end", { startSample: 0 }, "endSample"],
    ["an end at the start", { startSample: 9, endSample: 9 }, "endSample"],
    ["an end before the start", { startSample: 9, endSample: 8 }, "endSample"],
    ["a start before the recording", { startSample: -1, endSample: 8 }, "startSample"],
    ["an end behind it", { startSample: 0, endSample: 480_001 }, "endSample"],
    ["nothing", {}, "startSeconds"],
    ["seconds as text", { startSeconds: "1", endSeconds: 2 }, "startSeconds"],
    ["endless seconds", { startSeconds: 1, endSeconds: Number.POSITIVE_INFINITY }, "endSeconds"],
  ])("%s is refused with its place", (_, request, field) => {
    const refused = { kind: "argument", place: { field, segment: 7, recording: "a" } };
    expect(() => select(request)).toThrow(expect.objectContaining(refused));
  });
});

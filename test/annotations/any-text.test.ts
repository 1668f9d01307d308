import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAnnotations, isOpusZarrError, parseAnnotations } from "../../dist/index.js";

/** Scraps of tables, so that some texts get past the header. */
const SCRAPS = [
  ..."start_s,end_s,label|Begin Time (s)\tEnd Time (s)\tAnnotation|start;end;label|file,start_s,end_s".split(
    "|",
  ),
  ...[
    "\n",
    "\r\n",
    "\r",
    "\t",
    ",",
    ";",
    '"',
    '""',
    "\\",
    "\ufeff",
    "0",
    "1.5",
    "2,5",
    "-1",
    "NaN",
    "1e400",
    "a/b",
  ],
  ...["2019-05-22T06:00:00Z", "\u0000", "é", "鳥", " ", "start_utc,duration_s"],
];

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.constantFrom(...SCRAPS), { maxLength: 40 }).map((scraps) => scraps.join("")),
);

describe("any text", () => {
  it("is read or refused with an error of our own, and what is read can be written", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          expect(typeof formatAnnotations(parseAnnotations(text))).toBe("string");
        } catch (error) {
          if (!isOpusZarrError(error, "format")) throw error;
          expect(error.place.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("so are any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseAnnotations(bytes);
        } catch (error) {
          if (!isOpusZarrError(error, "format")) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

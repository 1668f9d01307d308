/** The notebooks as they are committed: GitHub shows them as they are, outputs and pictures included. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { codeCells, complaints, joined, notebookPaths, plotCalls, readNotebook } from "./executed.js";

const MAX_BYTES = 1_000_000;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe("committed notebooks", () => {
  it("are there", () => {
    expect(notebookPaths().length).toBeGreaterThanOrEqual(3);
  });

  for (const path of notebookPaths()) {
    const file = readNotebook(path);
    const outputs = codeCells(file).flatMap((cell) => cell.outputs ?? []);

    describe(basename(path), () => {
      it("is below 1 MB", () => {
        expect(statSync(path).size).toBeLessThan(MAX_BYTES);
      });

      it("was run from top to bottom, without an error", () => {
        expect(codeCells(file).map((cell) => cell.execution_count)).toEqual(
          codeCells(file).map((_, index) => index + 1),
        );
        expect(outputs.length).toBeGreaterThan(0);
        expect(complaints(file)).toEqual([]);
      });

      it("has a picture for each chart, and no script", () => {
        const pictures = outputs.flatMap((output) => joined(output.data?.["image/png"]) || []);
        expect(pictures.length).toBeGreaterThanOrEqual(plotCalls(file));
        for (const picture of pictures) {
          expect(Buffer.from(picture, "base64").subarray(0, 8)).toEqual(PNG_SIGNATURE);
        }
        for (const output of outputs) expect(joined(output.data?.["text/html"])).not.toContain("<script");
      });

      it("names no folder of the machine it ran on", () => {
        const texts = outputs.map((output) => joined(output.text) + joined(output.data?.["text/plain"]));
        expect(texts.join("\n")).not.toMatch(/\/(?:home|root|Users|tmp)\//);
      });
    });
  }
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { shardFile, shardMemory } from "../../src/training/shard-file.js";

const folder = mkdtempSync(join(tmpdir(), "opus-zarr-shard-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that differ from place to place, so that a block in the wrong one shows. */
function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return bytes;
}

describe("shardFile", () => {
  const memory = shardMemory();

  it("any lengths, also across many blocks: the bytes, and no more", async () => {
    const blocks = memory.length / 4;
    const length = fc.oneof(
      fc.integer({ min: 0, max: 10_000 }),
      fc.constantFrom(4096, blocks - 1, blocks, blocks + 1, 6 * blocks + 4096),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(length, { maxLength: 4 }), async (lengths) => {
        const file = join(folder, "a.npy");
        const pieces = lengths.map(pattern);
        const shard = await shardFile(file, memory);
        for (const piece of pieces) {
          // What was handed over may be written to at once.
          const lent = piece.slice();
          await shard.write([lent]);
          lent.fill(0);
        }
        await shard.close();
        expect(readFileSync(file).equals(Buffer.concat(pieces))).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it("is not there before it is closed, and leaves nothing when given up", async () => {
    const place = mkdtempSync(join(folder, "given-up-"));
    const shard = await shardFile(join(place, "a.npy"), memory);
    await shard.write([pattern(memory.length + 5, 1)]);
    expect(readdirSync(place)).not.toContain("a.npy");
    await shard.abort();
    expect(readdirSync(place)).toEqual([]);
  });

  it("names its final place when it cannot be written", async () => {
    const inTheWay = join(folder, "file");
    writeFileSync(inTheWay, "");
    const file = join(inTheWay, "a.npy");
    await expect(shardFile(file, memory)).rejects.toMatchObject({ kind: "io", place: { path: file } });
  });
});

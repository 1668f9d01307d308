import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trimEnd } from "../../src/input/trim-end.js";
import { pageWriter } from "../../src/ogg/mux.js";
import { buildOpusHead } from "../../src/opus/head.js";
import { buildOpusTags } from "../../src/opus/tags.js";
import { collect, takeApart } from "./fixtures.js";

const PRE_SKIP = 312;

/** A stream of `sizes.length` packets of 20 ms, several to a page. */
function stream(sizes: readonly number[], packetsAPage: number): Uint8Array {
  const writer = pageWriter(7);
  const mapping = { family: 0, streams: 1, coupled: 0, table: [0] };
  const head = buildOpusHead({
    channels: 1,
    preSkip: PRE_SKIP,
    inputSampleRate: 48000,
    outputGainQ8: 0,
    mapping,
  });
  const pages = [
    ...writer.push({ bytes: head, granule: 0, flush: true }),
    ...writer.push({ bytes: buildOpusTags({ vendor: "x", comments: [] }), granule: 0, flush: true }),
  ];
  sizes.forEach((size, i) => {
    const bytes = new Uint8Array(size).fill(i & 255);
    bytes[0] = 0xf8;
    const flush = (i + 1) % packetsAPage === 0 && i + 1 < sizes.length;
    pages.push(...writer.push({ bytes, granule: 960 * (i + 1), flush }));
  });
  return Buffer.concat([...pages, ...writer.end()]);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("trimEnd", () => {
  it("leaves exactly as many samples as asked for, packets untouched, cut anywhere, packets over many pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(70_000), fc.constant(510)), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 700, max: 200_000 }),
        async (sizes, packetsAPage, cut, pieceSize) => {
          const whole = stream(sizes, packetsAPage);
          const total = 960 * sizes.length - PRE_SKIP;
          const target = Math.max(1, total - cut);
          const options = { packetSamples: 960, maxCutSamples: 3000, targetSamples: async () => target };
          const ogg = takeApart(await collect(trimEnd(pieces(whole, pieceSize), options)));
          const before = takeApart(whole);
          expect(ogg.samples).toBe(target);
          expect(ogg.packets.length).toBe(Math.ceil((target + PRE_SKIP) / 960));
          ogg.packets.forEach((packet, i) => {
            expect(Buffer.compare(packet, before.packets[i] as Uint8Array)).toBe(0);
          });
          expect(ogg.lastFlags & 4).toBe(4);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("passes pages on before the end is known", async () => {
    let asked = false;
    const options = {
      packetSamples: 960,
      maxCutSamples: 960,
      targetSamples: async (total: number) => {
        asked = true;
        return total;
      },
    };
    const trimmed = trimEnd(pieces(stream(Array(100).fill(50), 10), 1000), options);
    await trimmed.next();
    await trimmed.next();
    await trimmed.next();
    expect(asked).toBe(false);
    await trimmed.return(undefined);
  });

  it("refuses what is no Ogg", async () => {
    const options = { packetSamples: 960, maxCutSamples: 0, targetSamples: async () => 0 };
    await expect(collect(trimEnd(pieces(new Uint8Array(99), 10), options))).rejects.toMatchObject({
      kind: "format",
    });
  });
});

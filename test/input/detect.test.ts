import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/input/detect.js";
import { buildPage } from "../../src/ogg/mux.js";
import { wavBytes } from "../metadata/wav-fixture.js";

const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");
const begin = (payload: string, serial = 1): Uint8Array => {
  const bytes = ascii(payload);
  return buildPage({ flags: 2, granule: 0, serial, sequence: 0, lacing: [bytes.length], parts: [bytes] });
};
const head = `OpusHead\x01\x01${"\0".repeat(9)}`;

describe("detectFormat", () => {
  it.each<[string, Uint8Array]>([
    ["empty", new Uint8Array(0)],
    ["ogg-opus", begin(head)],
    ["ogg-vorbis", begin("\x01vorbis...")],
    ["ogg-flac", begin("\x7fFLAC...")],
    ["ogg-other", begin("Speex   ")],
    ["wav", wavBytes({})],
    ["rf64", ascii("RF64\xff\xff\xff\xffWAVEds64")],
    ["flac", ascii("fLaC\0\0\0\x22")],
    ["flac", Buffer.concat([ascii("ID3\x04\0\0\0\0\0\x05abcde"), ascii("fLaC")])],
    ["mp3", ascii("ID3\x04\0\0\0\0\x02\0")],
    ["mp3", Uint8Array.of(0xff, 0xfb, 0x90, 0x64)],
    ["mp4", ascii("\0\0\0\x20ftypisom")],
    ["matroska", Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3)],
    ["caf", ascii("caff\0\x01\0\0")],
    ["text", Buffer.from("time,label\n1,Kauz über\n")],
    ["text", ascii("#EXTM3U\nhttp://example\n")],
    ["unknown", ascii("FORM\0\0\0\x10AIFF")],
    // A reserved MPEG version, and AAC in ADTS frames: no MP3.
    ["unknown", Uint8Array.of(0xff, 0xe8, 0x90, 0x64)],
    ["unknown", Uint8Array.of(0xff, 0xf1, 0x50, 0x80)],
  ])("%s", (format, bytes) => expect(detectFormat(bytes)).toBe(format));

  it("Opus goes before what it is multiplexed with", () => {
    expect(detectFormat(Buffer.concat([begin("fishead\0", 1), begin("\x01vorbis", 2), begin(head, 3)]))).toBe(
      "ogg-opus",
    );
  });

  it("Opus behind damage or a foreign head is found", () => {
    expect(detectFormat(Buffer.concat([ascii("\0\x01garbage"), begin(head)]))).toBe("ogg-opus");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof detectFormat(bytes) === "string"),
    );
  });
});

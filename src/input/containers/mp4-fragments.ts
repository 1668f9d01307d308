/** The packets of a fragmented MP4 track (ISO/IEC 14496-12 §8.8). */
import type { ByteSource } from "../../source/byte-source.js";
import { type Box, boxesIn, boxesOf, viewOf } from "./boxes.js";
import type { SamplePlace } from "./mp4.js";

/** What holds for packets whose fragment does not say otherwise (`trex`, `tfhd`). */
export interface SampleDefaults {
  /** In the track's time scale. */
  readonly duration: number;
  /** In bytes. */
  readonly size: number;
}

const MAX_FRAGMENT_BYTES = 1 << 24;

/** Where each packet of a track lies, fragment after fragment. */
export async function* fragmentSamples(
  source: ByteSource,
  trackId: number,
  defaults: SampleDefaults,
): AsyncGenerator<SamplePlace> {
  for await (const box of boxesOf(source)) {
    if (box.type !== "moof" || box.end - box.start > MAX_FRAGMENT_BYTES) continue;
    const moof = await source.read(box.start, box.end);
    for (const { type, payload } of boxesIn(moof)) {
      if (type === "traf") yield* trafSamples(payload, box, { trackId, defaults });
    }
  }
}

function* trafSamples(
  traf: Uint8Array,
  moof: Box,
  { trackId, defaults }: { trackId: number; defaults: SampleDefaults },
): Generator<SamplePlace> {
  let header: FragmentHeader | undefined;
  let next = moof.at;
  for (const { type, payload } of boxesIn(traf)) {
    if (type === "tfhd") {
      header = readFragmentHeader(payload, moof, defaults);
      next = header.base;
    }
    if (type !== "trun" || header === undefined || header.trackId !== trackId) continue;
    for (const place of runSamples(payload, header, next)) {
      next = place.offset + place.size;
      yield place;
    }
  }
}

interface FragmentHeader extends SampleDefaults {
  readonly trackId: number;
  /** Byte that data offsets count from. */
  readonly base: number;
}

/** `tfhd`: flags | track u32 | base u64? | description u32? | duration u32? | size u32? | flags u32?. */
function readFragmentHeader(tfhd: Uint8Array, moof: Box, defaults: SampleDefaults): FragmentHeader {
  const fields = fieldReader(tfhd, 8);
  const base = fields.flags & 0x1 ? fields.uint64() : moof.at;
  if (fields.flags & 0x2) fields.uint32();
  const duration = fields.flags & 0x8 ? fields.uint32() : defaults.duration;
  const size = fields.flags & 0x10 ? fields.uint32() : defaults.size;
  return { trackId: viewOf(tfhd).getUint32(4), base, duration, size };
}

/** `trun`: flags | count u32 | data offset i32? | first flags u32? | rows of what the flags name. */
function* runSamples(trun: Uint8Array, header: FragmentHeader, next: number): Generator<SamplePlace> {
  const fields = fieldReader(trun, 8);
  const { flags } = fields;
  let offset = flags & 0x1 ? header.base + (fields.uint32() | 0) : next;
  if (flags & 0x4) fields.uint32();
  const rowBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  const declared = viewOf(trun).getUint32(4);
  // A run without rows is bounded by the bytes of its packets alone, so they must have some.
  const bound = rowBytes > 0 ? Math.floor(fields.left() / rowBytes) : header.size > 0 ? declared : 0;
  const count = Math.min(declared, bound);
  for (let i = 0; i < count; i++) {
    const duration = flags & 0x100 ? fields.uint32() : header.duration;
    const size = flags & 0x200 ? fields.uint32() : header.size;
    if (flags & 0x400) fields.uint32();
    if (flags & 0x800) fields.uint32();
    yield { offset, size, duration };
    offset += size;
  }
}

/** Reads fields one after another; those past the end are 0. */
function fieldReader(bytes: Uint8Array, from: number) {
  const view = viewOf(bytes);
  let at = from;
  const take = (size: number): number => {
    at += size;
    return at <= bytes.length ? at - size : -1;
  };
  const uint32 = (): number => {
    const place = take(4);
    return place === -1 ? 0 : view.getUint32(place);
  };
  return {
    flags: bytes.length < 4 ? 0 : view.getUint32(0) & 0xffffff,
    left: () => Math.max(0, bytes.length - at),
    uint32,
    uint64: () => uint32() * 2 ** 32 + uint32(),
  };
}

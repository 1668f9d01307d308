/** Files spoilt in every way that disks, radios and enemies know; checksums mended where wanted. */
import { readPages } from "../../src/ogg/packets.js";
import { sealPage } from "../../src/ogg/page.js";

/** Numbers that repeat with their seed (mulberry32). */
export interface Random {
  /** From 0 to below `below`. */
  whole(below: number): number;
  pick<T>(from: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  return { whole, pick: (from) => from[whole(from.length)] as never };
}

/** A spoilt file, and what was done to it. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly how: string;
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const HOSTILE = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

const mutations: Readonly<Record<string, Mutation>> = {
  flips(bytes, random) {
    const out = bytes.slice();
    for (let n = 1 + random.whole(8); n > 0; n--) {
      const at = random.whole(out.length);
      out[at] = (out[at] ?? 0) ^ (1 << random.whole(8));
    }
    return out;
  },
  cut: (bytes, random) => bytes.slice(0, random.whole(bytes.length)),
  "cut behind a page"(bytes, random) {
    const page = random.pick(readPages(bytes));
    return page === undefined ? bytes : bytes.slice(0, page.at + page.size);
  },
  "another head"(bytes, random) {
    const out = bytes.slice();
    const head = readPages(out)[0];
    // Pre-skip and gain: neither makes the file a broken one.
    if (head !== undefined)
      out[head.at + head.headerSize + random.pick([10, 11, 16, 17])] = random.whole(256);
    return out;
  },
  beheaded: (bytes, random) => bytes.slice(random.whole(bytes.length)),
  excised(bytes, random) {
    const from = random.whole(bytes.length);
    return joined(bytes.subarray(0, from), bytes.subarray(from + random.whole(5000)));
  },
  repeated(bytes, random) {
    const from = random.whole(bytes.length);
    const to = Math.min(bytes.length, from + random.whole(20_000));
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  zeros(bytes, random) {
    const out = bytes.slice();
    const from = random.whole(out.length);
    return out.fill(random.pick([0, 255]), from, from + random.whole(4096));
  },
  "hostile numbers"(bytes, random) {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    const head = Math.min(out.length, random.pick([120, 400, out.length])) - 8;
    for (let n = 1 + random.whole(3); n > 0 && head > 0; n--) {
      view.setUint32(random.whole(head), random.pick(HOSTILE), true);
    }
    return out;
  },
  "hostile header fields"(bytes, random) {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    const pages = readPages(out);
    for (let n = 1 + random.whole(3); n > 0 && pages.length > 0; n--) {
      const { at } = random.pick(pages);
      const [offset, size] = random.pick([
        [5, 1],
        [6, 4],
        [10, 4],
        [14, 4],
        [18, 4],
        [26, 1],
        [27, 1],
      ] as const);
      if (at + offset + size > out.length) continue; // a page of no lacing values at the end
      if (size === 1) view.setUint8(at + offset, random.whole(256));
      else view.setUint32(at + offset, random.pick([...HOSTILE, random.whole(2 ** 32)]), true);
    }
    return out;
  },
  "pages shuffled"(bytes, random) {
    const pages = readPages(bytes).map((page) => bytes.subarray(page.at, page.at + page.size));
    for (let n = 1 + random.whole(4); n > 0 && pages.length > 1; n--) {
      const [a, b] = [random.whole(pages.length), random.whole(pages.length)];
      [pages[a], pages[b]] = [pages[b] as Uint8Array, pages[a] as Uint8Array];
    }
    return joined(...pages);
  },
  "pages dropped"(bytes, random) {
    const pages = readPages(bytes);
    const drop = new Set(Array.from({ length: 1 + random.whole(3) }, () => random.whole(pages.length)));
    return joined(...pages.filter((_, i) => !drop.has(i)).map((p) => bytes.subarray(p.at, p.at + p.size)));
  },
};

/** Spoils a file once or twice; `other` is what it is spliced with. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Mutant {
  const names = Object.keys(mutations);
  const how: string[] = [];
  let out = bytes;
  if (random.whole(8) === 0) {
    how.push("spliced");
    out = joined(bytes.subarray(0, random.whole(bytes.length)), other.subarray(random.whole(other.length)));
  }
  for (let n = 1 + random.whole(2); n > 0 && out.length > 0; n--) {
    const name = random.pick(names);
    how.push(name);
    out = (mutations[name] as Mutation)(out, random);
  }
  // With checksums that hold, what stands behind them is reached.
  if (random.whole(2) === 0) {
    how.push("sealed");
    out = sealed(out);
  }
  return { bytes: out, how: how.join(", ") };
}

/** The same with the checksum of everything that looks like a page mended. */
function sealed(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at + 27 <= out.length; ) {
    if (out[at] !== 0x4f || out[at + 1] !== 0x67 || out[at + 2] !== 0x67 || out[at + 3] !== 0x53) {
      at++;
      continue;
    }
    const header = 27 + (out[at + 26] ?? 0);
    let size = header;
    for (let i = at + 27; i < Math.min(out.length, at + header); i++) size += out[i] ?? 0;
    if (at + size > out.length) {
      at++;
      continue;
    }
    sealPage(out.subarray(at, at + size));
    at += size;
  }
  return out;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

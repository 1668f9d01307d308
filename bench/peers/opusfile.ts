/** The libopusfile peer, where a C compiler, pkg-config and libopusfile are installed. */
import { fileURLToPath } from "node:url";
import { compiled, linesOf } from "../../test/opus/compile.js";

/** What `opusfile decode` reports. */
export interface DecodeReport {
  readonly samples: number;
  readonly channels: number;
  readonly holes: number;
  /** Decoding alone, in seconds. */
  readonly seconds: number;
}

/** What `opusfile seek` reports. */
export interface SeekReport {
  readonly segments: number;
  readonly samples: number;
  readonly channels: number;
  /** Seeking and decoding alone, in seconds. */
  readonly seconds: number;
}

/** The built program. */
export interface OpusfilePeer {
  /** Decodes a whole file in order into `out`: float32, interleaved, 48 kHz. */
  decode(file: string, out: string): DecodeReport;
  /** Seeks (80 ms of pre-roll, libopusfile's own) and decodes each segment of a list file, into `out` if given. */
  seek(file: string, list: string, out?: string): SeekReport;
}

/** Builds the peer; undefined where it cannot be built. */
export function opusfilePeer(): OpusfilePeer | undefined {
  const program = compiled(fileURLToPath(new URL("./opusfile.c", import.meta.url)), "opusfile");
  if (program === undefined) return undefined;
  const report = <Report>(args: readonly string[]): Report =>
    JSON.parse(linesOf(program, args).join("\n")) as Report;
  return {
    decode: (file, out) => report<DecodeReport>(["decode", file, out]),
    seek: (file, list, out) => report<SeekReport>(["seek", file, list, ...(out === undefined ? [] : [out])]),
  };
}

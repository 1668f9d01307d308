/** Running ffmpeg: a program of its own, found on the PATH or where the user says. */
import type { Readable } from "node:stream";
import { type ErrorPlace, OpusZarrError } from "../errors.js";
import { type FfmpegLog, ffmpegLog } from "./ffmpeg-log.js";

/** Names the ffmpeg program to use instead of the one on the PATH. */
const FFMPEG_VARIABLE = "OPUS_ZARR_FFMPEG";

/** How to get ffmpeg, for those who have none. */
const HOW_TO_GET =
  "install it (Debian, Ubuntu: apt-get install ffmpeg; macOS: " +
  `brew install ffmpeg; Windows: winget install ffmpeg; conda: conda install ffmpeg) or set ${FFMPEG_VARIABLE} ` +
  "to the path of the program";

/** ffmpeg that writes nothing for so long hangs: a damaged file, a disk that does not answer. */
const STALL_MS = 120_000;

/** A run of ffmpeg whose output is read as it comes. */
export interface FfmpegRun {
  readonly log: FfmpegLog;
  /** Settles when the log has named the file's audio stream, or when ffmpeg has ended without. */
  readonly announced: Promise<void>;
  /** What ffmpeg writes, in pieces; must be read to the end, or the run be stopped. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Ends when ffmpeg has: throws where it failed, unless it was stopped. */
  readonly ended: Promise<void>;
  /** Ends the program if it still runs. */
  stop(): Promise<void>;
}

/** Options of {@link runFfmpeg}. */
export interface FfmpegOptions {
  /** The program; by default that of `OPUS_ZARR_FFMPEG`, else `ffmpeg` on the PATH. */
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The file or the recording worked on, for messages. */
  readonly path?: string | undefined;
  readonly recording?: string | undefined;
  /** What its own messages call it. */
  readonly named?: string | undefined;
  /** What ffmpeg is fed through a pipe; nothing unless given. */
  readonly input?: Uint8Array | undefined;
  /** What it is needed for, for those who have none: `for files other than Opus`. */
  readonly need: string;
}

/** Starts ffmpeg with the arguments given; its output comes through a pipe. */
export async function runFfmpeg(args: readonly string[], options: FfmpegOptions): Promise<FfmpegRun> {
  const { execa } = await import("execa");
  const program = options.ffmpegPath ?? process.env[FFMPEG_VARIABLE] ?? "ffmpeg";
  options.signal?.throwIfAborted();
  const child = execa(program, [...args], {
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    buffer: false,
    reject: false,
    stripFinalNewline: false,
    env: { AV_LOG_FORCE_NOCOLOR: "1" },
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  let announce = (): void => {};
  const announced = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const log = ffmpegLog(announce);
  (child.stderr as Readable).setEncoding("utf8").on("data", (text: string) => log.push(text));
  const output = begun(
    plainBytes(child.stdout as Readable, () => {
      log.push(`\n[error] no output for ${STALL_MS / 1000} s\n`);
      child.kill("SIGKILL");
    }),
  );
  let stopped = false;
  const ended = child.then((result) => {
    log.push("\n");
    announce();
    options.signal?.throwIfAborted();
    if (result.failed && !stopped) throw runError(result, log, { ...options, program });
  });
  // Whoever stops a run early does not wait for its end.
  ended.catch(() => {});
  return {
    log,
    announced,
    ended,
    output,
    async stop() {
      // A program that has ended by itself keeps its own outcome.
      stopped ||= child.exitCode === null && child.signalCode === null;
      child.kill("SIGKILL");
      child.stdout?.destroy();
      await child;
    },
  };
}

/** Buffers as plain arrays: `slice` of a Buffer is a view, where ours is a copy. */
async function* plainBytes(stream: Readable, onStall: () => void): AsyncGenerator<Uint8Array> {
  // The clock runs only while we wait for ffmpeg, not while our reader is at work.
  let stall = setTimeout(onStall, STALL_MS);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      clearTimeout(stall);
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      stall = setTimeout(onStall, STALL_MS);
    }
  } finally {
    clearTimeout(stall);
  }
}

/** Reading begins now: what a program writes before it is read, execa throws away. */
function begun(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = pieces.next();
  first.catch(() => {});
  return (async function* () {
    try {
      const { done, value } = await first;
      if (done !== true) yield value;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  })();
}

interface Ended {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function runError(
  result: Ended,
  log: FfmpegLog,
  about: FfmpegOptions & { readonly program: string },
): OpusZarrError {
  const { program, path, recording, named, need } = about;
  const place: ErrorPlace = { path, recording };
  const dependency = (message: string): OpusZarrError => new OpusZarrError("dependency", message, place);
  const howToGet = `ffmpeg is needed ${need}: ${HOW_TO_GET}`;
  if (result.code === "ENOENT") return dependency(`no program ${JSON.stringify(program)}: ${howToGet}`);
  if (result.code !== undefined && result.exitCode === undefined) {
    return dependency(`${program} cannot be run (${result.code}): ${howToGet}`);
  }
  // The file is named once, behind the message.
  const said = log.errors
    .map((each) => (named === undefined ? each : each.replace(`${named}: `, "")))
    .join("; ");
  if (/Unknown encoder 'libopus'/.test(said)) {
    return dependency(`${program} was built without libopus: take another. ${howToGet}`);
  }
  if (/not on whitelist/.test(said))
    return new OpusZarrError("format", "holds no sound of a known kind", place);
  if (/matches no streams/.test(said)) return new OpusZarrError("format", "holds no audio", place);
  if (result.signal !== undefined) {
    const why = said === "" ? "" : `: ${said}`;
    return dependency(`${program} was ended by ${result.signal}${why}`);
  }
  const reason = said !== "" ? said : `it ended with status ${result.exitCode}`;
  return new OpusZarrError("format", `ffmpeg cannot read it: ${reason}`, place);
}

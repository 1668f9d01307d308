/**
 * ffmpeg as a decoder: one process a batch. It is fed, through a pipe, an Ogg stream of just the packets that
 * the batch needs, and gives 32-bit floats back through another. The stream that it sees begins at 0 and skips
 * nothing, so that every packet's samples come out, and which of them are wanted is counted here.
 */
import { OpusZarrError } from "../errors.js";
import { type FfmpegRun, runFfmpeg } from "../input/ffmpeg.js";
import { joined } from "../ogg/joined.js";
import { pageWriter } from "../ogg/mux.js";
import { buildOpusHead, type ChannelMapping } from "../opus/head.js";
import { buildOpusTags } from "../opus/tags.js";
import { packetInfo } from "../opus/toc.js";
import { OPUS_RATE_HZ } from "../units.js";
import type { DecoderLayout } from "./decoder.js";
import { batchPackets, type PlacedPacket } from "./packets.js";
import { type TargetWriter, targetWriter } from "./targets.js";
import type { DecodeOutcome, DecodeTask } from "./task.js";

/** How ffmpeg is found and stopped. */
export interface FfmpegDecodeOptions {
  readonly ffmpegPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Ogg Opus from stdin, floats to stdout; the log names the version and what went wrong. */
const ARGUMENTS =
  "-nostats -loglevel level+info -threads 1 -f ogg -i pipe:0 -map 0:a:0 -c:a pcm_f32le -f f32le pipe:1".split(
    " ",
  );

/**
 * Decodes a batch with an ffmpeg of its own.
 *
 * @param bytes the batch's pages
 * @param task at 48 kHz, the one rate that ffmpeg decodes Opus at
 * @throws {OpusZarrError} of kind `dependency` where there is no ffmpeg; `format` when the pages do not hold the
 * packets that the index promises, or when ffmpeg gives other than the samples that they promise
 */
export async function decodeWithFfmpeg(
  bytes: Uint8Array,
  task: DecodeTask,
  options: FfmpegDecodeOptions = {},
): Promise<DecodeOutcome> {
  const { recording, layout } = task;
  const packets = batchPackets(bytes, task);
  const accepted = packets.filter(
    ({ source, from, to }) => packetInfo(source, from, to, layout.mapping.streams).valid,
  );
  const run = await runFfmpeg(ARGUMENTS, {
    ...options,
    recording,
    input: oggStream(accepted, layout),
    need: "to decode with ffmpeg",
  });
  const wanted = accepted.reduce((sum, packet) => sum + packet.samples, 0);
  const writer = targetWriter(task);
  const got = await placeOutput(run, accepted, { channels: layout.channels, writer }).catch(async (error) => {
    await run.stop();
    // Why it ended says more than that its output did.
    await run.ended;
    throw error;
  });
  await run.ended;
  if (got !== wanted) {
    const said = run.log.errors.length > 0 ? `: ${run.log.errors.join("; ")}` : "";
    throw new OpusZarrError(
      "format",
      `ffmpeg: expected ${wanted} samples of ${accepted.length} packets, got ${got}${said}; the decoder libopus takes them one by one`,
      { recording },
    );
  }
  return {
    decoder: `ffmpeg ${run.log.version ?? ""}`.trim(),
    decodedSamples: wanted,
    settled: true,
    prerollSamples: Math.max(0, task.fromPos - (packets[0]?.pos ?? task.fromPos)),
    refused: packets
      .filter((packet) => packet.samples > 0 && !accepted.includes(packet))
      .map(({ pos, samples }) => ({ start: pos, end: pos + samples })),
  };
}

/**
 * Packets as an Ogg Opus stream of their own. Pre-skip and gain are 0: they are counted and applied where the
 * samples are placed. Channels are declared as discrete ones, or ffmpeg would bring them into an order of its own.
 */
export function oggStream(packets: readonly PlacedPacket[], layout: DecoderLayout): Uint8Array {
  const { channels, mapping } = layout;
  const plain =
    mapping.streams === 1 &&
    mapping.coupled === channels - 1 &&
    mapping.table.every((from, channel) => from === channel);
  const declared: ChannelMapping = { ...mapping, family: plain && channels <= 2 ? 0 : 255 };
  const head = { channels, preSkip: 0, inputSampleRate: OPUS_RATE_HZ, outputGainQ8: 0, mapping: declared };
  const writer = pageWriter(1);
  const pages = [
    ...writer.push({ bytes: buildOpusHead(head), granule: 0, flush: true }),
    ...writer.push({ bytes: buildOpusTags({ vendor: "opus-zarr", comments: [] }), granule: 0, flush: true }),
  ];
  let granule = 0;
  for (const { source, from, to, samples } of packets) {
    granule += samples;
    pages.push(...writer.push({ bytes: source.subarray(from, to), granule, flush: false }));
  }
  pages.push(...writer.end());
  return joined(pages);
}

/** Hands what ffmpeg writes to the writer, at the packets' positions; gives the samples a channel that came. */
async function placeOutput(
  run: FfmpegRun,
  packets: readonly PlacedPacket[],
  to: { readonly channels: number; readonly writer: TargetWriter },
): Promise<number> {
  const { channels, writer } = to;
  let packet = 0;
  /** Samples of the packet that have come. */
  let inPacket = 0;
  let got = 0;
  for await (const frames of wholeFrames(run.output, channels)) {
    const count = frames.length / channels;
    got += count;
    for (let at = 0; at < count && packet < packets.length; ) {
      const { pos, samples } = packets[packet] as PlacedPacket;
      const length = Math.min(samples - inPacket, count - at);
      const piece = frames.subarray(at * channels, (at + length) * channels);
      writer.write(planar(piece, channels), length, pos + inPacket);
      at += length;
      inPacket += length;
      if (inPacket < samples) continue;
      packet++;
      inPacket = 0;
    }
  }
  return got;
}

/** Pieces of bytes as whole frames of a float a channel. */
async function* wholeFrames(
  pieces: AsyncIterable<Uint8Array>,
  channels: number,
): AsyncGenerator<Float32Array> {
  let rest = new Uint8Array(0);
  for await (const piece of pieces) {
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    const whole = bytes.length - (bytes.length % (4 * channels));
    rest = bytes.slice(whole);
    yield new Float32Array(bytes.buffer, 0, whole / 4);
  }
}

/** Frames as one channel behind the other. */
function planar(frames: Float32Array, channels: number): Float32Array {
  if (channels === 1) return frames;
  const samples = frames.length / channels;
  const out = new Float32Array(frames.length);
  for (let i = 0; i < samples; i++) {
    for (let c = 0; c < channels; c++) out[c * samples + i] = frames[i * channels + c] as number;
  }
  return out;
}

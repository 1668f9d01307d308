/**
 * libopus as WebAssembly: the embedded decoder.
 *
 * The `opus-decoder` package is driven below its `decodeFrame`, straight on its WebAssembly memory: its
 * own call copies every channel of every packet twice, refuses packets over 3,840 bytes a channel by
 * throwing, and writes to the console for each packet that libopus refuses. The version is pinned for
 * this, and {@link openLibopusDecoder} checks that everything it needs is there.
 */
import { OpusDecoder } from "opus-decoder";
import { OpusZarrError } from "../errors.js";
import type { DecoderLayout, PacketDecoder } from "./decoder.js";
import { type DecoderState, locateState } from "./libopus-state.js";
import { type Settling, settling } from "./settling.js";

/** Name and version that results carry. */
export const LIBOPUS_DECODER_NAME = "opus-decoder 0.7.12";

interface WasmBuffer<T> {
  readonly ptr: number;
  readonly buf: T;
}

interface LibopusWasm {
  readonly HEAP: ArrayBuffer;
  malloc(bytes: number): number;
  free(pointer: number): void;
  opus_frame_decoder_create(
    rate: number,
    channels: number,
    streams: number,
    coupled: number,
    mapping: number,
    preSkip: number,
    forceStereo: number,
  ): number;
  opus_frame_decode_float_deinterleaved(
    decoder: number,
    input: number,
    bytes: number,
    output: number,
  ): number;
}

/** The parts of an `OpusDecoder` below its public face that we use. */
interface DecoderParts {
  readonly _decoder: number;
  readonly _input: WasmBuffer<Uint8Array>;
  readonly _output: WasmBuffer<Float32Array>;
  readonly _common: { readonly wasm: LibopusWasm };
}

/**
 * Opens a decoder for a channel layout.
 *
 * @throws {OpusZarrError} of kind `dependency` when WebAssembly cannot be started or the layout does not
 * fit the decoder's memory
 */
export async function openLibopusDecoder(layout: DecoderLayout): Promise<PacketDecoder> {
  const { channels, mapping, sampleRateHz } = layout;
  const opus = new OpusDecoder({
    sampleRate: sampleRateHz as 48_000,
    channels,
    streamCount: mapping.streams,
    coupledStreamCount: mapping.coupled,
    channelMappingTable: [...mapping.table],
    preSkip: 0,
  });
  await opus.ready;
  const { _decoder: decoder, _input, _output, _common } = partsOf(opus);
  const { wasm } = _common;
  const heap = new Uint8Array(wasm.HEAP);
  const words = new Uint32Array(wasm.HEAP);
  const state = locateState(words, decoder, layout);
  const fresh = words.slice(state.start, state.end);
  const inputFor = inputPlace(wasm, _input);
  let twin: Twin | undefined;
  let broken = false;

  return {
    name: LIBOPUS_DECODER_NAME,
    output: _output.buf,
    decode(bytes, from, to) {
      const input = inputFor(to - from);
      if (input === 0) return 0;
      heap.set(bytes.subarray(from, to), input);
      try {
        if (twin?.watch.both)
          wasm.opus_frame_decode_float_deinterleaved(twin.decoder, input, to - from, _output.ptr);
        const got = wasm.opus_frame_decode_float_deinterleaved(decoder, input, to - from, _output.ptr);
        twin?.watch.look(bytes, from, to);
        return Math.max(0, got);
      } catch (error) {
        // Some packets, made of noise, have libopus divide by zero. Its stack is then left as it was in the midst of that.
        if (!(error instanceof Error && error.name === "RuntimeError")) throw error;
        broken = true;
        return 0;
      }
    },
    reset() {
      twin?.watch.end();
      words.set(fresh, state.start);
    },
    beginAnywhere() {
      twin ??= openTwin(wasm, { layout, words, state });
      words.set(fresh, state.start);
      twin.watch.begin();
    },
    get settled() {
      return twin?.watch.settled === true;
    },
    get broken() {
      return broken;
    },
    close() {
      opus.free();
    },
  };
}

/** A second decoder, in the same memory, that starts from the opposite past. */
interface Twin {
  readonly decoder: number;
  readonly state: DecoderState;
  readonly watch: Settling;
}

function openTwin(
  wasm: LibopusWasm,
  first: { readonly layout: DecoderLayout; readonly words: Uint32Array; readonly state: DecoderState },
): Twin {
  const { layout, words } = first;
  const { streams, coupled, table } = layout.mapping;
  const mapping = wasm.malloc(table.length);
  new Uint8Array(wasm.HEAP).set(table, mapping);
  const decoder = wasm.opus_frame_decoder_create(
    layout.sampleRateHz,
    layout.channels,
    streams,
    coupled,
    mapping,
    0,
    0,
  );
  const state = locateState(words, decoder, layout);
  const memory = { words, floats: new Float32Array(wasm.HEAP) };
  return { decoder, state, watch: settling(memory, first.state, state) };
}

/** Gives a place for a packet's bytes: the decoder's own, or a larger one; 0 if there is no memory for it. */
function inputPlace(wasm: LibopusWasm, input: WasmBuffer<Uint8Array>): (bytes: number) => number {
  let own = { ptr: 0, bytes: 0 };
  return (bytes) => {
    if (bytes <= input.buf.length) return input.ptr;
    if (own.bytes < bytes) {
      if (own.ptr !== 0) wasm.free(own.ptr);
      own = { ptr: wasm.malloc(bytes), bytes };
      if (own.ptr === 0) own = { ptr: 0, bytes: 0 };
    }
    return own.ptr;
  };
}

function partsOf(opus: unknown): DecoderParts {
  const parts = opus as Partial<DecoderParts>;
  const decode = parts._common?.wasm?.opus_frame_decode_float_deinterleaved;
  if (typeof decode !== "function" || !parts._input || !parts._output || !parts._decoder) {
    throw new OpusZarrError(
      "dependency",
      `expected ${LIBOPUS_DECODER_NAME} with its WebAssembly, got another build`,
    );
  }
  return parts as DecoderParts;
}

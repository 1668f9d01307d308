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

/** Name and version that results carry. */
export const LIBOPUS_DECODER_NAME = "opus-decoder 0.7.12";

interface WasmBuffer<T> {
  readonly ptr: number;
  readonly buf: T;
}

/** The parts of an `OpusDecoder` below its public face that we use. */
interface DecoderParts {
  readonly _decoder: number;
  readonly _input: WasmBuffer<Uint8Array>;
  readonly _output: WasmBuffer<Float32Array>;
  readonly _common: {
    readonly wasm: {
      readonly HEAP: ArrayBuffer;
      malloc(bytes: number): number;
      free(pointer: number): void;
      opus_frame_decode_float_deinterleaved(
        decoder: number,
        input: number,
        bytes: number,
        output: number,
      ): number;
    };
  };
}

/**
 * Opens a decoder for a channel layout.
 *
 * @throws {OpusZarrError} of kind `dependency` when WebAssembly cannot be started or the layout does not
 * fit the decoder's memory
 */
export async function openLibopusDecoder(layout: DecoderLayout): Promise<PacketDecoder> {
  const { channels, mapping, sampleRateHz } = layout;
  const decoder = new OpusDecoder({
    sampleRate: sampleRateHz as 48_000,
    channels,
    streamCount: mapping.streams,
    coupledStreamCount: mapping.coupled,
    channelMappingTable: [...mapping.table],
    preSkip: 0,
  });
  await decoder.ready;
  let parts = partsOf(decoder);
  let own: { ptr: number; bytes: number } | undefined;

  const inputFor = (length: number): number => {
    if (length <= parts._input.buf.length) return parts._input.ptr;
    if (own === undefined || own.bytes < length) {
      if (own !== undefined) parts._common.wasm.free(own.ptr);
      own = { ptr: parts._common.wasm.malloc(length), bytes: length };
    }
    return own.ptr;
  };

  return {
    name: LIBOPUS_DECODER_NAME,
    get output() {
      return parts._output.buf;
    },
    decode(bytes, from, to) {
      const { wasm } = parts._common;
      const pointer = inputFor(to - from);
      if (pointer === 0) {
        own = undefined;
        return 0;
      }
      new Uint8Array(wasm.HEAP, pointer, to - from).set(bytes.subarray(from, to));
      const output = parts._output.ptr;
      return Math.max(
        0,
        wasm.opus_frame_decode_float_deinterleaved(parts._decoder, pointer, to - from, output),
      );
    },
    async reset() {
      own = undefined;
      await decoder.reset();
      parts = partsOf(decoder);
    },
    close() {
      own = undefined;
      decoder.free();
    },
  };
}

function partsOf(decoder: unknown): DecoderParts {
  const parts = decoder as Partial<DecoderParts>;
  const decode = parts._common?.wasm?.opus_frame_decode_float_deinterleaved;
  if (typeof decode !== "function" || !parts._input || !parts._output || !parts._decoder) {
    throw new OpusZarrError(
      "dependency",
      `expected ${LIBOPUS_DECODER_NAME} with its WebAssembly, got another build`,
    );
  }
  return parts as DecoderParts;
}

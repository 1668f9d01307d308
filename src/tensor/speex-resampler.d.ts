/** What we use of `@echogarden/speex-resampler-wasm`, which brings no types of its own. */
declare module "@echogarden/speex-resampler-wasm/simd" {
  /** The WebAssembly of Speex's resampler; pointers are byte addresses in its memory. */
  export interface SpeexModule {
    /** Replaced when the memory grows. */
    readonly HEAPF32: Float32Array;
    readonly HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _speex_resampler_init(
      channels: number,
      fromHz: number,
      toHz: number,
      quality: number,
      error: number,
    ): number;
    /** Half the filter's length, in input samples. */
    _speex_resampler_get_input_latency(state: number): number;
    _speex_resampler_reset_mem(state: number): number;
    /** The next output stands where the next input does. */
    _speex_resampler_skip_zeros(state: number): number;
    /** `inputs` and `outputs` point to how many there are; on return to how many were taken and made. */
    _speex_resampler_process_float(
      state: number,
      channel: number,
      input: number,
      inputs: number,
      output: number,
      outputs: number,
    ): number;
  }
  /** Loads the WebAssembly. */
  export default function load(): Promise<SpeexModule>;
}

/** The one function of `fourier-transform` that we use; the library brings no types of its own. */
declare module "fourier-transform" {
  /** Spectrum `[re, im]` of a real input whose length is a power of two: `length / 2 + 1` bins, not normalised. */
  export function fft(
    input: Float64Array,
    output: readonly [re: Float64Array, im: Float64Array],
  ): readonly [re: Float64Array, im: Float64Array];
}

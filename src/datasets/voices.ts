/** The voices of the soundscape: each adds one call to a signal. */
import { type Random, seededRandom } from "../random.js";
import { bandPass, sinTurns, swell } from "./synth.js";

/** Where and how a call is to be sounded. */
export interface Call {
  readonly startSample: number;
  readonly samples: number;
  readonly lowHz: number;
  readonly highHz: number;
  /** Amplitude, 1 being full scale. */
  readonly level: number;
  /** Draws what is free in the call: rates, noise. */
  readonly random: Random;
  readonly rateHz: number;
}

/** Adds a call to `signal`, in place: these are the only functions that write into it. */
export type Voice = (signal: Float32Array, call: Call) => void;

/** A tone that glides from the low to the high frequency: a whistled call. */
export const sweepUp: Voice = (signal, call) => glide(signal, call, call.lowHz, call.highHz);

/** A tone that glides from the high to the low frequency. */
export const sweepDown: Voice = (signal, call) => glide(signal, call, call.highHz, call.lowHz);

function glide(signal: Float32Array, call: Call, fromHz: number, toHz: number): void {
  let phase = 0;
  for (let i = 0; i < call.samples; i++) {
    const done = i / call.samples;
    phase += (fromHz + (toHz - fromHz) * done) / call.rateHz;
    add(signal, call.startSample + i, call.level * swell(i, call.samples, 960) * sinTurns(phase));
  }
}

/** 14 to 22 short falling notes a second, one after the other. */
export const trill: Voice = (signal, call) => {
  const note = Math.floor(call.rateHz / (14 + 8 * call.random()));
  const sounding = Math.floor(note * 0.6);
  for (let from = 0; from + sounding <= call.samples; from += note) {
    const one = { ...call, startSample: call.startSample + from, samples: sounding };
    glide(signal, one, call.highHz, call.lowHz);
  }
};

/** 8 to 14 dying pulses a second of a low tone and its octave. */
export const pulses: Voice = (signal, call) => {
  const period = Math.floor(call.rateHz / (8 + 6 * call.random()));
  const sounding = Math.floor(period * 0.7);
  // The octave, at 2.5 × low, has to stay below the call's upper frequency.
  const tone = 1.25 * call.lowHz;
  for (let from = 0; from + sounding <= call.samples; from += period) {
    let decay = 1;
    for (let i = 0; i < sounding; i++) {
      const phase = (tone * i) / call.rateHz;
      const wave = 0.75 * sinTurns(phase) + 0.25 * sinTurns(2 * phase);
      add(signal, call.startSample + from + i, call.level * decay * swell(i, sounding, 240) * wave);
      decay *= 0.9994;
    }
  }
};

/** A buzzing band: noise of a narrow band, 30 to 45 times a second louder and softer. */
export const buzz: Voice = (signal, call) => {
  const hz = 30 + 15 * call.random();
  band(signal, call, 12, (i) => 0.55 - 0.45 * sinTurns((hz * i) / call.rateHz));
};

/** Rain: a hiss, and drops. */
export const rain: Voice = (signal, call) => {
  band(signal, call, 0.7, () => 0.5);
  const drop = bandPass(3200, 2.5, call.rateHz);
  for (let i = 0; i < call.samples; i++) {
    const struck = call.random() < 40 / call.rateHz ? 6 + 10 * call.random() : 0;
    add(signal, call.startSample + i, call.level * swell(i, call.samples, call.rateHz) * drop(struck));
  }
};

function band(signal: Float32Array, call: Call, q: number, loudness: (sample: number) => number): void {
  // Noise of its own seed, so that the other draws do not hang on the call's length.
  const noise = seededRandom(Math.floor(call.random() * 2 ** 32));
  const filter = bandPass((call.lowHz + call.highHz) / 2, q, call.rateHz);
  const scale = call.level * Math.sqrt(3 * q);
  for (let i = 0; i < call.samples; i++) {
    const envelope = swell(i, call.samples, call.rateHz / 2) * loudness(i);
    add(signal, call.startSample + i, scale * envelope * filter(2 * noise() - 1));
  }
}

function add(signal: Float32Array, at: number, value: number): void {
  if (at < signal.length) signal[at] = (signal[at] as number) + value;
}

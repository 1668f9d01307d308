// Sounds for the test streams, the same on every run.
import { makeSoundscape } from "../../dist/datasets/soundscape.js";
import { bandPass, sinTurns, swell, wanderer } from "../../dist/datasets/synth.js";
import { seededRandom } from "../../dist/random.js";

const RATE = 48_000;

/** The bundled kind of soundscape. */
export function nature(seconds, seed) {
  return makeSoundscape({ seed, durationSeconds: seconds }).samples;
}

const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [300, 870, 2240],
  [530, 1840, 2480],
  [570, 840, 2410],
];

/** Speech-like: syllables of a buzzing source through formants, hissing sounds and pauses between them. */
export function voice(seconds, seed) {
  const out = new Float32Array(Math.round(seconds * RATE));
  const random = seededRandom(seed);
  const pitch = wanderer(seededRandom(seed + 1), RATE / 4);
  let phase = 0;
  for (let at = 0; at < out.length; ) {
    const length = Math.round((0.12 + 0.2 * random()) * RATE);
    const kind = random();
    const formants = VOWELS[Math.floor(random() * VOWELS.length)].map((hz, i) =>
      bandPass(hz, 6 + 2 * i, RATE),
    );
    const hiss = bandPass(3500 + 3000 * random(), 1, RATE);
    for (let i = 0; i < length && at + i < out.length; i++) {
      const edge = swell(i, length, RATE / 50);
      phase += (95 + 120 * pitch()) / RATE;
      if (kind < 0.7) {
        const saw = 2 * (phase - Math.floor(phase)) - 1;
        const pulse = saw * saw * saw;
        out[at + i] = 0.5 * edge * (formants[0](pulse) + 0.6 * formants[1](pulse) + 0.3 * formants[2](pulse));
      } else if (kind < 0.85) {
        out[at + i] = 0.25 * edge * hiss(2 * random() - 1);
      }
    }
    at += length;
  }
  return out;
}

/** Chords of steady tones with soft beginnings: what CELT codes with long prediction. */
export function tones(seconds, seed) {
  const out = new Float32Array(Math.round(seconds * RATE));
  const random = seededRandom(seed);
  for (let at = 0; at < out.length; at += RATE / 2) {
    const root = 110 * (1 + Math.floor(random() * 8));
    for (let i = 0; i < RATE && at + i < out.length; i++) {
      const t = i / RATE;
      const chord = sinTurns(root * t) + 0.6 * sinTurns(1.25 * root * t) + 0.5 * sinTurns(1.5 * root * t);
      out[at + i] += 0.15 * swell(i, RATE, RATE / 20) * chord;
    }
  }
  return out;
}

/** A tone and its odd overtones up to the given one, without any change: what a decoder's roundings never leave. */
export function steady(seconds, hz, overtones) {
  const out = new Float32Array(Math.round(seconds * RATE));
  for (let n = 1; n <= overtones; n += 2)
    for (let i = 0; i < out.length; i++) out[i] += (0.35 / n) * sinTurns((n * hz * i) / RATE);
  return out;
}

/** The sound with pauses of digital silence: `on` seconds of it, then `off` seconds of nothing. */
export function withSilence(sound, on, off) {
  const period = (on + off) * RATE;
  return sound.map((x, i) => (i % period < on * RATE ? x : 0));
}

/** Channels of equal length, interleaved. */
export function interleaved(channels) {
  const out = new Float32Array(channels.length * channels[0].length);
  channels.forEach((channel, c) => {
    channel.forEach((x, i) => {
      out[i * channels.length + c] = x;
    });
  });
  return out;
}

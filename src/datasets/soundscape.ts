/**
 * A soundscape whose ground truth is known: wind, and over it calls of birds, frogs and insects and a
 * shower of rain, each at a known time and in a known band. What the bundled dataset was made with.
 */
import { OPUS_RATE_HZ, positiveNumber, wholeNumber } from "../units.js";
import { type Random, seededRandom } from "../random.js";
import { bandPass, wanderer } from "./synth.js";
import { buzz, pulses, rain, sweepDown, sweepUp, trill, type Voice } from "./voices.js";

/** One sound of the ground truth. */
export interface SoundscapeEvent {
  readonly label: string;
  /** Whole milliseconds, so whole samples at 48 kHz. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly lowHz: number;
  readonly highHz: number;
}

/** A soundscape and what is to be heard in it. */
export interface Soundscape {
  /** In Hz: 48,000. */
  readonly sampleRate: number;
  /** One channel, within ±1. */
  readonly samples: Float32Array;
  /** Sorted by start. */
  readonly events: readonly SoundscapeEvent[];
}

/** Options of {@link makeSoundscape}. */
export interface SoundscapeOptions {
  /** Another seed, another soundscape; 1 by default, the bundled one. */
  readonly seed?: number;
  /** Length in seconds; 80 by default, as bundled, and never less than 5. */
  readonly durationSeconds?: number;
}

/** A kind of short call: its band is drawn anew for each, within these ranges. */
interface Species {
  readonly label: string;
  readonly voice: Voice;
  readonly seconds: readonly [least: number, most: number];
  readonly lowHz: readonly [least: number, most: number];
  /** Upper frequency ÷ lower frequency. */
  readonly ratio: readonly [least: number, most: number];
  readonly level: number;
}

const SPECIES: readonly Species[] = [
  {
    label: "bird-sweep-up",
    voice: sweepUp,
    seconds: [0.3, 0.6],
    lowHz: [2000, 3200],
    ratio: [1.5, 1.9],
    level: 0.3,
  },
  {
    label: "bird-sweep-down",
    voice: sweepDown,
    seconds: [0.3, 0.6],
    lowHz: [2600, 3600],
    ratio: [1.5, 2],
    level: 0.25,
  },
  {
    label: "bird-trill",
    voice: trill,
    seconds: [0.9, 1.5],
    lowHz: [3600, 5200],
    ratio: [1.15, 1.3],
    level: 0.22,
  },
  {
    label: "frog-pulse",
    voice: pulses,
    seconds: [0.9, 1.6],
    lowHz: [600, 1000],
    ratio: [2.7, 2.9],
    level: 0.35,
  },
];

/** Long sounds, as parts of the whole length. */
const SPANS = [
  { label: "insect-band", voice: buzz, from: 0.1, to: 0.3, lowHz: 6700, highHz: 7700, level: 0.09 },
  { label: "insect-band", voice: buzz, from: 0.5, to: 0.7, lowHz: 6700, highHz: 7700, level: 0.09 },
  { label: "rain", voice: rain, from: 0.75, to: 0.92, lowHz: 1000, highHz: 12_000, level: 0.06 },
] as const;

/** A short call begins in each slot of this length. */
const SLOT_SECONDS = 2.5;

/**
 * Makes the soundscape: the same bytes for the same options on every machine.
 *
 * @returns one channel at 48 kHz, and its ground truth
 * @throws {OpusZarrError} of kind `argument` on a length that is not positive or a seed that is not a whole number
 * @example
 * ```ts
 * const { samples, events } = makeSoundscape({ seed: 7, durationSeconds: 30 });
 * ```
 */
export function makeSoundscape(options: SoundscapeOptions = {}): Soundscape {
  const seed = wholeNumber("seed", options.seed ?? 1);
  const seconds = Math.max(5, positiveNumber("durationSeconds", options.durationSeconds ?? 80));
  const random = seededRandom(seed);
  const samples = new Float32Array(Math.round(seconds * OPUS_RATE_HZ));
  addWind(samples, seededRandom(seed + 0x5eed));
  const events = [...longSounds(samples, seconds, random), ...shortCalls(samples, seconds, random)];
  events.sort((a, b) => a.startSeconds - b.startSeconds || a.lowHz - b.lowHz);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.min(1, Math.max(-1, samples[i] as number));
  }
  return { sampleRate: OPUS_RATE_HZ, samples, events };
}

function longSounds(samples: Float32Array, seconds: number, random: Random): SoundscapeEvent[] {
  return SPANS.map(({ label, voice, from, to, lowHz, highHz, level }) => {
    const event = timed(label, from * seconds, to * seconds, { lowHz, highHz });
    sound(samples, voice, event, { level, random });
    return event;
  });
}

function shortCalls(samples: Float32Array, seconds: number, random: Random): SoundscapeEvent[] {
  const events: SoundscapeEvent[] = [];
  const slots = Math.floor((seconds - 1) / SLOT_SECONDS);
  for (let slot = 0; slot < slots; slot++) {
    // Each species once in every four slots, in an order of its own: all are about equally common.
    const species = SPECIES[(slot + Math.floor(slot / 4)) % SPECIES.length] as Species;
    const between = ([least, most]: readonly [number, number]): number => least + (most - least) * random();
    const start = 0.5 + slot * SLOT_SECONDS + 0.8 * random();
    const length = between(species.seconds);
    const low = between(species.lowHz);
    const band = {
      lowHz: 10 * Math.round(low / 10),
      highHz: 10 * Math.round((low * between(species.ratio)) / 10),
    };
    const event = timed(species.label, start, start + length, band);
    sound(samples, species.voice, event, { level: species.level * (0.6 + 0.4 * random()), random });
    events.push(event);
  }
  return events;
}

function timed(
  label: string,
  start: number,
  end: number,
  band: { readonly lowHz: number; readonly highHz: number },
): SoundscapeEvent {
  const milliseconds = (seconds: number): number => Math.round(seconds * 1000) / 1000;
  return { label, startSeconds: milliseconds(start), endSeconds: milliseconds(end), ...band };
}

function sound(
  samples: Float32Array,
  voice: Voice,
  event: SoundscapeEvent,
  how: { readonly level: number; readonly random: Random },
): void {
  const startSample = Math.round(event.startSeconds * OPUS_RATE_HZ);
  const end = Math.round(event.endSeconds * OPUS_RATE_HZ);
  const { lowHz, highHz } = event;
  voice(samples, { startSample, samples: end - startSample, lowHz, highHz, ...how, rateHz: OPUS_RATE_HZ });
}

// Low rumble in gusts, and a faint hiss over the whole band, as a recorder adds.
function addWind(samples: Float32Array, random: Random): void {
  const rumble = bandPass(90, 0.5, OPUS_RATE_HZ);
  const rustle = bandPass(500, 0.4, OPUS_RATE_HZ);
  const gust = wanderer(seededRandom(Math.floor(random() * 2 ** 32)), 2 * OPUS_RATE_HZ);
  for (let i = 0; i < samples.length; i++) {
    const white = 2 * random() - 1;
    const strength = gust();
    samples[i] = 0.003 * white + strength * (0.35 * rumble(white) + 0.12 * strength * rustle(white));
  }
}

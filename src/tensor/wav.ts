/** RIFF/WAVE files: PCM of 16 bits or float of 32 (Microsoft, Multiple Channel Audio Data and WAVE Files). */
import type { SampleType } from "./tensor.js";

const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** What a WAV file holds. */
export interface WavSound {
  readonly sampleRateHz: number;
  /** One array a channel, of equal lengths and one type. */
  readonly channels: readonly (Float32Array | Int16Array)[];
}

/**
 * A whole WAV file.
 *
 * @returns 44 bytes of header (68 above two channels) and the interleaved samples
 */
export function wavBytes(sound: WavSound): Uint8Array {
  const { channels, sampleRateHz } = sound;
  const first = channels[0];
  const dtype: SampleType = first instanceof Int16Array ? "int16" : "float32";
  const width = dtype === "int16" ? 2 : 4;
  const frames = first?.length ?? 0;
  const header = wavHeader({ channels: channels.length, frames, sampleRateHz, dtype });
  const bytes = new Uint8Array(header.length + frames * channels.length * width);
  bytes.set(header);
  const samples = new DataView(bytes.buffer, header.length);
  channels.forEach((channel, c) => {
    for (let i = 0; i < frames; i++) {
      const at = (i * channels.length + c) * width;
      if (dtype === "int16") samples.setInt16(at, channel[i] as number, true);
      else samples.setFloat32(at, channel[i] as number, true);
    }
  });
  return bytes;
}

function wavHeader(format: {
  channels: number;
  frames: number;
  sampleRateHz: number;
  dtype: SampleType;
}): Uint8Array {
  const { channels, frames, sampleRateHz, dtype } = format;
  const width = dtype === "int16" ? 2 : 4;
  const extensible = channels > 2;
  const formatBytes = extensible ? 40 : 16;
  const dataBytes = frames * channels * width;
  const header = new Uint8Array(28 + formatBytes);
  const view = new DataView(header.buffer);
  const tag = dtype === "int16" ? PCM : IEEE_FLOAT;
  text(header, 0, "RIFF");
  view.setUint32(4, header.length - 8 + dataBytes, true);
  text(header, 8, "WAVEfmt ");
  view.setUint32(16, formatBytes, true);
  view.setUint16(20, extensible ? EXTENSIBLE : tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * channels * width, true);
  view.setUint16(32, channels * width, true);
  view.setUint16(34, width * 8, true);
  if (extensible) {
    view.setUint16(36, 22, true);
    view.setUint16(38, width * 8, true);
    // Channel mask 0: no speakers named. Then the format's GUID, which begins with its tag.
    view.setUint16(44, tag, true);
    header.set([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71], 46);
  }
  text(header, 20 + formatBytes, "data");
  view.setUint32(24 + formatBytes, dataBytes, true);
  return header;
}

function text(bytes: Uint8Array, at: number, value: string): void {
  for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i);
}

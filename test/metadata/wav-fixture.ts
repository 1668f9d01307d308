/** Where the real recordings lie, and which tests can run without them. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../../shared/recordings/", import.meta.url));

export const haveRecordings: boolean = existsSync(`${FOLDER}README.md`);

export function recordingPath(name: string): string {
  return FOLDER + name;
}

/** A WAV file of 16-bit PCM with chunks before and after the samples. */
export function wavBytes(options: {
  sampleRateHz?: number;
  channels?: number;
  frames?: number;
  before?: [string, Uint8Array | string][];
  after?: [string, Uint8Array | string][];
  sample?: (frame: number, channel: number) => number;
}): Uint8Array {
  const { sampleRateHz = 48000, channels = 1, frames = 0, sample = () => 0 } = options;
  const format = new DataView(new ArrayBuffer(16));
  format.setUint16(0, 1, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, sampleRateHz, true);
  format.setUint32(8, sampleRateHz * channels * 2, true);
  format.setUint16(12, channels * 2, true);
  format.setUint16(14, 16, true);
  const data = new Int16Array(frames * channels);
  for (let i = 0; i < frames; i++)
    for (let c = 0; c < channels; c++) data[i * channels + c] = Math.round(sample(i, c) * 32767);
  const chunks = [
    chunk("fmt ", new Uint8Array(format.buffer)),
    ...(options.before ?? []).map(([id, body]) => chunk(id, body)),
    chunk("data", new Uint8Array(data.buffer)),
    ...(options.after ?? []).map(([id, body]) => chunk(id, body)),
  ];
  return riffOf(chunks);
}

/** Chunks behind a RIFF head. */
export function riffOf(chunks: Uint8Array[], form = "RIFF"): Uint8Array {
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  const head = Buffer.alloc(8);
  head.write(form, "latin1");
  head.writeUInt32LE(body.length, 4);
  return new Uint8Array(Buffer.concat([head, body]));
}

/** A RIFF chunk, padded to an even length; `declared` sets another size than its own. */
export function chunk(id: string, body: Uint8Array | string, declared?: number): Uint8Array {
  const payload = Buffer.from(body as string);
  const head = Buffer.alloc(8);
  head.write(id, "latin1");
  head.writeUInt32LE(declared ?? payload.length, 4);
  return new Uint8Array(Buffer.concat([head, payload, Buffer.alloc(payload.length % 2)]));
}

/** The body of a `LIST`/`INFO` chunk. */
export function infoBody(fields: Record<string, string>): Uint8Array {
  const parts = Object.entries(fields).map(([id, text]) => chunk(id, `${text}\0`));
  return new Uint8Array(Buffer.concat([Buffer.from("INFO"), ...parts]));
}

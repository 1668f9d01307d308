/** What made a recording, and with which settings: put together from what its file says. */
import type { AudioMothComment } from "./audiomoth.js";
import { type Guano, one } from "./guano.js";
import type { Sources } from "./sources.js";
import type { TagFields } from "./text.js";

/** A value of a recorder's description. */
export type RecorderValue = string | number | boolean | null | readonly (string | number)[] | RecorderFields;
/** Facts about a recorder and its settings; units stand in the names. */
export interface RecorderFields {
  readonly [name: string]: RecorderValue;
}

/** The recorder; null where nothing names it. GUANO goes before an AudioMoth comment, `wamd` and the file name. */
export function describeRecorder(sources: Sources): RecorderFields | null {
  const { guano, audioMoth, wamd, name } = sources;
  const fields = {
    ...(name.recorder ?? {}),
    ...wamdRecorder(wamd),
    ...(audioMoth === null ? {} : audioMothRecorder(audioMoth)),
    ...(guano === null ? {} : guanoRecorder(guano)),
  };
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return known.length === 0 ? null : (Object.fromEntries(known) as RecorderFields);
}

function wamdRecorder(wamd: TagFields): Record<string, RecorderValue | undefined> {
  if (Object.keys(wamd).length === 0) return {};
  const { model, serial, firmware } = wamd;
  return { make: "Wildlife Acoustics", model: one(model), serial: one(serial), firmware: one(firmware) };
}

function audioMothRecorder(comment: AudioMothComment): Record<string, RecorderValue> {
  const { frequencyTrigger: trigger, filter } = comment;
  return {
    make: "Open Acoustic Devices",
    model: "AudioMoth",
    ...(comment.serial === null ? {} : { serial: comment.serial }),
    deployment_id: comment.deploymentId,
    gain: comment.gain,
    external_microphone: comment.externalMicrophone ? true : null,
    battery_volts: comment.batteryVolts,
    battery_bound: comment.batteryBound,
    temperature_c: comment.temperatureC,
    filter: filter === null ? null : { type: filter.type, frequencies_hz: filter.frequenciesHz },
    amplitude_threshold: comment.amplitudeThreshold,
    frequency_trigger:
      trigger === null
        ? null
        : {
            centre_hz: trigger.centreHz,
            window_samples: trigger.windowSamples,
            threshold: trigger.threshold,
          },
    minimum_trigger_seconds: comment.minimumTriggerSeconds,
    stopped: comment.stopped,
  };
}

function guanoRecorder(guano: Guano): Record<string, RecorderValue> {
  const { fields, position } = guano;
  const named: [string, string][] = [
    ["make", "Make"],
    ["model", "Model"],
    ["serial", "Serial"],
    ["firmware", "Firmware Version"],
    ["deployment_id", "OAD|Deployment ID"],
  ];
  const numbers: [string, string][] = [
    ["temperature_c", "Temperature Int"],
    ["battery_volts", "OAD|Battery Voltage"],
    ["elevation_m", "Loc Elevation"],
  ];
  const known: Record<string, RecorderValue> = {};
  for (const [to, from] of named) {
    const value = one(fields[from]);
    if (value !== undefined && value !== "") known[to] = value;
  }
  for (const [to, from] of numbers) {
    const value = one(fields[from]);
    if (value !== undefined && value !== "" && Number.isFinite(Number(value))) known[to] = Number(value);
  }
  if (position !== null) known["position"] = { ...position };
  return known;
}

/** Rules on the command line: `key=value` with commas, and splits. */
import { argumentError } from "../errors.js";
import type { BackgroundOptions } from "../training/background.js";
import type { LabelOptions } from "../training/labels.js";
import type { WriteDatasetOptions } from "../training/settings.js";
import type { SplitOptions } from "../training/split.js";
import { numberOption } from "./output.js";

/** Names of splits, by how many there are: those that Hugging Face's AudioFolder knows. */
const SPLIT_NAMES: readonly (readonly string[])[] = [
  ["train"],
  ["train", "test"],
  ["train", "validation", "test"],
];

/** `overlap=0.5`, `overlap=0.5s`, `of=window|annotation|shorter`, `mode=multi|single`. */
export function labelSpec(text: string): LabelOptions {
  const rule = pairs("--labels", text, ["overlap", "of", "mode"]);
  const overlap = rule["overlap"];
  const seconds = overlap !== undefined && /s$/.test(overlap);
  return {
    overlap: numberOption("--labels overlap", seconds ? overlap.slice(0, -1) : overlap),
    unit: seconds ? "seconds" : "fraction",
    of: rule["of"] as LabelOptions["of"],
    mode: rule["mode"] as LabelOptions["mode"],
  };
}

/** `margin=SECONDS,ratio=N,label=NAME`; `true` when the option stands alone. */
export function backgroundSpec(value: unknown): BackgroundOptions {
  if (value === true) return {};
  const rule = pairs("--background", String(value), ["margin", "ratio", "label"]);
  return {
    marginSeconds: numberOption("--background margin", rule["margin"]),
    ratio: numberOption("--background ratio", rule["ratio"]),
    label: rule["label"],
  };
}

/** `BY:0.8/0.1/0.1`, or with names of one's own: `BY:train=0.7/dev=0.3`. */
export function splitSpec(text: string): SplitOptions {
  const colon = text.lastIndexOf(":");
  const parts = colon < 0 ? [] : text.slice(colon + 1).split("/");
  const names = SPLIT_NAMES[parts.length - 1];
  const named = parts.every((part) => part.includes("="));
  if (colon <= 0 || (names === undefined && !named)) {
    throw argumentError("--split", "BY:0.8/0.2, BY:0.8/0.1/0.1 or BY:NAME=0.7/NAME=0.3", text);
  }
  const fractions = parts.map((part, i): [string, number] => {
    const [name, share] = named ? (part.split("=") as [string, string]) : [names?.[i] ?? "", part];
    return [name, numberOption("--split", share) ?? Number.NaN];
  });
  return { by: text.slice(0, colon), fractions: Object.fromEntries(fractions) };
}

/** `bands=128,fft=1024,hop=256,low=0,high=HZ`. */
export function melSpec(text: string): NonNullable<WriteDatasetOptions["mel"]> {
  const rule = pairs("--mel", text, ["bands", "fft", "hop", "low", "high"]);
  const number = (name: string): number | undefined => numberOption(`--mel ${name}`, rule[name]);
  return {
    mels: number("bands"),
    fftSize: number("fft"),
    hopSamples: number("hop"),
    lowHz: number("low"),
    highHz: number("high"),
  };
}

function pairs(field: string, text: string, known: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const part of text.split(",").filter((one) => one !== "")) {
    const equals = part.indexOf("=");
    const key = part.slice(0, Math.max(0, equals)).trim();
    if (!known.includes(key)) throw argumentError(field, known.map((name) => `${name}=…`).join(", "), part);
    found[key] = part.slice(equals + 1).trim();
  }
  return found;
}

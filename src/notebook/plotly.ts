/** The chart library as it is embedded: made by the build, read when the first chart is shown. */
import { readFileSync } from "node:fs";
import { OpusZarrError } from "../errors.js";
import { base64Of } from "./plot.js";

let packed: string | undefined;

/** Base64 of the gzipped plotly, 2 MB. */
export function packedPlotly(): string {
  packed ??= readPacked();
  return packed;
}

function readPacked(): string {
  const url = new URL("../vendor/plotly.js.gz", import.meta.url);
  try {
    return base64Of(readFileSync(url));
  } catch (cause) {
    throw new OpusZarrError(
      "dependency",
      "expected plotly in dist/vendor, got none: run the build",
      { path: url.pathname },
      cause,
    );
  }
}

// plotly's cartesian build (lines, bars, heatmaps; minified by its makers), gzipped as it is embedded in notebooks and
// pages: there the browser unpacks it, so that nothing is fetched from anywhere.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { constants, gzipSync } from "node:zlib";

const require = createRequire(import.meta.url);
const source = require.resolve("plotly.js-cartesian-dist-min/plotly-cartesian.min.js");
const licence = join(dirname(source), "LICENSE");

export default {
  name: "plotly",
  inputs: [source, licence],
  outputs: ["plotly.js.gz", "plotly.LICENSE.txt"],
  async build(outDir) {
    const packed = gzipSync(await readFile(source), { level: constants.Z_BEST_COMPRESSION });
    await writeFile(join(outDir, "plotly.js.gz"), packed);
    await writeFile(join(outDir, "plotly.LICENSE.txt"), await readFile(licence));
  },
};

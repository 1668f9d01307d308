// plotly, minified and gzipped as it is embedded in notebooks and pages: there the browser unpacks it, so that nothing
// is fetched from anywhere.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { transform } from "esbuild";

const require = createRequire(import.meta.url);
const source = require.resolve("plotly.js-dist/plotly.js");
const licence = join(dirname(source), "LICENSE");

export default {
  name: "plotly",
  inputs: [source, licence],
  outputs: ["plotly.js.gz", "plotly.LICENSE.txt"],
  async build(outDir) {
    const { code } = await transform(await readFile(source, "utf8"), { minify: true, legalComments: "none" });
    const packed = gzipSync(code, { level: constants.Z_BEST_COMPRESSION });
    await writeFile(join(outDir, "plotly.js.gz"), packed);
    await writeFile(join(outDir, "plotly.LICENSE.txt"), await readFile(licence));
  },
};

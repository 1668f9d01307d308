// danfojs-node as one file without dependencies. Installed plainly it needs a tarball from a CDN (xlsx) and a native
// library that is downloaded at install time (tfjs-node); this bundle needs neither.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { copyTypes } from "./danfo/types.mjs";
import { licenceText, packagesOf } from "./licences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const require = createRequire(import.meta.url);
const danfoRoot = dirname(require.resolve("danfojs-node/package.json"));
const stand = (file) => join(here, "danfo", file);
const sources = ["entry.mjs", "tfjs.mjs", "mathjs.mjs", "table.mjs", "absent.mjs", "fetch.mjs", "types.mjs"];

/** Packages that danfo asks for, and what it gets. */
const aliases = new Map([
  ["@tensorflow/tfjs-node", stand("tfjs.mjs")],
  ["mathjs", stand("mathjs.mjs")],
  ["table", stand("table.mjs")],
  ["node-fetch", stand("fetch.mjs")],
  ["xlsx", stand("absent.mjs")],
  ["request", stand("absent.mjs")],
  ["plotly.js-dist-min", stand("absent.mjs")],
]);

/** Aliases hold for every importer but the stand-ins, which reach for the real package. */
const standIns = {
  name: "stand-ins",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const target = aliases.get(path);
      return target === undefined || importer.startsWith(stand("")) ? undefined : { path: target };
    });
  },
};

const esbuildOptions = {
  entryPoints: [stand("entry.mjs")],
  bundle: true,
  minify: true,
  // danfo asks values for the name of their constructor.
  keepNames: true,
  platform: "node",
  format: "esm",
  target: "node20",
  mainFields: ["module", "main"],
  metafile: true,
  legalComments: "none",
  absWorkingDir: root,
  plugins: [standIns],
  // The CommonJS files inside call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
};

export default {
  name: "danfo",
  inputs: [
    ...sources.map(stand),
    stand("stubs.d.ts"),
    join(here, "danfo.d.ts"),
    join(here, "licences.mjs"),
    join(danfoRoot, "package.json"),
  ],
  outputs: ["danfo.js", "danfo.d.ts", "danfo.LICENSES.txt"],
  async build(outDir) {
    const { metafile } = await build({ ...esbuildOptions, outfile: join(outDir, "danfo.js") });
    const apache = join(root, "node_modules", "mathjs", "LICENSE");
    await writeFile(
      join(outDir, "danfo.LICENSES.txt"),
      await licenceText(packagesOf(metafile, root), apache),
    );
    const types = join(danfoRoot, "dist");
    const index = await copyTypes(
      { index: join(types, "danfojs-node", "src", "index.d.ts"), root: types },
      { folder: join(outDir, "danfo"), stubs: stand("stubs.d.ts") },
    );
    const declaration = await readFile(join(here, "danfo.d.ts"), "utf8");
    const own = `"./danfo/${index.replace(/\.d\.ts$/, ".js")}"`;
    await writeFile(
      join(outDir, "danfo.d.ts"),
      declaration.replace(/\/\*\*[\s\S]*?\*\/\n/, "").replace('"danfojs-node"', own),
    );
  },
};

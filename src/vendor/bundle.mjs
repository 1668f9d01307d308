// Builds the bundles that ship inside the package: heavy libraries that cannot be plain dependencies.
// Each `*.bundle.mjs` beside this file exports `{ name, inputs, outputs, build(outDir) }`; all of them are built
// into `dist/vendor`, and one whose outputs are newer than its inputs is left alone (`--force` builds it again).
import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const outDir = join(root, "dist", "vendor");

const modifiedMs = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs;

async function isFresh(bundle, script) {
  const outputs = await Promise.all(bundle.outputs.map((file) => modifiedMs(join(outDir, file))));
  if (outputs.some((time) => time === undefined)) return false;
  const inputs = await Promise.all([script, join(here, "bundle.mjs"), ...bundle.inputs].map(modifiedMs));
  return Math.min(...outputs) > Math.max(...inputs.map((time) => time ?? 0));
}

await mkdir(outDir, { recursive: true });
const scripts = (await readdir(here)).filter((file) => file.endsWith(".bundle.mjs")).sort();
for (const file of scripts) {
  const script = join(here, file);
  const { default: bundle } = await import(pathToFileURL(script).href);
  if (!process.argv.includes("--force") && (await isFresh(bundle, script))) continue;
  const started = performance.now();
  await bundle.build(outDir);
  const sizes = await Promise.all(bundle.outputs.map(async (out) => (await stat(join(outDir, out))).size));
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${bundle.name}: ${megabytes.toFixed(2)} MB in ${relative(root, outDir)} (${seconds.toFixed(1)} s)`,
  );
}

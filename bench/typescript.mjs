/**
 * Lets Node run the TypeScript of bench/ as it stands: `node --import ./bench/typescript.mjs bench/run.ts`.
 * Types are stripped by esbuild; "./x.js" finds "./x.ts".
 */
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

/** Module hook: a module that is not there may be TypeScript. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith(".") || !specifier.endsWith(".js")) throw error;
    return await next(specifier.replace(/\.js$/, ".ts"), context);
  }
}

/** Module hook: TypeScript without its types. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const { transform } = await import("esbuild");
  const { code } = await transform(readFileSync(fileURLToPath(url), "utf8"), { loader: "ts", format: "esm" });
  return { format: "module", source: code, shortCircuit: true };
}

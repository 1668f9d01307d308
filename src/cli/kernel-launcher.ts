/**
 * The process that Jupyter starts for our kernel: tslab, taught where this package is.
 *
 * tslab looks for a package in the notebook's folder and above, twice: its TypeScript for the types, Node for
 * the code. Where the notebook's own project has `opus-zarr`, both find it and nothing is changed. Elsewhere
 * both are pointed at the package that registered the kernel, so that a cell in any folder can import it.
 *
 * `node kernel-launcher.js --tslab DIR --config-path FILE`
 */
import { existsSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "./tslab.js";

const NAME = "opus-zarr";

/** What we use of the TypeScript that tslab embeds. */
interface EmbeddedTypeScript {
  createWatchCompilerHost(files: unknown, options: CompilerOptions, ...rest: readonly unknown[]): unknown;
}

interface CompilerOptions {
  readonly typeRoots?: readonly string[];
  readonly paths?: Readonly<Record<string, readonly string[]>>;
}

interface TslabMain {
  startKernel(options: { configPath: string; enableFindLocal: boolean; globalVersion: string }): void;
}

type ResolveFilename = (request: string, ...rest: readonly unknown[]) => string;

const { values } = parseArgs({
  options: { tslab: { type: "string" }, "config-path": { type: "string" } },
});
const requireTslab = createRequire(join(values.tslab ?? "", "package.json"));
if (!resolvesFrom(process.cwd())) {
  pointTypesAtPackage();
  pointCodeAtPackage();
}
const { startKernel } = requireTslab("./dist/main.js") as TslabMain;
const { version } = requireTslab("./package.json") as { version: string };
startKernel({ configPath: values["config-path"] ?? "", enableFindLocal: false, globalVersion: version });

function resolvesFrom(folder: string): boolean {
  try {
    createRequire(join(folder, "cell.js")).resolve(NAME);
    return true;
  } catch {
    return false;
  }
}

/** The embedded compiler's exports cannot be assigned to, so tslab gets a copy of them with one function changed. */
function pointTypesAtPackage(): void {
  const file = requireTslab.resolve("@tslab/typescript-for-tslab");
  const ts = requireTslab(file) as EmbeddedTypeScript;
  const loaded = requireTslab.cache[file];
  if (loaded === undefined) return;
  const createWatchCompilerHost: EmbeddedTypeScript["createWatchCompilerHost"] = (files, options, ...rest) =>
    ts.createWatchCompilerHost(files, withPackage(options), ...rest);
  const copy = { ...ts, createWatchCompilerHost };
  loaded.exports = copy;
}

function withPackage(options: CompilerOptions): CompilerOptions {
  const typeRoots = options.typeRoots ?? [];
  const known = typeRoots.some((root) => existsSync(join(root, "node", "package.json")));
  return {
    ...options,
    paths: { ...options.paths, [NAME]: [packageRoot()] },
    typeRoots: known ? typeRoots : [...typeRoots, ...nodeTypes()],
  };
}

/** tslab seeks Node's types in its own `node_modules` only; npm may have put them beside it. */
function nodeTypes(): string[] {
  try {
    return [dirname(dirname(requireTslab.resolve("@types/node/package.json")))];
  } catch {
    return [];
  }
}

function pointCodeAtPackage(): void {
  const resolver = Module as unknown as { _resolveFilename: ResolveFilename };
  const original = resolver._resolveFilename;
  const own = createRequire(join(packageRoot(), "package.json")).resolve(NAME);
  resolver._resolveFilename = function (this: unknown, request, ...rest) {
    return request === NAME ? own : original.call(this, request, ...rest);
  };
}

/** Finds tslab, which gives Jupyter its TypeScript kernel. It is not among our dependencies: 70 MB with its parts. */
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { OpusZarrError } from "../errors.js";

/** The folder of this package: `dist/cli/` stands two levels below it. */
export function packageRoot(): string {
  return join(dirname(fileURLToPath(import.meta.url)), "..", "..");
}

/**
 * The folder of the tslab to use: the project's, else one beside this package, else the one whose command is
 * on PATH.
 *
 * @param from folder of the project
 * @throws {OpusZarrError} of kind `dependency` when there is none, saying how to install it
 */
export function findTslab(from: string): string {
  const found = resolveFrom(from) ?? resolveFrom(packageRoot()) ?? commandOnPath();
  if (found !== undefined) return found;
  throw new OpusZarrError(
    "dependency",
    `tslab, the TypeScript kernel for Jupyter, was found neither in ${from} nor on PATH: run \`npm i tslab\` in the project`,
  );
}

function resolveFrom(folder: string): string | undefined {
  try {
    return dirname(createRequire(join(folder, "package.json")).resolve("tslab/package.json"));
  } catch {
    return undefined;
  }
}

/** `npm i -g tslab` leaves a link to `tslab/bin/tslab` on PATH. */
function commandOnPath(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const command = join(folder, "tslab");
    if (folder === "" || !existsSync(command)) continue;
    const root = dirname(dirname(realpathSync(command)));
    if (existsSync(join(root, "dist", "main.js"))) return root;
  }
  return undefined;
}

/** Scratch folders in which the pages' snippets run, and the programs that run them. */
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { transformSync } from "esbuild";
import { importRecordings, makeSoundscape, openArchive } from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { wavBytes } from "../../src/tensor/wav.js";
import { ROOT } from "./blocks.js";

const run = promisify(execFile);
// Below the repository: there a module finds "opus-zarr" by its name, as in a user's project.
const scratch = join(ROOT, "out", "snippets");
const bin = join(scratch, "bin");

/** Makes `opus-zarr` and `npx` mean this build. */
export function prepareBin(): void {
  mkdirSync(bin, { recursive: true });
  const cli = JSON.stringify(join(ROOT, "dist", "cli", "main.js"));
  const programs = { "opus-zarr": `exec node ${cli} "$@"`, npx: 'exec "$@"' };
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

/** A folder with what a reader of the pages has: a site's recordings, a table of clips, annotations, an archive. */
export async function workspace(name: string, options: { readonly archive: boolean }): Promise<string> {
  const folder = join(scratch, basename(name, ".md"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "site1"), { recursive: true });
  const { opus, raven } = bundledDataset();
  cpSync(opus, join(folder, "site1", "20190522.opus"));
  copyFileSync(raven, join(folder, "20190522.raven.txt"));
  const rows = ["recording,start_s,end_s", "site1__20190522,12.5,14.5", "site1__20190522,3,5"];
  writeFileSync(join(folder, "clips.csv"), `${rows.join("\n")}\n`);
  const { samples, sampleRate } = makeSoundscape({ durationSeconds: 5 });
  writeFileSync(
    join(folder, "20190522_040000.wav"),
    wavBytes({ channels: [samples], sampleRateHz: sampleRate }),
  );
  if (options.archive) {
    const archive = await openArchive(join(folder, "birds.zarr"), { mode: "a" });
    await importRecordings(archive, [join(folder, "site1")]);
  }
  return folder;
}

/** Runs a block of shell as a user would, but stops at the first command that fails. */
export async function runShell(code: string, folder: string): Promise<string> {
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", code], { cwd: folder, env });
  return stdout;
}

/** Runs TypeScript as a module of its own; `before` is put first and not seen by the reader. */
export async function runTypeScript(
  code: string,
  place: { readonly folder: string; readonly name: string; readonly before?: string },
): Promise<string> {
  const check = `import { deepStrictEqual as __equal } from "node:assert";
const __check = (got, said) => __equal(got === undefined ? got : JSON.parse(JSON.stringify(got)), said);`;
  const { code: js } = transformSync(`${check}\n${place.before ?? ""}\n${code}`, {
    loader: "ts",
    format: "esm",
  });
  const file = join(place.folder, `${place.name}.mjs`);
  writeFileSync(file, js);
  return (await run(process.execPath, [file], { cwd: place.folder })).stdout;
}

/** Type errors of TypeScript sources, all of them compiled at once. */
export async function typeErrors(sources: ReadonlyMap<string, string>): Promise<string[]> {
  const folder = join(scratch, "types");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of sources) writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {};\n`);
  const options = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "nodenext",
    target: "es2022",
    skipLibCheck: true,
  };
  const config = { compilerOptions: { ...options, types: ["node"], lib: ["es2022"] }, include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  try {
    await run(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder });
    return [];
  } catch (error) {
    return String((error as { stdout: string }).stdout)
      .trim()
      .split("\n");
  }
}

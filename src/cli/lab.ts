/** `opus-zarr lab`: JupyterLab with our kernel, in a venv of its own. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CAC } from "cac";
import { OpusZarrError } from "../errors.js";
import { installKernel } from "./kernel.js";
import { findTslab } from "./tslab.js";
import { existingVenvPython, findPython, venvPython } from "./python.js";

/** What the venv holds; pinned so that the notebooks look tomorrow as they do today. */
export const LAB_REQUIREMENTS: readonly string[] = [
  "jupyterlab==4.6.6",
  "nbconvert==7.17.2",
  "ipykernel==7.4.0",
];

/** Nothing is asked of the network once it runs. */
const QUIET = [
  "--LabApp.news_url=None",
  "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
];

/** Options of {@link prepareLab}. */
export interface LabOptions {
  /** Folder in which `.venv` is made; default the current one. */
  readonly cwd?: string | undefined;
  /** Told each step that takes its time. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Makes `.venv` with JupyterLab unless it is there, and registers our kernel in it, under `opus-zarr` and
 * under `tslab`, the name that notebooks made elsewhere ask for.
 *
 * @returns the venv's Python
 * @throws {OpusZarrError} `dependency` without Python 3 or tslab, or when pip fails
 */
export async function prepareLab(options: LabOptions = {}): Promise<string> {
  const cwd = resolve(options.cwd ?? ".");
  const venv = join(cwd, ".venv");
  // Before minutes go into what would be of no use without it.
  findTslab(cwd);
  const python = existingVenvPython(venv) ?? (await makeVenv(venv, options));
  await installRequirements(venv, options);
  for (const name of ["opus-zarr", "tslab"]) await installKernel({ prefix: venv, name, cwd });
  return python;
}

async function makeVenv(venv: string, options: LabOptions): Promise<string> {
  const python = await findPython();
  options.onStep?.(`making ${venv}`);
  await run(python, ["-m", "venv", venv]);
  return venvPython(venv);
}

/** A stamp in the venv tells what pip has put there, so that a second start does not ask the network. */
async function installRequirements(venv: string, options: LabOptions): Promise<void> {
  const stamp = join(venv, "opus-zarr-lab.txt");
  const wanted = `${LAB_REQUIREMENTS.join("\n")}\n`;
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
  options.onStep?.(`installing ${LAB_REQUIREMENTS.join(", ")}`);
  await run(venvPython(venv), ["-m", "pip", "install", "--quiet", "--prefer-binary", ...LAB_REQUIREMENTS]);
  await writeFile(stamp, wanted);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { execa } = await import("execa");
  const result = await execa(command, args, { reject: false, stdin: "ignore" });
  if (result.failed) {
    const said = String(result.stderr ?? "").trim();
    throw new OpusZarrError(
      "dependency",
      `\`${command} ${args.join(" ")}\` failed: ${said || "not started"}`,
    );
  }
}

/** Runs JupyterLab until it is stopped; true if it ended well. */
async function startLab(python: string, folder: string, args: readonly string[]): Promise<boolean> {
  const { execa } = await import("execa");
  const root = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const options = [...QUIET, ...root, ...args];
  // Ctrl-C goes to both; JupyterLab asks back, so this process must outlive the first one.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  const result = await execa(python, ["-m", "jupyterlab", ...options, folder], {
    stdio: "inherit",
    reject: false,
  });
  process.off("SIGINT", ignore);
  return !result.failed;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "lab",
      "Open the notebooks in JupyterLab, in a Python environment made here (.venv); needs tslab",
    )
    .option("--no-browser", "Only print the address")
    .example("  $ opus-zarr lab --no-browser -- --port 8890")
    .action(async (options: { browser: boolean; "--": readonly string[] }) => {
      const python = await prepareLab({ onStep: (step) => console.error(`lab: ${step}`) });
      const folder = existsSync("notebooks") ? "notebooks" : ".";
      const args = [...(options.browser ? [] : ["--no-browser"]), ...(options["--"] ?? [])];
      if (!(await startLab(python, folder, args))) process.exitCode = 1;
    });
}

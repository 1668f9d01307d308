#!/usr/bin/env node
/** The command line. Exit status: 0 all done, 1 some item failed, 2 the call itself was wrong. */
import { cac } from "cac";
import { errorMessage, isOpusZarrError } from "../errors.js";
import { VERSION } from "../version.js";
import { register as registerAnnotations } from "./annotations.js";
import { register as registerArchive } from "./archive.js";
import { register as registerDemo } from "./demo.js";
import { register as registerDataset } from "./dataset.js";
import { register as registerExtract } from "./extract.js";
import { register as registerFinalize } from "./finalize.js";
import { register as registerImport } from "./import.js";
import { register as registerIndex } from "./index-command.js";
import { register as registerKernel } from "./kernel.js";
import { register as registerLab } from "./lab.js";
import { Interrupted, plain } from "./output.js";
import { register as registerSlurm } from "./slurm.js";
import { register as registerSweep } from "./sweep.js";

const COMMANDS = [
  registerImport,
  registerArchive,
  registerIndex,
  registerExtract,
  registerSweep,
  registerDemo,
  registerAnnotations,
  registerDataset,
  registerFinalize,
  registerSlurm,
  registerKernel,
  registerLab,
];

async function main(): Promise<void> {
  const cli = cac("opus-zarr");
  for (const register of COMMANDS) register(cli);
  cli.help();
  cli.version(VERSION);
  try {
    cli.parse(withNegativeValues(process.argv), { run: false });
    if (cli.options["help"] || cli.options["version"]) return;
    if (cli.matchedCommand === undefined) {
      cli.outputHelp();
      process.exitCode = 2;
      return;
    }
    await cli.runMatchedCommand();
  } catch (error) {
    process.stderr.write(`opus-zarr: ${plain(errorMessage(error))}\n`);
    process.exitCode = exitCode(error);
  }
}

/** `--timezone -03:00` is a value, not an option called `-0`. */
function withNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const name = joined.at(-1);
    if (/^-\d/.test(arg) && name !== undefined && /^--[a-z][a-z-]*$/.test(name))
      joined[joined.length - 1] = `${name}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** What was named wrongly, or is not there, makes the call wrong. */
function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  const wrongCall = isOpusZarrError(error, "argument") || isOpusZarrError(error, "not-found");
  return wrongCall || (error as Error).name === "CACError" ? 2 : 1;
}

void main();

#!/usr/bin/env node
/** The command line. Exit status: 0 all done, 1 some item failed, 2 the call itself was wrong. */
import { cac } from "cac";
import { errorMessage, isOpusZarrError } from "../errors.js";
import { register as registerKernel } from "./kernel.js";
import { register as registerLab } from "./lab.js";

async function main(): Promise<void> {
  const cli = cac("opus-zarr");
  for (const register of [registerKernel, registerLab]) register(cli);
  cli.help();
  try {
    cli.parse(process.argv, { run: false });
    if (cli.options["help"]) return;
    if (cli.matchedCommand === undefined) {
      cli.outputHelp();
      process.exitCode = 2;
      return;
    }
    await cli.runMatchedCommand();
  } catch (error) {
    console.error(`opus-zarr: ${errorMessage(error)}`);
    const wrongCall = isOpusZarrError(error, "argument") || (error as Error).name === "CACError";
    process.exitCode = wrongCall ? 2 : 1;
  }
}

void main();

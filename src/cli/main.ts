#!/usr/bin/env node
/** The command line. Exit status: 0 all done, 1 some item failed, 2 the call itself was wrong. */
import { type CAC, cac } from "cac";
import { errorMessage, isOpusZarrError, OpusZarrError } from "../errors.js";
import { helpSections } from "./help.js";
import { VERSION } from "../version.js";
import { Interrupted, plain, printJson, surviveClosedOutput } from "./output.js";
import { parseCall } from "./parse.js";

type Load = () => Promise<{ readonly register: (cli: CAC) => void }>;

const archive: Load = () => import("./archive.js");

/** Where each command lies: only the one that is called is loaded, which halves the time to its start. */
const COMMANDS: ReadonlyMap<string, Load> = new Map(
  Object.entries({
    import: () => import("./import.js"),
    ls: archive,
    info: archive,
    export: archive,
    verify: archive,
    index: () => import("./index-command.js"),
    extract: () => import("./extract.js"),
    sweep: () => import("./sweep.js"),
    demo: () => import("./demo.js"),
    annotations: () => import("./annotations.js"),
    dataset: () => import("./dataset.js"),
    finalize: () => import("./finalize.js"),
    slurm: () => import("./slurm.js"),
    kernel: () => import("./kernel.js"),
    lab: () => import("./lab.js"),
  }),
);

/** Adds the command that is called; all of them where none is, or help is asked for. */
async function registerCommands(cli: CAC): Promise<void> {
  const called = COMMANDS.get(process.argv[2] ?? "");
  const modules = called === undefined ? [...new Set(COMMANDS.values())] : [called];
  for (const load of modules) (await load()).register(cli);
}

async function main(): Promise<void> {
  surviveClosedOutput();
  const cli = cac("opus-zarr");
  await registerCommands(cli);
  cli.help(helpSections);
  cli.version(VERSION);
  try {
    parseCall(cli, process.argv);
    if (cli.options["help"]) return;
    // The parser says it by itself where no command is called.
    if (cli.options["version"]) return cli.matchedCommand && cli.outputVersion();
    if (cli.matchedCommand === undefined) {
      const [word] = cli.args;
      if (word !== undefined)
        throw new OpusZarrError("argument", `expected a command, got ${JSON.stringify(word)}`);
      cli.outputHelp();
      process.exitCode = 2;
      return;
    }
    await cli.runMatchedCommand();
  } catch (error) {
    const help = isParserError(error) || cli.matchedCommand === undefined ? helpHint(cli) : "";
    process.stderr.write(`opus-zarr: ${plain(errorMessage(error))}${help}\n`);
    if (process.argv.includes("--json")) printJson(failure(error));
    process.exitCode = exitCode(error);
  }
}

/** The document of a call that failed whole. */
function failure(error: unknown): object {
  const facts = isOpusZarrError(error) ? { kind: error.kind, ...error.place } : {};
  return { error: errorMessage(error), ...facts };
}

/** What was named wrongly, or is not there, makes the call wrong. */
function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  const wrongCall = isOpusZarrError(error, "argument") || isOpusZarrError(error, "not-found");
  return wrongCall || isParserError(error) ? 2 : 1;
}

function isParserError(error: unknown): boolean {
  return (error as Error).name === "CACError";
}

/** Where the words of a call are told. */
function helpHint({ matchedCommandName: name }: CAC): string {
  return ` (see opus-zarr ${name === undefined ? "" : `${name} `}--help)`;
}

void main();

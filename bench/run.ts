/**
 * Runs benches: `npm run bench -- [STAGE…] [--quick] [--rounds N]`. Each stage runs in a process of its own, so that
 * none finds another's warm pools or full memory; its results go into bench/results/STAGE.json.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BenchFile, commit, machine, resultText, versions } from "./report.js";
import { type BenchContext, type BenchResult, isMet } from "./result.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const scratch = join(here, "..", "out", "bench");
/** What plain `npm run bench` runs; `scaling` takes longer and is asked for. */
const STAGES = ["import", "index", "extract", "dataset", "memory", "readers"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, rounds: { type: "string" }, stage: { type: "string" } },
});
const quick = values.quick === true;

if (values.stage !== undefined) process.exit(await runStage(values.stage));
process.exit(runAll(positionals.length > 0 ? positionals : STAGES));

function runAll(stages: readonly string[]): number {
  const started = performance.now();
  let failed = 0;
  for (const stage of stages) {
    if (!existsSync(stageModule(stage))) {
      console.log(`${stage}: no bench of that name\n`);
      failed++;
      continue;
    }
    const args = ["--import", join(here, "typescript.mjs"), join(here, "run.ts"), "--stage", stage];
    if (quick) args.push("--quick");
    if (values.rounds !== undefined) args.push("--rounds", values.rounds);
    if (spawnSync(process.execPath, args, { stdio: "inherit" }).status !== 0) failed++;
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s in all`);
  return failed > 0 ? 1 : 0;
}

/** A stage is a folder with an index.ts that exports `run`. */
function stageModule(stage: string): string {
  return join(here, stage, "index.ts");
}

async function runStage(stage: string): Promise<number> {
  const started = performance.now();
  mkdirSync(scratch, { recursive: true });
  const at = machine();
  const context: BenchContext = { quick, rounds: Number(values.rounds ?? (quick ? 2 : 5)), scratch };
  console.log(`== ${stage}${quick ? " (quick)" : ""}: ${context.rounds} rounds, load ${at["loadAtStart"]}`);
  const { run } = (await import(stageModule(stage))) as { run: (at: BenchContext) => Promise<BenchResult[]> };
  const results = await run(context);
  for (const result of results) console.log(resultText(result));
  keep({
    stage,
    command: `npm run bench -- ${stage}${quick ? " --quick" : ""}`,
    quick,
    date: new Date().toISOString().slice(0, 10),
    seconds: Math.round((performance.now() - started) / 1000),
    machine: at,
    versions: versions(),
    commit: commit(),
    results,
  });
  const targets = results.flatMap((result) => result.targets);
  const met = targets.filter(isMet).length;
  console.log(`${stage}: ${met} of ${targets.length} targets met\n`);
  return 0;
}

function keep(file: BenchFile): void {
  const folder = join(here, "results");
  mkdirSync(folder, { recursive: true });
  const name = `${file.stage}${file.quick ? ".quick" : ""}.json`;
  writeFileSync(join(folder, name), `${JSON.stringify(file, null, 2)}\n`);
}

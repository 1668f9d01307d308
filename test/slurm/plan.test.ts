/** Scripts and options for Slurm, without one. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitArguments } from "../../src/cli/slurm.js";
import {
  arrayArguments,
  arrayScript,
  finalizeArguments,
  type SlurmCall,
  taskList,
} from "../../src/slurm/plan.js";
import { shellLine, shellWord } from "../../src/slurm/quote.js";
import { cli } from "../importer/tools.js";

const noShell = spawnSync("sh", ["-c", ":"]).status === 0 ? "" : " (needs sh)";

const CALL: SlurmCall = {
  command: "import",
  args: ["it's here", "--store", "a b.zarr"],
  job: "import-0123456789ab",
  store: "a b.zarr",
  cwd: "/lab/it's",
  tasks: 8,
  directory: "/lab/it's/100%",
  sbatch: ["--time=1:00", "--comment=two words"],
  program: ["/usr/bin/node", "/opt/main.js"],
};

describe("words for a shell", () => {
  it.skipIf(noShell !== "")(`come back as they were${noShell}`, () => {
    const word = fc.string({
      unit: fc.constantFrom(..."ab'\"\\$`!*?~#&;|<>(){}[] \t\n-=%é😀"),
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const said = spawnSync("sh", ["-c", `printf '%s\\0' ${shellLine(words)}`], { encoding: "utf8" });
        expect(said.stdout.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it("are left alone where nothing stands in them", () => {
    expect(shellLine(["opus-zarr", "--store=a/b.zarr", "", "a b"])).toBe(
      "opus-zarr --store=a/b.zarr '' 'a b'",
    );
    expect(shellWord("it's")).toBe("'it'\\''s'");
  });
});

describe("a plan", () => {
  it("runs the command as it was given, with the task's shard", () => {
    const script = arrayScript(CALL);
    expect(script).toContain(
      `/usr/bin/node /opt/main.js import 'it'\\''s here' --store 'a b.zarr' --shard "$SLURM_ARRAY_TASK_ID/8" --json`,
    );
    expect(script).toContain(`cd -- '/lab/it'\\''s' || exit`);
    expect(spawnSync("sh", ["-n"], { input: script }).status ?? 0).toBe(0);
  });

  it("tells Slurm in the script what to be told, quoted as it reads it", () => {
    expect(
      arrayScript(CALL)
        .split("\n")
        .filter((line) => line.startsWith("#SBATCH")),
    ).toEqual([
      "#SBATCH --job-name=opus-zarr-import",
      "#SBATCH --array=0-7",
      "#SBATCH --requeue",
      `#SBATCH '--output=/lab/it'\\''s/100%%/logs/%A_%a.log'`,
      "#SBATCH --time=1:00 '--comment=two words'",
    ]);
  });

  it("submits the array, and a job behind it", () => {
    expect(arrayArguments(CALL, [0, 1, 2, 3, 4, 5, 6, 7])).toEqual(["--parsable", "/lab/it's/100%/array.sh"]);
    expect(arrayArguments(CALL, [0, 1, 2, 5])).toContain("--array=0-2,5");
    expect(finalizeArguments(CALL, ["7", "9"])).toContain("--dependency=afterany:7,afterany:9");
    expect(finalizeArguments(CALL, []).join(" ")).not.toContain("dependency");
  });

  it("lists tasks in runs", () => {
    expect(taskList([3])).toBe("3");
    expect(taskList([9, 0, 1, 3, 4, 5])).toBe("0-1,3-5,9");
  });
});

describe("the command", () => {
  it("keeps its own options and hands on the others", () => {
    const words = [
      "import",
      "a",
      "--tasks",
      "8",
      "--store",
      "s",
      "--time=1:00",
      "--dry-run",
      "--",
      "--mem=2G",
    ];
    const { flags, rest, sbatch } = splitArguments(words);
    expect(Object.fromEntries(flags)).toEqual({ "--tasks": "8", "--time": "1:00", "--dry-run": "" });
    expect(rest).toEqual(["import", "a", "--store", "s"]);
    expect(sbatch).toEqual(["--mem=2G"]);
  });

  it.each([
    [
      ["extract", "s", "--segments", "t.csv", "--out", "o.npy"],
      /finalize s --job extract-[0-9a-f]{12} --shards 3 /,
    ],
    [
      ["dataset", "s", "t.txt", "--out", "o", "--window", "3"],
      /finalize s --job dataset-[0-9a-f]{12} --shards 3 /,
    ],
    [
      ["import", "a", "b", "--store", "s", "--timezone", "-03:00"],
      /finalize s --job import-[0-9a-f]{12} --shards 3 /,
    ],
  ])("shows what it would do: %j", (args, finalize) => {
    const run = cli(["slurm", ...args, "--tasks", "3", "--dry-run"]);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toContain(`main.js ${args.join(" ")} --shard "$SLURM_ARRAY_TASK_ID/3" --json`);
    expect(run.stdout).toMatch(finalize);
    expect(run.stdout).toMatch(/^sbatch --parsable --dependency=afterany:ARRAY .*finalize\.sh$/m);
  });

  it("shows it as one JSON document, and a table that is not there is told", () => {
    const run = cli([
      ...["slurm", "extract", "s", "--segments", "nowhere.csv", "--out", "o.npy"],
      ...["--tasks", "3", "--dry-run", "--json"],
    ]);
    expect(run.stderr).toBe("opus-zarr: nowhere.csv is not there\n");
    const { tasks, scripts, commands } = JSON.parse(run.stdout) as Record<string, object>;
    expect(tasks).toBe(3);
    expect(Object.values(scripts ?? {}).join()).toContain("extract s --segments nowhere.csv");
    expect(commands).toHaveLength(2);
  });

  it.each([
    [
      ["extract", "s", "--segments", "t.csv", "--out", "o.npy", "--tasks", "2"],
      /a table that is there, got "t.csv"/,
    ],
    [["dataset", "s", "t.txt", "--out", "o", "--tasks", "2"], /a table that is there, got "t.txt"/],
    [["verify", "s", "--tasks", "2"], /slurm: expected import, extract, dataset or status, got "verify"/],
    [["import", "a", "--store", "s"], /--tasks: expected how many tasks/],
    [
      ["import", "a", "--store", "s", "--tasks", "0"],
      /--tasks: expected a whole number of at least 1, got 0/,
    ],
    [["import", "a", "--tasks", "2"], /--store: expected a path/],
    [["import", "a", "--store", "s", "--tasks", "2", "--shard", "0/2"], /--shard: expected none/],
    [["import", "a", "--store", "s", "--tasks", "2", "--bitrat", "9"], /Unknown option `--bitrat`/],
    [["extract", "s", "--segments", "t.csv", "--tasks", "2"], /--out: expected a path/],
    [["extract", "--tasks", "2"], /missing required args/],
    [["import", "a", "--store", "s", "--tasks"], /option `--tasks <n>` value is missing/],
    [
      ["import", "a", "--store", "s", "--tasks", "2", "--", "--comment=a\nb"],
      /sbatch options: expected words of one line/,
    ],
    [["status"], /slurm status: expected one folder/],
    [["status", "nowhere"], /directory: expected one that opus-zarr slurm has written/],
  ])("refuses %j", (args, message) => {
    const run = cli(["slurm", ...args]);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });
});

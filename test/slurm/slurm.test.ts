/** A real Slurm: recordings imported and clips extracted by job arrays, as by one run; tasks that die, nodes that go. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SlurmStatus } from "../../src/slurm/status.js";
import { cli, type CliRun, type Folder, smallOpus, temporaryFolder, tree } from "../importer/tools.js";
import { type Cluster, slurmMissing, startCluster, until } from "./cluster.js";

const missing = slurmMissing();
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const hold = fileURLToPath(new URL("./hold.cjs", import.meta.url));
const RECORDINGS = 60;
const SEGMENTS = 5000;
/** Spaces, quotes, and what shells and Slurm take for orders. */
const AWKWARD = `it's a "lab" $HOME %j`;

describe(`Slurm${missing}`, () => {
  let folder: Folder;
  let cluster: Cluster;
  const at = (...names: string[]): string => folder.at(AWKWARD, ...names);
  const slurm = (args: readonly string[], env: Record<string, string> = {}): CliRun =>
    cli(["slurm", ...args], { cwd: at(), env: { ...cluster.env, ...env } });
  const status = (dir: string, ...flags: string[]): SlurmStatus =>
    JSON.parse(slurm(["status", dir, "--json", ...flags]).stdout) as SlurmStatus;
  const submitted = (args: readonly string[], env: Record<string, string> = {}): void => {
    const run = slurm(args, env);
    expect(run, run.stderr).toMatchObject({ status: 0, stderr: "" });
  };
  /** Waits until nothing of a job waits or runs. */
  const ended = async (dir: string): Promise<SlurmStatus> => {
    const quiet = ({ tasks, finalize }: SlurmStatus): boolean =>
      [...tasks, finalize].every(({ state }) => state !== "waiting" && state !== "running");
    await until(`the end of ${dir}`, () => quiet(status(dir)));
    return status(dir);
  };

  beforeAll(async () => {
    if (missing !== "") return;
    folder = temporaryFolder();
    for (let i = 0; i < RECORDINGS; i++)
      folder.write(path.join(AWKWARD, `in/r${i}.opus`), smallOpus(i + 1, 60 + 5 * i));
    expect(cli(["import", "in", "--store", "whole.zarr"], { cwd: at() }).status).toBe(0);
    expect(cli(["finalize", "whole.zarr"], { cwd: at() }).status).toBe(0);
    cluster = await startCluster();
  }, 240_000);

  afterAll(async () => {
    await cluster?.stop();
    folder?.remove();
  }, 240_000);

  it.skipIf(missing !== "")(
    "imports 60 recordings in 8 tasks; a killed task and a drained node are named, and submitting again completes it",
    async () => {
      const mark = at("held");
      const held = { NODE_OPTIONS: `--require ${JSON.stringify(hold)}`, HOLD_TASK: "3", HOLD_AFTER: "4" };
      submitted(["import", "in", "--store", "s.zarr", "--tasks", "8", "--dir", "a job"], {
        ...held,
        HOLD_MARK: mark,
      });
      await until("task 3 to be half-way", () => existsSync(mark));
      const running = status("a job").tasks[3];
      expect(running).toMatchObject({ task: 3, state: "running" });
      const node = running?.node as string;
      cluster.run("scontrol", "update", `nodename=${node}`, "state=drain", "reason=new disk");
      const [array = ""] = cluster.run("squeue", "-h", "-r", "-t", "running", "-o", "%F").trim().split("\n");
      cluster.run("scancel", "--signal=KILL", `${array}_3`);

      await ended("a job");
      // Its last task may be gone for a moment before the node says so.
      await until("the node to be drained", () => status("a job").nodes[0]?.state === "drained");
      const { tasks, finalize, nodes } = status("a job");
      expect(tasks.filter(({ state }) => state === "done").length, cluster.logs()).toBe(7);
      expect(tasks[3]).toMatchObject({ state: "failed", node });
      // Of the task's script and its program, either may be killed first.
      const killed = /ended without an exit status; .*CANCELLED|stopped by signal 9/;
      expect(tasks[3]?.reason).toMatch(killed);
      expect(finalize).toMatchObject({
        state: "failed",
        reason: expect.stringMatching(/exit status 1; shard 3 has begun on \S+ and not ended/),
      });
      expect(nodes).toEqual([{ node, state: "drained", reason: "new disk" }]);
      const told = slurm(["status", "a job"]);
      expect(told.status).toBe(1);
      expect(told.stdout).toMatch(new RegExp(`^ +3 {2}failed on ${node}: .*(${killed.source})`, "m"));
      expect(told.stdout).toContain(`node ${node} is drained: new disk`);
      expect(told.stdout).toContain("7 done, 1 failed, 0 missing");
      expect(readdirSync(at("s.zarr"))).toContain(".shards");

      expect(status("a job", "--resubmit").resubmitted).toEqual([3]);
      const again = await ended("a job");
      const other = node === "n1" ? "n2" : "n1";
      expect(again.tasks.map(({ state }) => state)).toEqual(new Array(8).fill("done"));
      expect(again.tasks[3]?.node).toBe(other);
      expect(again.finalize, again.finalize.reason).toMatchObject({ state: "done" });
      expect(tree(at("s.zarr"))).toEqual(tree(at("whole.zarr")));
      expect(status("a job", "--resubmit").resubmitted).toEqual([]);
      cluster.run("scontrol", "update", `nodename=${node}`, "state=resume");
    },
    400_000,
  );

  it.skipIf(missing !== "")(
    "extracts 5,000 segments in 8 tasks: the .npy of one run",
    async () => {
      const rows = Array.from({ length: SEGMENTS }, (_, i) => {
        const start = (i * 131) % 40_000;
        return `in__r${(i * 7) % RECORDINGS},${start},${start + 2400}`;
      });
      folder.write(path.join(AWKWARD, "c.csv"), `recording,start_sample,end_sample\n${rows.join("\n")}\n`);
      const args = ["extract", "whole.zarr", "--segments", "c.csv", "--out"];
      expect(cli([...args, "whole.npy"], { cwd: at() }).status).toBe(0);
      submitted([
        ...args,
        "npy",
        "--tasks=8",
        "--partition=main",
        "--dir=clips",
        "--",
        "--comment=don't",
        "--nice=1",
      ]);
      const { tasks, finalize } = await ended("clips");
      expect(
        tasks.map(({ state }) => state),
        JSON.stringify(tasks),
      ).toEqual(new Array(8).fill("done"));
      expect(finalize, finalize.reason).toMatchObject({ state: "done" });
      const files = tree(at());
      expect(files["npy"]).toMatch(/^[0-9a-f]{64}$/);
      expect(files["npy"]).toBe(files["whole.npy"]);
    },
    400_000,
  );

  it.skipIf(missing !== "")(
    "gives two tasks the same shard at once: the archive of one",
    async () => {
      const quoted = [process.execPath, main, "import", at("in"), "--store", at("two.zarr"), "--shard", "0/1"]
        .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
        .join(" ");
      const marks = folder.at("twice-%a");
      cluster.run("sbatch", "--array=0-1", `--output=${marks}`, `--wrap=${quoted} && echo ended well`);
      await until("both tasks", () => cluster.run("squeue", "-h").trim() === "");
      for (const task of [0, 1])
        expect(readFileSync(folder.at(`twice-${task}`), "utf8")).toContain("ended well");
      expect(cli(["finalize", at("two.zarr")]).status).toBe(0);
      expect(tree(at("two.zarr"))).toEqual(tree(at("whole.zarr")));
    },
    400_000,
  );

  it.skipIf(missing !== "")("puts more into a task where the cluster allows fewer", () => {
    const run = slurm(["import", "in", "--store", "d.zarr", "--tasks", "20", "--dry-run"]);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain("20 tasks asked for, 9 are allowed (MaxArraySize)");
    expect(run.stdout).toContain("--array=0-8");
    expect(existsSync(at("d.zarr"))).toBe(false);
    expect(existsSync(at("opus-zarr-slurm"))).toBe(false);
  });
});

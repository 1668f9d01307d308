/** A Slurm of its own for a test: munged, slurmctld and two slurmd on this machine, in one folder, on free ports. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Long enough for a machine that is busy with ten other things. */
const PATIENCE_MS = 120_000;

/** Whether this machine has what it takes; else what is missing. */
export function slurmMissing(): string {
  const programs = ["slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol"];
  const absent = programs.filter((name) => !onPath(name));
  if (process.platform !== "linux" || absent.length > 0)
    return ` (needs Slurm: ${absent.join(", ") || "Linux"})`;
  return process.getuid?.() === 0 ? "" : " (needs root, to start Slurm's daemons)";
}

function onPath(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, name)));
}

/** A cluster of two nodes, `n1` and `n2`. */
export interface Cluster {
  /** Environment in which Slurm's programs find it. */
  readonly env: Record<string, string>;
  /** Runs one of Slurm's programs; its standard output. */
  run(program: string, ...args: string[]): string;
  /** Logs of its daemons, for when something went wrong. */
  logs(): string;
  stop(): Promise<void>;
}

/** Starts a cluster; stops what has started if not all of it does. */
export async function startCluster(): Promise<Cluster> {
  // Short and in /tmp: a socket's path has at most 107 characters.
  const root = mkdtempSync("/tmp/oz-slurm-");
  chmodSync(root, 0o755);
  const at = (name: string): string => path.join(root, name);
  for (const folder of ["munge", "state", "spool", "spool/n1", "spool/n2", "log"]) mkdirSync(at(folder));
  chmodSync(at("munge"), 0o711);
  writeFileSync(at("munge/key"), randomBytes(128), { mode: 0o400 });
  const [controller = 0, first = 0, second = 0] = await freePorts(3);
  writeFileSync(at("slurm.conf"), configuration(root, { controller, nodes: [first, second] }));
  const env = { SLURM_CONF: at("slurm.conf") };
  const daemons: ChildProcess[] = [];
  const start = (program: string, ...args: string[]): void => {
    const daemon = spawn(program, args, { env: { ...process.env, ...env }, stdio: "ignore" });
    daemon.on("error", () => {});
    daemons.push(daemon);
  };
  const run = (program: string, ...args: string[]): string => {
    const done = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
    return done.stdout;
  };
  const logs = (): string =>
    readdirSync(at("log"))
      .map((name) => `== ${name}\n${readFileSync(at(path.join("log", name)), "utf8").slice(-4000)}`)
      .join("\n");
  const cluster: Cluster = { env, run, logs, stop: () => stopAll(daemons, root, run) };
  try {
    const munge = ["key-file=munge/key", "socket=munge/s", "pid-file=munge/pid", "seed-file=munge/seed"];
    const flags = munge.map((flag) => flag.replace("=", `=${root}/`)).map((flag) => `--${flag}`);
    start(
      "munged",
      "--foreground",
      "--num-threads=2",
      "--origin=127.0.0.1",
      `--log-file=${at("log/munge")}`,
      ...flags,
    );
    await until("munged's socket", () => existsSync(at("munge/s")));
    start("slurmctld", "-D", "-c");
    for (const node of ["n1", "n2"]) start("slurmd", "-D", "-N", node);
    await until("two idle nodes", () => run("sinfo", "-h", "-t", "idle", "-o", "%D").trim() === "2");
    return cluster;
  } catch (error) {
    const said = logs();
    await cluster.stop();
    throw new Error(`${(error as Error).message}\n${said}`);
  }
}

/** Waits until something is so; what throws is not yet so. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let last: unknown;
  while (Date.now() < end) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(
    `waited ${PATIENCE_MS / 1000} s in vain for ${what}${last === undefined ? "" : `: ${last}`}`,
  );
}

function configuration(
  root: string,
  ports: { readonly controller: number; readonly nodes: readonly number[] },
): string {
  const host = hostname().split(".")[0];
  const nodes = ports.nodes.map(
    (port, i) =>
      `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=2 RealMemory=500 State=UNKNOWN`,
  );
  return [
    "ClusterName=test",
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${ports.controller}`,
    "SlurmUser=root",
    "SlurmdUser=root",
    "AuthType=auth/munge",
    "CredType=cred/munge",
    `AuthInfo=socket=${root}/munge/s`,
    `SlurmctldPidFile=${root}/ctld.pid`,
    `SlurmdPidFile=${root}/%n.pid`,
    `SlurmctldLogFile=${root}/log/slurmctld`,
    `SlurmdLogFile=${root}/log/%n`,
    `StateSaveLocation=${root}/state`,
    `SlurmdSpoolDir=${root}/spool/%n`,
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU",
    "JobAcctGatherType=jobacct_gather/none",
    "SwitchType=switch/none",
    "MpiDefault=none",
    "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
    "ReturnToService=2",
    // A machine that is busy otherwise is no reason to give anything up.
    ...["SlurmdTimeout=300", "MessageTimeout=60", "TCPTimeout=30", "BatchStartTimeout=120"],
    "MaxArraySize=9",
    "KillWait=2",
    ...nodes,
    "PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}

/** Ports that are free now, all of them held until the last is found. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Cancels all jobs, so that no step outlives its daemon; then ends the daemons, the last started first. */
async function stopAll(daemons: readonly ChildProcess[], root: string, run: Cluster["run"]): Promise<void> {
  try {
    run("scancel", "--me");
    run("scancel", "--me", "--signal=KILL");
    await until("an empty queue", () => run("squeue", "-h").trim() === "");
  } catch {
    // It never came up, or is gone.
  }
  for (const daemon of [...daemons].reverse()) await stopDaemon(daemon);
  // A step's own process may still write its last words.
  rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const end = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  daemon.kill("SIGTERM");
  const killed = setTimeout(() => daemon.kill("SIGKILL"), 10_000);
  await end;
  clearTimeout(killed);
}

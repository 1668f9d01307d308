/** The command line with an environment of its own, beside servers that run in this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { S3Environment } from "./server.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** How a run ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A run of the command line. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command line. */
export function start(
  args: readonly string[],
  environment: S3Environment,
  flags: readonly string[] = [],
): Run {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const child = spawn(process.execPath, [...flags, main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...Object.fromEntries(own), ...environment },
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (more: string) => {
      text[name] += more;
    });
  }
  const started = performance.now();
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (status, signal) =>
      resolve({ status, signal, ...text, seconds: (performance.now() - started) / 1000 }),
    ),
  );
  return { child, ended };
}

/** Runs the command line to its end. */
export async function run(
  args: readonly string[],
  environment: S3Environment,
  flags: readonly string[] = [],
): Promise<Ended> {
  return await start(args, environment, flags).ended;
}

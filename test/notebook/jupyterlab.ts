/** A JupyterLab of its own, on this machine alone, that leaves nothing behind. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server without a kernel ends itself after so long, and so does a kernel that does nothing: whatever ends the test. */
const IDLE_LIMIT_S = 120;

export interface JupyterLab {
  /** Ends with a slash. */
  readonly url: string;
  readonly token: string;
  /** Ends the kernels and the server; gives back the command lines of what had to be killed. */
  stop(): Promise<string[]>;
}

export interface JupyterLabOptions {
  readonly python: string;
  /** What stands in the file browser. */
  readonly notebooks: string;
  /** Settings, runtime files and the kernels, under `share/jupyter/kernels`. */
  readonly prefix: string;
  readonly limitMs: number;
}

/** Starts a server, on a port of its own choice. */
export async function startJupyterLab(options: JupyterLabOptions): Promise<JupyterLab> {
  const { python, notebooks, prefix } = options;
  const runtime = join(prefix, "runtime");
  mkdirSync(runtime, { recursive: true });
  const child = spawn(python, serverArguments(notebooks), {
    env: { ...process.env, ...environment(prefix) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-20_000);
  });
  const ended = new Promise<void>((fulfil) => child.once("close", () => fulfil()));
  const stop = async (at?: { url: string; token: string }): Promise<string[]> => {
    if (at) await fetch(`${at.url}api/shutdown?token=${at.token}`, { method: "POST" }).catch(() => {});
    else child.kill("SIGTERM");
    await Promise.race([ended, sleep(20_000, undefined, { ref: false })]);
    return killLeftovers(prefix);
  };
  const began = Date.now();
  while (Date.now() - began < options.limitMs && child.exitCode === null) {
    const at = await answering(runtime);
    if (at) return { ...at, stop: () => stop(at) };
    await sleep(250);
  }
  await stop();
  throw new Error(`JupyterLab did not start:\n${log}`);
}

function serverArguments(notebooks: string): string[] {
  return [
    "-m",
    "jupyterlab",
    "--no-browser",
    "--ip=127.0.0.1",
    "--port=0",
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    `--ServerApp.shutdown_no_activity_timeout=${IDLE_LIMIT_S}`,
    `--MappingKernelManager.cull_idle_timeout=${IDLE_LIMIT_S}`,
    "--MappingKernelManager.cull_interval=30",
    notebooks,
  ];
}

/** Nothing of the user's own Jupyter is read or written. */
function environment(prefix: string): Record<string, string> {
  return {
    JUPYTER_PATH: join(prefix, "share", "jupyter"),
    JUPYTER_CONFIG_DIR: join(prefix, "config"),
    JUPYTER_DATA_DIR: join(prefix, "data"),
    JUPYTER_RUNTIME_DIR: join(prefix, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(prefix, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(prefix, "workspaces"),
  };
}

/** The server's own note of where it listens, once it answers there. */
async function answering(runtime: string): Promise<{ url: string; token: string } | undefined> {
  const name = readdirSync(runtime).find((file) => /^jpserver-\d+\.json$/.test(file));
  if (name === undefined) return undefined;
  try {
    const at = JSON.parse(readFileSync(join(runtime, name), "utf8")) as { url: string; token: string };
    const reply = await fetch(`${at.url}api/status?token=${at.token}`);
    return reply.ok ? { url: at.url, token: at.token } : undefined;
  } catch {
    return undefined;
  }
}

/** Ends, by its number, every process whose command line names a file under `prefix`. Linux only. */
function killLeftovers(prefix: string): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  const left: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (!command.includes(prefix) || Number(pid) === process.pid) continue;
      process.kill(Number(pid), "SIGKILL");
      left.push(command);
    } catch {
      // Ended meanwhile.
    }
  }
  return left;
}

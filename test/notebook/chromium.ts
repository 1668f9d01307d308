/** Opens a page in headless Chromium, without a network, and gives back what became of it. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser to use: `OPUS_ZARR_CHROMIUM`, or one on PATH; undefined if there is none. */
export const chromium: string | undefined =
  process.env["OPUS_ZARR_CHROMIUM"] ??
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

export interface OpenedPage {
  /** The document once its scripts have run. */
  readonly dom: string;
  /** What the page said on its console, uncaught errors included. */
  readonly console: readonly string[];
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-logging=stderr",
  // Every name fails to resolve: nothing can be fetched.
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--window-size=1200,3000",
  "--virtual-time-budget=20000",
];

/** Opens a file; with `screenshot` a picture is kept there. */
export async function openPage(path: string, screenshot?: string): Promise<OpenedPage> {
  const profile = mkdtempSync(join(tmpdir(), "opus-zarr-chromium-"));
  try {
    const common = [...FLAGS, `--user-data-dir=${profile}`];
    if (screenshot) await run([...common, `--screenshot=${screenshot}`, `file://${path}`]);
    const { stdout, stderr } = await run([...common, "--dump-dom", `file://${path}`]);
    const lines = stderr.split("\n").filter((line) => line.includes(":CONSOLE"));
    return { dom: stdout, console: lines };
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(chromium as string, args, { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
  });
  return new Promise((fulfil, reject) => {
    child.once("error", reject);
    child.once("close", () => fulfil(texts));
  });
}

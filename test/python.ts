/** The Python that tests compare with: `OPUS_ZARR_PYTHON`, else `python3`. */
import { execFileSync, spawnSync } from "node:child_process";

export const PYTHON: string = process.env["OPUS_ZARR_PYTHON"] ?? "python3";

/** Whether that Python can import these modules (comma-separated). */
export function pythonHas(modules: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${modules}`]).status === 0;
}

/** Runs a script in which any warning is an error, and parses the JSON that it prints. */
export function pythonJson(script: string, args: readonly string[]): unknown {
  return JSON.parse(
    execFileSync(PYTHON, ["-W", "error", script, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

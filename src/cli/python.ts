/** Finding and asking a Python, for what needs Jupyter. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OpusZarrError } from "../errors.js";

/** The Python of a venv. */
export function venvPython(venv: string): string {
  return process.platform === "win32" ? join(venv, "Scripts", "python.exe") : join(venv, "bin", "python");
}

/** What one line of Python prints, trimmed. */
export async function askPython(python: string, code: string): Promise<string> {
  const { execa } = await import("execa");
  try {
    return (await execa(python, ["-c", code])).stdout.trim();
  } catch (cause) {
    throw new OpusZarrError("dependency", `could not run ${python}`, {}, cause);
  }
}

/**
 * A Python 3 to make a venv with: `OPUS_ZARR_PYTHON`, else the one on PATH.
 *
 * @throws {OpusZarrError} of kind `dependency` when there is none
 */
export async function findPython(): Promise<string> {
  const named = process.env["OPUS_ZARR_PYTHON"];
  const candidates = named === undefined ? ["python3", "python"] : [named];
  for (const python of candidates) {
    const answer = await askPython(python, "import sys; print(sys.version_info[0])").catch(() => "");
    if (answer === "3") return python;
  }
  throw new OpusZarrError(
    "dependency",
    `no Python 3 found (tried ${candidates.join(", ")}): install Python 3.11 or newer`,
  );
}

/** The venv's Python if that venv is there. */
export function existingVenvPython(venv: string): string | undefined {
  const python = venvPython(venv);
  return existsSync(python) ? python : undefined;
}

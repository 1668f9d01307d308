/** Runs cells through tslab's own executor, in a process of its own, in `folder`. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface CellResult {
  readonly ok: boolean;
  readonly outputs: readonly CellOutput[];
}

export interface CellOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const runner = fileURLToPath(new URL("../../.ci/cells.mjs", import.meta.url));

/** With `keepGoing` a cell that fails does not keep the next ones from running. */
export function runCells(
  folder: string,
  sources: readonly string[],
  keepGoing = false,
): Promise<CellResult[]> {
  const child = fork(runner, [], {
    cwd: folder,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send({ sources, keepGoing });
  return new Promise((fulfil, reject) => {
    child.once("message", (results) => fulfil(results as CellResult[]));
    child.once("exit", (code) =>
      reject(new Error(`the process that ran the cells ended with status ${code}`)),
    );
  });
}

/** All that a cell wrote to one stream. */
export function said(result: CellResult | undefined, stream: "stdout" | "stderr"): string {
  const texts = (result?.outputs ?? [])
    .filter((output) => output.name === stream)
    .map((output) => output.text);
  return texts.join("");
}

/** The outputs of each cell of a notebook file, where texts may stand as lists of lines. */
export function cellOutputs(file: string): { outputs: CellOutput[] }[] {
  const isText = (value: unknown): value is string[] =>
    Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === "string");
  return JSON.parse(file, (_key, value) => (isText(value) ? value.join("") : value)).cells;
}

/** A notebook file of code cells only. */
export function notebook(sources: readonly string[]): string {
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const kernelspec = { name: "opus-zarr", display_name: "TypeScript (opus-zarr)", language: "typescript" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}

/**
 * Executes the notebooks from top to bottom and fails on any error. With a Python that has Jupyter (the one
 * in OPUS_ZARR_PYTHON, else the project's .venv) each runs in a real Jupyter kernel; without, every cell runs
 * through tslab itself. Executed copies stay in out/notebooks/; `--write` puts the outputs into the notebooks.
 *
 * `npm run notebooks -- [--write] [--no-python] [NOTEBOOK…]`
 */
import { execFileSync, fork, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installKernel } from "../dist/cli/kernel.js";
import { existingVenvPython } from "../dist/cli/python.js";

const CELL_TIMEOUT_S = 300;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "out", "notebooks");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean" }, "no-python": { type: "boolean" } },
});
process.exitCode = await main();

async function main() {
  // What is committed keeps its charts as pictures: the library they zoom with would be 2 MB in each notebook.
  if (values.write) process.env.OPUS_ZARR_PLOTS = "static";
  const notebooks = positionals.length > 0 ? positionals.map((path) => resolve(path)) : allNotebooks();
  const python = values["no-python"] ? undefined : jupyterPython();
  const run = python === undefined ? runInTslab : await jupyterRunner(python);
  console.log(
    python === undefined
      ? "No Python with Jupyter: every cell runs through tslab itself."
      : `In Jupyter, by ${python}.`,
  );
  mkdirSync(out, { recursive: true });
  let failed = 0;
  for (const path of notebooks) {
    const began = performance.now();
    const error = (await run(path)) ?? settle(values.write ? path : join(out, basename(path)));
    if (error !== undefined) failed++;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${error === undefined ? "ok    " : "FAILED"} ${basename(path)}  ${seconds} s`);
    if (error !== undefined) console.error(error);
  }
  console.log(`${notebooks.length - failed} of ${notebooks.length} notebooks ran without error`);
  return failed > 0 ? 1 : 0;
}

/**
 * Numbers the cells, which nbconvert leaves open with this kernel, and tells what a run left in the file that
 * a reader must not find: an error, or anything on stderr.
 */
function settle(path) {
  const notebook = JSON.parse(readFileSync(path, "utf8"));
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code" && cell.source.length > 0);
  cells.forEach((cell, index) => {
    cell.execution_count = index + 1;
  });
  writeFileSync(path, `${JSON.stringify(notebook, null, 1)}\n`);
  const bad = cells
    .flatMap((cell) => cell.outputs)
    .filter((output) => output.output_type === "error" || output.name === "stderr")
    .map((output) => [output.text ?? output.traceback].flat().join(""));
  return bad.length > 0 ? bad.join("\n") : undefined;
}

function allNotebooks() {
  const folder = join(root, "notebooks");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ipynb")) : [];
  return names.sort().map((name) => join(folder, name));
}

/** A Python that was named must have Jupyter; one that happens to be there may. */
function jupyterPython() {
  const named = process.env.OPUS_ZARR_PYTHON;
  const python = named ?? existingVenvPython(join(root, ".venv"));
  if (python === undefined) return undefined;
  try {
    execFileSync(python, ["-c", "import nbconvert, ipykernel"], { stdio: "pipe" });
    return python;
  } catch (error) {
    if (named !== undefined) throw error;
    return undefined;
  }
}

/** Runs a notebook with nbconvert, on a kernel registered under out/. */
async function jupyterRunner(python) {
  const prefix = join(root, "out", "jupyter");
  const kernel = await installKernel({ prefix, cwd: root });
  const env = { ...process.env, JUPYTER_PATH: join(prefix, "share", "jupyter") };
  const options = [
    `--ExecutePreprocessor.kernel_name=${kernel.name}`,
    `--ExecutePreprocessor.timeout=${CELL_TIMEOUT_S}`,
    "--ExecutePreprocessor.record_timing=False",
  ];
  return async (path) => {
    const where = values.write ? ["--inplace"] : ["--output-dir", out];
    const args = ["-m", "nbconvert", "--to", "notebook", "--execute", ...options, ...where, path];
    const result = spawnSync(python, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return result.status === 0 ? undefined : result.stderr;
  };
}

async function runInTslab(path) {
  const notebook = JSON.parse(readFileSync(path, "utf8"));
  const cells = notebook.cells.filter((cell) => cell.cell_type === "code");
  const results = await runCells(
    cells.map((cell) => [cell.source].flat().join("")),
    dirname(path),
  );
  results.forEach((result, index) => {
    cells[index].outputs = result.outputs;
  });
  const target = values.write ? path : join(out, basename(path));
  writeFileSync(target, `${JSON.stringify(notebook, null, 1)}\n`);
  const failed = results.findIndex((result) => !result.ok);
  if (failed < 0)
    return results.length === cells.length ? undefined : "the process that ran the cells ended early";
  const said = results[failed].outputs
    .filter((output) => output.name === "stderr")
    .map((output) => output.text);
  return `code cell ${failed + 1}:\n${[cells[failed].source].flat().join("")}\n${said.join("")}`;
}

/** Each notebook in a process of its own, in the folder it stands in, as in Jupyter. */
function runCells(sources, cwd) {
  const child = fork(join(root, ".ci", "cells.mjs"), [], {
    cwd,
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  child.send({ sources });
  return new Promise((fulfil) => {
    child.once("message", fulfil);
    child.once("exit", () => fulfil([]));
  });
}

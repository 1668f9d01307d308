/** Notebook files, and the executed copies of them that `npm run notebooks` leaves in out/notebooks. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
export const executedFolder: string = join(repository, "out", "notebooks");

/** An output of a cell, as it stands in a file. */
export interface FileOutput {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

export interface FileCell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly FileOutput[];
}

export interface NotebookFile {
  readonly metadata: { readonly kernelspec?: { readonly name: string } };
  readonly cells: readonly FileCell[];
}

/** Paths of all notebooks of the project. */
export function notebookPaths(): string[] {
  const folder = join(repository, "notebooks");
  const names = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
  return names.sort().map((name) => join(folder, name));
}

export function readNotebook(path: string): NotebookFile {
  return JSON.parse(readFileSync(path, "utf8"));
}

export function codeCells(file: NotebookFile): FileCell[] {
  return file.cells.filter((cell) => cell.cell_type === "code" && joined(cell.source).trim() !== "");
}

/** Texts stand in a notebook file whole or as lists of lines. */
export function joined(text: string | readonly string[] | undefined): string {
  return [text ?? ""].flat().join("");
}

/** How often a notebook's code asks for a chart. */
export function plotCalls(file: NotebookFile): number {
  return codeCells(file).reduce(
    (sum, cell) => sum + (joined(cell.source).match(/\bshowPlot\(/g)?.length ?? 0),
    0,
  );
}

/** What is wrong with the outputs of a notebook that ran: errors, and whatever was said on stderr. */
export function complaints(file: NotebookFile): string[] {
  return codeCells(file)
    .flatMap((cell) => cell.outputs ?? [])
    .filter((output) => output.output_type === "error" || output.name === "stderr")
    .map((output) => `${output.output_type}: ${joined(output.text)}`);
}

/** The executed copy of a notebook; undefined if there is none of the notebook as it stands now. */
export function executedCopy(path: string): string | undefined {
  const copy = join(executedFolder, basename(path));
  if (!existsSync(copy)) return undefined;
  const sources = (file: NotebookFile): string =>
    JSON.stringify(file.cells.map((cell) => joined(cell.source)));
  return sources(readNotebook(copy)) === sources(readNotebook(path)) ? copy : undefined;
}

/** `opus-zarr annotations convert IN OUT`: one table format to another. */
import { extname } from "node:path";
import type { CAC } from "cac";
import { ANNOTATION_FORMATS, type AnnotationFormat } from "../annotations/model.js";
import { readAnnotations } from "../annotations/read.js";
import { type WrittenAnnotations, writeAnnotations } from "../annotations/write.js";
import { argumentError } from "../errors.js";
import { numberOption, plain, print, printJson } from "./output.js";

interface ConvertFlags {
  readonly from?: string;
  readonly to?: string;
  readonly labelColumn?: string;
  readonly sampleRate?: string | number;
  readonly encoding?: string;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "annotations <action> [...files]",
      "annotations convert IN OUT: an annotation table in another format",
    )
    .usage("annotations convert IN OUT")
    .option(
      "--from <format>",
      `Format of IN, when its content does not tell: ${ANNOTATION_FORMATS.join(", ")}`,
    )
    .option(
      "--to <format>",
      "Format of OUT; by default what its name says: .csv plain CSV, .raven.txt, .audacity.txt",
    )
    .option("--label-column <name>", "Column of IN that holds the labels")
    .option("--sample-rate <hz>", "Rate in Hz of a table that counts in samples (48000)")
    .option("--encoding <name>", "Encoding of IN: utf-8, utf-16le, windows-1252")
    .option("--json", "One JSON document on stdout")
    .example("  $ opus-zarr annotations convert site1.raven.txt site1.csv")
    .action(convert);
}

async function convert(action: string, files: readonly string[], flags: ConvertFlags): Promise<void> {
  if (action !== "convert") throw argumentError("annotations", '"convert"', action);
  const [input, output] = files;
  if (input === undefined || output === undefined || files.length > 2) {
    throw argumentError("annotations convert", "IN and OUT", files.join(" "));
  }
  const table = await readAnnotations(input, {
    format: flags.from as AnnotationFormat | undefined,
    labelColumn: flags.labelColumn,
    sampleRate: numberOption("--sample-rate", flags.sampleRate),
    encoding: encodingOf(flags.encoding),
  });
  const format = (flags.to as AnnotationFormat | undefined) ?? formatByName(output);
  const written = await writeAnnotations(output, table, { format });
  if (flags.json === true) printJson({ from: table.format, ...written });
  else print(...told(written));
}

/** The encodings that tables may have, by name. */
export function encodingOf(name: string | undefined): "utf-8" | "utf-16le" | "windows-1252" | undefined {
  if (name === undefined || name === "utf-8" || name === "utf-16le" || name === "windows-1252") return name;
  throw argumentError("encoding", "utf-8, utf-16le or windows-1252", name);
}

/** The format that a file name promises. */
function formatByName(path: string): AnnotationFormat {
  const name = path.toLowerCase();
  if (extname(name) === ".csv") return "csv";
  const known = ["raven", "selections", "selection.table", "audacity", "labels"];
  const word = known.find((part) => name.endsWith(`.${part}.txt`));
  if (word === "audacity" || word === "labels") return "audacity";
  if (word !== undefined) return "raven";
  throw argumentError(
    "to",
    `a format, as the name of OUT tells none: ${ANNOTATION_FORMATS.join(", ")}`,
    path,
  );
}

function told({ format, rows, lost }: WrittenAnnotations): string[] {
  const line = `${rows} annotations written as ${format}`;
  return lost.length === 0 ? [line] : [line, `this format has no place for: ${plain(lost.join(", "))}`];
}

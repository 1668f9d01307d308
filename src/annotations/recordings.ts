/** Recordings as matching sees them, and the ways in which a row may name one. */
import { zoneMinutes } from "./cells.js";

/** What matching needs to know of a recording; an archive's `Recording` is one. */
export interface AnnotationTarget {
  readonly id: string;
  /** Samples per second in Hz. */
  readonly sampleRate: number;
  /** Samples a channel. */
  readonly totalSamples: number;
  readonly attributes: {
    readonly source: { readonly name: string };
    readonly start_time: {
      readonly utc: string | null;
      readonly offset: string | null;
      readonly local?: unknown;
    } | null;
  };
}

/** A path in comparable pieces, the file's own name first, without its extension. */
export interface PathPieces {
  readonly stem: string;
  /** Folders from the inside out. */
  readonly folders: readonly string[];
}

/** Extensions that audio files and their tables have: taken off before names are compared. */
const EXTENSION = /\.(?:wav|wave|opus|ogg|oga|flac|mp3|m4a|aac|wma|aif|aiff|w4v|caf|webm|mka)$/i;

/** Splits a path of any system; compares without regard to case, as Windows and macOS do. */
export function pathPieces(path: string): PathPieces {
  const pieces = path.trim().replaceAll("\\", "/").toLowerCase().split("/");
  const clean = pieces.filter((piece) => piece !== "" && piece !== ".");
  return { stem: (clean.at(-1) ?? "").replace(EXTENSION, ""), folders: clean.slice(0, -1).reverse() };
}

/** How many folders agree, from the file outwards. */
function agreeingFolders(a: PathPieces, b: PathPieces): number {
  let count = 0;
  while (count < a.folders.length && a.folders[count] === b.folders[count]) count++;
  return count;
}

/** Whether two paths cannot be one file seen from different places: their folders differ where both have one. */
export function conflicting(a: PathPieces, b: PathPieces): boolean {
  return agreeingFolders(a, b) < Math.min(a.folders.length, b.folders.length);
}

/** Recordings by name. */
export class NameIndex {
  readonly #byStem = new Map<string, { facts: AnnotationTarget; pieces: PathPieces }[]>();
  readonly #byId = new Map<string, AnnotationTarget>();

  constructor(recordings: readonly AnnotationTarget[]) {
    for (const facts of recordings) {
      const pieces = pathPieces(facts.attributes.source.name);
      const others = this.#byStem.get(pieces.stem) ?? [];
      this.#byStem.set(pieces.stem, [...others, { facts, pieces }]);
      this.#byId.set(facts.id.toLowerCase(), facts);
    }
  }

  /** The recordings whose name fits best, and how many folders agree; more than one when they fit equally. */
  find(name: string): { readonly found: readonly AnnotationTarget[]; readonly folders: number } {
    const pieces = pathPieces(name);
    const id = this.#byId.get(pieces.stem) ?? this.#byId.get(name.trim().toLowerCase());
    if (id !== undefined && pieces.folders.length === 0) return { found: [id], folders: 0 };
    const candidates = this.#byStem.get(pieces.stem) ?? [];
    const scores = candidates.map((candidate) => agreeingFolders(pieces, candidate.pieces));
    const folders = Math.max(0, ...scores);
    return { found: candidates.filter((_, i) => scores[i] === folders).map(({ facts }) => facts), folders };
  }

  /** The recording that a table's own file name speaks of: `a.BirdNET.selection.table.txt` of `a`. */
  findByTable(path: string): AnnotationTarget | undefined {
    let stem = pathPieces(path).stem;
    while (stem !== "") {
      const candidates = this.#byStem.get(stem) ?? [];
      const only = candidates.length === 1 ? candidates[0]?.facts : this.#byId.get(stem);
      if (only !== undefined) return only;
      const dot = stem.lastIndexOf(".");
      stem = dot < 0 ? "" : stem.slice(0, dot);
    }
    return undefined;
  }
}

/** A recording's stretch on the clock, in milliseconds since 1970; undefined ends where the clock is not known. */
export interface ClockSpan {
  readonly facts: AnnotationTarget;
  readonly utc: number | undefined;
  readonly local: number | undefined;
  readonly milliseconds: number;
}

/** Where a recording lies on the clock; undefined when nothing is known of its start. */
export function clockSpan(facts: AnnotationTarget): ClockSpan | undefined {
  const start = facts.attributes.start_time;
  if (start === null) return undefined;
  const utc = start.utc === null ? undefined : Date.parse(start.utc);
  const stated =
    typeof start.local === "string" ? Date.parse(`${start.local.replace(/Z$/, "")}Z`) : undefined;
  const shifted =
    utc === undefined || start.offset === null ? undefined : utc + zoneMinutes(start.offset) * 60_000;
  const milliseconds = (facts.totalSamples / facts.sampleRate) * 1000;
  return { facts, utc, local: stated ?? shifted, milliseconds };
}

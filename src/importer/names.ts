/** From paths to recording ids, and from what a user names to a list of files. */
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { argumentError, OpusZarrError } from "../errors.js";
import { isS3 } from "../remote/address.js";
import { globOf, isGlob } from "./glob.js";
import { findObjects } from "./objects.js";

/** A file to be imported. */
export interface SourceFile {
  /** Path to read it from. */
  readonly path: string;
  /** Path relative to the folder that holds what was named, with `/`. */
  readonly relative: string;
  readonly id: string;
}

/** File names that are taken for recordings when a folder is named; a file named itself is always tried. */
const AUDIO_EXTENSIONS = new Set(
  "opus ogg oga wav w4v flac mp3 m4a mp4 aac webm mka mkv caf aif aiff wma wv ape amr au snd 3gp rf64".split(
    " ",
  ),
);

/**
 * The id of a recording: its path relative to the folder that holds the path named, without extension;
 * separators become `__`, anything else outside `[A-Za-z0-9._-]` becomes `_`.
 *
 * @example
 * ```ts
 * recordingId("site1/20190522.opus"); // "site1__20190522"
 * ```
 */
export function recordingId(relative: string): string {
  const parsed = path.posix.parse(relative);
  const parts = [...parsed.dir.split("/").filter((part) => part !== "" && part !== "."), parsed.name];
  const id = parts.map((part) => part.replace(/[^A-Za-z0-9._-]/gu, "_")).join("__");
  // A leading dot would hide the recording; some names are the archive's own.
  if (id.startsWith(".")) return `_${id.slice(1)}`;
  return id === "zarr.json" || id === "catalogue.csv" ? id.replace(".", "_") : id;
}

/** Files to import, and the paths that stand for none. */
export interface Sources {
  /** Sorted by id, then by path. */
  readonly files: readonly SourceFile[];
  readonly failures: readonly { readonly path: string; readonly error: unknown }[];
}

/** Lists the files that `paths` (files, folders, globs) stand for, each once. */
export async function listSources(paths: readonly string[]): Promise<Sources> {
  const found = new Map<string, SourceFile>();
  const failures: { path: string; error: unknown }[] = [];
  for (const named of paths) {
    if (typeof named !== "string" || named === "")
      throw argumentError("paths", "paths of files or folders", named);
    try {
      for (const file of await expand(named)) found.set(placeOf(file.path), file);
    } catch (error) {
      failures.push({ path: named, error });
    }
  }
  const files = [...found].sort(([pathA, a], [pathB, b]) => order(a.id, b.id) || order(pathA, pathB));
  return { files: files.map(([, file]) => file), failures };
}

/** The same for the same file, however it was named. */
function placeOf(file: string): string {
  return isS3(file) ? file : path.resolve(file);
}

/** By code units: the same on every machine, whatever its locale. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function expand(named: string): Promise<SourceFile[]> {
  if (isS3(named)) {
    const objects = await findObjects(named, (relative) => isRecording(relative.split("/")));
    return objects.map((object) => sourceFile(object.path, object.relative));
  }
  const info = await stat(named).catch(() => undefined);
  if (info?.isDirectory()) return await listFolder(named);
  if (info !== undefined) return [sourceFile(named, path.basename(named))];
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(named)) {
    throw argumentError("path", "a file, a folder, a glob or s3://bucket/key", named);
  }
  if (isGlob(named)) {
    const matches = await glob(named);
    if (matches.length > 0) return matches;
  }
  throw new OpusZarrError("not-found", "path: expected a file, a folder or a glob that matches, found none", {
    path: named,
  });
}

/** Whether a file in a folder that was named, by the parts of its path there, is to be imported. */
function isRecording(within: readonly string[]): boolean {
  if (within.some((part) => part.startsWith(".") || part.endsWith(".zarr"))) return false;
  return AUDIO_EXTENSIONS.has(
    path
      .extname(within[within.length - 1] ?? "")
      .slice(1)
      .toLowerCase(),
  );
}

async function listFolder(folder: string): Promise<SourceFile[]> {
  const holder = path.basename(path.resolve(folder));
  const files: SourceFile[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const within = path.relative(folder, file).split(path.sep);
    if (isRecording(within) && (await isFile(entry, file)))
      files.push(sourceFile(file, [holder, ...within].join("/")));
  }
  if (files.length === 0) {
    throw new OpusZarrError("not-found", "folder: expected audio files in it, found none", { path: folder });
  }
  return files;
}

async function glob(pattern: string): Promise<SourceFile[]> {
  const { base, matches } = globOf(pattern);
  const entries = await readdir(base || ".", { recursive: true, withFileTypes: true }).catch(() => []);
  const files: SourceFile[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    const relative = path.relative(base, file).split(path.sep).join("/");
    if (matches(relative) && (await isFile(entry, file))) files.push(sourceFile(file, path.basename(file)));
  }
  return files;
}

/** A link that leads nowhere is taken for a file too: it fails in a row of its own. */
async function isFile(entry: Dirent, file: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(file).catch(() => undefined))?.isDirectory() !== true;
}

function sourceFile(file: string, relative: string): SourceFile {
  return { path: file, relative, id: recordingId(relative) };
}

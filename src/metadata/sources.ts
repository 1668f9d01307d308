/** All that says something of a recording (chunks, comments, the name of its file), read one by one. */
import { type AudioMothComment, parseAudioMothComment } from "./audiomoth.js";
import { type NameFacts, readFileName } from "./filename.js";
import { type Guano, one, parseGuano } from "./guano.js";
import type { RiffInfo } from "./riff.js";
import { type TagFields, tagCollector } from "./text.js";
import type { Timezone } from "./timezone.js";
import { parseWamd } from "./wamd.js";

/** What `describeRecording` goes by. */
export interface RecordingFacts {
  /** Name or path of the file. */
  readonly fileName: string;
  readonly riff?: RiffInfo | null | undefined;
  /** Comments of an Ogg, FLAC or other tagged stream, names as written. */
  readonly vorbisComments?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Zone for times that state none: `+02:00` or an IANA name. */
  readonly timezone?: string | Timezone | undefined;
}

/** What each source says; null for one that is not there. */
export interface Sources {
  readonly guano: Guano | null;
  readonly audioMoth: AudioMothComment | null;
  readonly wamd: TagFields;
  readonly name: NameFacts;
  readonly riff: RiffInfo | null;
  readonly tags: TagFields;
}

/** Reads all sources, and collects every field of theirs as tags. */
export function readSources(facts: RecordingFacts): Sources {
  const riff = facts.riff ?? null;
  const comments = [...(facts.vorbisComments ?? [])];
  const tags = tagCollector();
  const addAll = (fields: TagFields, prefix = ""): void => {
    for (const [name, value] of Object.entries(fields))
      for (const each of [value].flat()) tags.add(prefix + name, each);
  };
  const guano = parseGuano(riff?.guano ?? commentOf(comments, "guano") ?? "");
  const wamd = riff?.wamd == null ? {} : parseWamd(riff.wamd);
  addAll(riff?.info ?? {});
  for (const [name, value] of comments) tags.add(name, value);
  if (guano !== null) addAll(guano.fields);
  addAll(wamd, "wamd.");
  if (riff?.bext != null) {
    for (const [name, value] of Object.entries(riff.bext))
      if (value !== "" && value !== 0) tags.add(`bext.${name}`, String(value));
  }
  const texts = [one(riff?.info["ICMT"]), ...comments.filter(([n]) => isCommentName(n)).map(([, v]) => v)];
  let audioMoth: AudioMothComment | null = null;
  for (const text of texts) audioMoth ??= text === undefined ? null : parseAudioMothComment(text);
  const byAudioMoth = audioMoth !== null || /AudioMoth/.test(one(riff?.info["IART"]) ?? "");
  return {
    guano,
    audioMoth,
    wamd,
    riff,
    name: readFileName(facts.fileName, byAudioMoth),
    tags: tags.fields(),
  };
}

function isCommentName(name: string): boolean {
  return /^(comments?|description|icmt)$/i.test(name);
}

function commentOf(comments: readonly (readonly [string, string])[], name: string): string | undefined {
  return comments.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Reading a call: what the parser by itself would take for something else, or pass over. */
import type { CAC } from "cac";
import { argumentError } from "../errors.js";

/**
 * Parses the words of a call, and runs nothing. Values stay as they were written: `0522` is the name of a folder.
 *
 * @param argv as `process.argv`: two words before the command's
 * @returns the options
 */
export function parseCall(cli: CAC, argv: readonly string[]): Record<string, unknown> {
  const words = withNegativeValues(argv.slice(2));
  const end = words.indexOf("--");
  const named = end < 0 ? words : words.slice(0, end);
  const dashed = named.find((word) => /^-[^-]/.test(word) && !["-h", "-v"].includes(word));
  if (dashed !== undefined)
    throw argumentError("options", "two dashes before a name (a file's name: put ./ before it)", dashed);
  const options: Record<string, unknown> = cli.parse([...argv.slice(0, 2), ...words], { run: false }).options;
  for (const [name, values] of written(named)) {
    // `--no-browser` is `browser: false`.
    if (!(name in options)) continue;
    const parsed = [options[name]].flat();
    // The parser makes numbers of what looks like one; an option that stands twice has a list.
    const texts = parsed.map((value, i) => (typeof value === "number" ? values[i] : value));
    if (parsed.length === values.length) options[name] = texts.length === 1 ? texts[0] : texts;
  }
  return options;
}

/** What stands behind each option, once for every time it is named. */
function written(words: readonly string[]): Map<string, (string | undefined)[]> {
  const values = new Map<string, (string | undefined)[]>();
  words.forEach((word, i) => {
    const [, dashed, value] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashed === undefined) return;
    const name = dashed.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    values.set(name, [...(values.get(name) ?? []), value || words[i + 1]]);
  });
  return values;
}

/** `--timezone -03:00` is a value, not an option called `-0`. */
function withNegativeValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const name = joined.at(-1);
    if (/^-\d/.test(word) && name !== undefined && /^--[a-z][a-z-]*$/.test(name))
      joined[joined.length - 1] = `${name}=${word}`;
    else joined.push(word);
  }
  return joined;
}

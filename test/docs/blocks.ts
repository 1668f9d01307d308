/** Code blocks of the pages, and what is said about running them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** One fenced block of `ts`, `sh` or `python`. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: "ts" | "sh" | "python";
  readonly code: string;
  /** Program that it needs: `<!-- needs ffmpeg -->` stands before it. */
  readonly needs: string | undefined;
  /** Why it is only parsed: `<!-- syntax only: reason -->` stands before it. */
  readonly syntaxOnly: string | undefined;
}

/** README and the pages in docs/, by path. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...docs.sort().map((name) => `docs/${name}`)];
}

/** The blocks of a page that are run. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const fenced = /(?:^<!-- (.*?) -->\n)?^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fenced)].flatMap(([whole, note = "", language, code = ""]) => {
    if (language !== "ts" && language !== "sh" && language !== "python") return [];
    const line = text.slice(0, text.indexOf(whole)).split("\n").length;
    const needs = /^needs (\S+)/.exec(note)?.[1];
    return [{ page, line, language, code, needs, syntaxOnly: /^syntax only: (.*)/.exec(note)?.[1] }];
  });
}

/** `expression; // value` as a check: what a page says comes out is held against what does. */
export function withChecks(code: string): string {
  const said =
    /^([A-Za-z][\w.]*(?:\(.*\)[\w.]*|\[\d+\])?); \/\/ (\[[^\]]*\]|"[^"]*"|-?\d+(?:\.\d+)?)(?:$|:.*$| \(.*$)/gm;
  return code.replace(said, (_, expression, value) => `__check(${expression}, ${value});`);
}

/** Imports first, each name once, as modules want them: blocks of a page go on where the last one stopped. */
export function oneModule(blocks: readonly string[]): string {
  const names = new Map<string, Set<string>>();
  const bodies = blocks.map((code) =>
    code.replace(/^import (?:type )?\{([^}]*)\} from "([^"]+)";\n/gm, (_, list: string, from: string) => {
      const known = names.get(from) ?? new Set();
      names.set(from, known);
      for (const name of list.split(",").map((one) => one.trim())) if (name !== "") known.add(name);
      return "";
    }),
  );
  const imports = [...names].map(([from, list]) => `import { ${[...list].join(", ")} } from "${from}";`);
  return [...imports, ...bodies].join("\n");
}

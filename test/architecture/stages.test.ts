/** Folders of `src/` are stages: each imports from those before it only, so there are no cycles. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const STAGES = [
  "errors",
  "units",
  "random",
  "bisect",
  "version",
  "files",
  "shards",
  "vendor",
  "remote",
  "ogg",
  "opus",
  "pageindex",
  "source",
  "metadata",
  "input",
  "segments",
  "tensor",
  "decode",
  "archive",
  "workers",
  "importer",
  "indexing",
  "annotations",
  "extract",
  "frame",
  "model",
  "training",
  "datasets",
  "notebook",
  "finalize",
  "slurm",
  "cli",
  "index",
];

/** Stages that must run in a browser too. */
const PURE = [
  "errors",
  "units",
  "random",
  "bisect",
  "ogg",
  "opus",
  "pageindex",
  "segments",
  "tensor",
  "decode/decoder",
  "decode/libopus",
  "decode/libopus-state",
  "decode/settling",
  "decode/batch",
  "decode/packets",
  "decode/targets",
  "decode/task",
];

const root = path.resolve(import.meta.dirname, "../../src");
const files = readdirSync(root, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map((match) => match[1] as string);
}

function stageOf(file: string): string {
  const [first = ""] = file.split(/[\\/]/);
  return first.replace(/\.ts$/, "");
}

describe("stages", () => {
  it("are all known", () => {
    const unknown = [...new Set(files.map(stageOf))].filter((stage) => !STAGES.includes(stage));
    expect(unknown).toEqual([]);
  });

  it("import upstream only", () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const target of importsOf(file).filter((name) => name.startsWith("."))) {
        const to = stageOf(
          path.relative(root, path.resolve(root, path.dirname(file), target)).replace(/\.js$/, ".ts"),
        );
        if (STAGES.indexOf(to) > STAGES.indexOf(stageOf(file))) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("keep the core free of Node", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const pure = PURE.some((stage) => file === `${stage}.ts` || file.startsWith(`${stage}/`));
      if (!pure) continue;
      for (const target of importsOf(file))
        if (target.startsWith("node:")) wrong.push(`${file} imports ${target}`);
    }
    expect(wrong).toEqual([]);
  });
});

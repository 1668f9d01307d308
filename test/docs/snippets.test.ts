/** Every snippet of README and docs/, run in a folder such as a reader has. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Block, blocksOf, oneModule, pages, withChecks } from "./blocks.js";
import { PYTHON, pythonHas } from "../python.js";
import { prepareBin, runShell, runTypeScript, typeErrors, workspace } from "./workspace.js";

const has = (program: string): boolean => spawnSync(program, ["-version"]).error === undefined;
/** Snippets are typed into a shell that has the usual small tools. */
const noShell = has("bash") && has("cat") ? "" : " (needs bash and cat)";
const nameOf = (block: Block): string => `line ${block.line}: ${block.code.trim().split("\n")[0]}`;
const moduleOf = (blocks: readonly Block[]): string =>
  oneModule(blocks.map((block) => withChecks(block.code)));
/** Pages on which the archive is made; on the others it is there already. */
const FROM_NOTHING = ["README.md", "docs/import.md"];

beforeAll(prepareBin);

describe.each(pages().filter((page) => blocksOf(page).length > 0))("%s", (page) => {
  const blocks = blocksOf(page);
  const run = blocks.filter((block) => block.syntaxOnly === undefined);
  const shell = run.filter((block) => block.language === "sh");
  const typescript = run.filter((block) => block.language === "ts" && block.needs === undefined);
  let folder = "";

  beforeAll(async () => {
    if (run.length > 0) folder = await workspace(page, { archive: !FROM_NOTHING.includes(page) });
  });

  for (const block of shell) {
    const missing = block.needs !== undefined && !has(block.needs) ? ` (needs ${block.needs})` : noShell;
    it.skipIf(missing !== "")(`${nameOf(block)}${missing}`, async () => {
      await runShell(block.code, folder);
    });
  }

  for (const block of blocks.filter((one) => one.syntaxOnly !== undefined && one.language === "sh")) {
    it.skipIf(noShell !== "")(`${nameOf(block)} (parsed only: ${block.syntaxOnly})${noShell}`, () => {
      const parsed = spawnSync("bash", ["-n", "-c", block.code], { encoding: "utf8" });
      expect(parsed.stderr).toBe("");
    });
  }

  const python = run.filter((block) => block.language === "python");
  const modules = "numpy, pandas, datasets";
  const noPython = python.length === 0 || pythonHas(modules) ? "" : ` (needs Python with ${modules})`;

  // In order, as one module: a block may use what the one before it made.
  if (typescript.length === 0) return;
  it(`its ${typescript.length} blocks of TypeScript`, async () => {
    await runTypeScript(moduleOf(typescript), { folder, name: "snippets" });
  });

  for (const block of python) {
    it.skipIf(noPython !== "")(`${nameOf(block)}${noPython}`, () => {
      const env = { ...process.env, HF_HOME: join(folder, "huggingface"), HF_DATASETS_OFFLINE: "1" };
      const done = spawnSync(PYTHON, ["-c", block.code], { cwd: folder, env, encoding: "utf8" });
      expect(done.status, done.stderr).toBe(0);
    });
  }

  // Each with those that need nothing before it.
  for (const block of run.filter((one) => one.language === "ts" && one.needs !== undefined)) {
    const missing = has(String(block.needs)) ? "" : ` (needs ${block.needs})`;
    it.skipIf(missing !== "")(`${nameOf(block)}${missing}`, async () => {
      await runTypeScript(moduleOf([...typescript, block]), { folder, name: `line-${block.line}` });
    });
  }
});

it("the TypeScript of all pages has the types it needs", async () => {
  const sources = pages().map((page): [string, string] => {
    const blocks = blocksOf(page).filter((block) => block.language === "ts");
    return [page.replace(/\W/g, "_"), oneModule(blocks.map((block) => block.code))];
  });
  expect(await typeErrors(new Map(sources))).toEqual([]);
});

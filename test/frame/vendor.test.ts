import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { loadDanfo } from "../../dist/index.js";

const run = promisify(execFile);
const vendor = join(import.meta.dirname, "../../dist/vendor");

/** The specifiers that a bundle or declaration imports. */
const imports = (text: string): string[] =>
  [...text.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(/\b(?:from|import)\s*\(?["']([^"']+)["']/g)].map(
    (match) => match[1] as string,
  );

it("runs alone, in a folder without node_modules, and keeps quiet", async () => {
  const folder = await mkdtemp(join(tmpdir(), "opus-zarr-danfo-"));
  try {
    await cp(join(vendor, "danfo.js"), join(folder, "danfo.mjs"));
    const script = `import { DataFrame, concat, merge } from "./danfo.mjs";
      const frame = new DataFrame({ a: [1, 2, 4], g: ["x", "y", "x"] });
      const sums = frame.groupby(["g"]).sum();
      console.log(JSON.stringify([frame.a.mean(), frame.a.add(1).values, frame.a.std(), sums.values,
        concat({ dfList: [frame, frame], axis: 0 }).shape, frame.shape, frame.g.values.length,
        merge({ left: frame, right: sums, on: ["g"], how: "inner" }).shape, frame.query(frame.a.gt(1)).shape]));`;
    await writeFile(join(folder, "run.mjs"), script);
    const { stdout, stderr } = await run(process.execPath, [join(folder, "run.mjs")], { cwd: folder });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      7 / 3,
      [2, 3, 5],
      expect.closeTo(1.5275, 4),
      [
        ["x", 5],
        ["y", 2],
      ],
      [6, 2],
      [3, 2],
      3,
      [3, 3],
      [2, 2],
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("joins frames without changing them, and skips those without rows", async () => {
  const { DataFrame, concat } = await loadDanfo();
  const options = { columns: ["a", "b"], dtypes: ["int32", "string"] };
  const frames = [
    new DataFrame([], options),
    new DataFrame([[1, "x"]], options),
    new DataFrame([[2, "y"]], options),
  ];
  const joined = concat({ dfList: frames, axis: 0 });
  expect(joined.values).toEqual([
    [1, "x"],
    [2, "y"],
  ]);
  expect(frames.map((frame) => frame.shape[0])).toEqual([0, 1, 1]);
  expect(frames[1]?.column("b").values).toEqual(["x"]);
  expect(concat({ dfList: [new DataFrame([], options)], axis: 0 }).columns).toEqual(["a", "b"]);
});

it("has declarations that import nothing but each other", async () => {
  const names = (await readdir(vendor, { recursive: true })).filter((name) => name.endsWith(".d.ts"));
  expect(names).toContain("danfo.d.ts");
  for (const name of names.filter((one) => one.startsWith("danfo"))) {
    for (const specifier of imports(await readFile(join(vendor, name), "utf8"))) {
      expect(specifier, name).toMatch(/^\.{1,2}\/.*\.js$/);
    }
  }
});

it("carries the notice of each package inside it", async () => {
  const notices = await readFile(join(vendor, "danfo.LICENSES.txt"), "utf8");
  for (const name of ["danfojs-node 1.2.0 (MIT)", "@tensorflow/tfjs-core", "mathjs", "table", "papaparse"]) {
    expect(notices).toContain(name);
  }
  expect(notices).toContain("Apache License");
});

/** The command line where an archive is damaged, a place cannot be written, or nobody reads on. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, cliJson, type Folder, smallOpus, temporaryFolder } from "../importer/tools.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

let folder: Folder;
let store: string;

beforeAll(() => {
  folder = temporaryFolder();
  store = folder.at("a.zarr");
  for (const [n, name] of ["good", "bad"].entries()) folder.write(`${name}.opus`, smallOpus(n + 1));
  cli(["import", folder.at("good.opus"), folder.at("bad.opus"), "--store", store]);
  truncateSync(folder.at("a.zarr/bad/zarr.json"), 100);
});
afterAll(() => folder.remove());

const BAD = /^expected a Zarr group, got a zarr\.json of 100 bytes that is no JSON \(.*bad\)$/;

describe("a recording with a damaged zarr.json", () => {
  it("is a row of ls that says why, among the others", () => {
    const run = cli(["ls", store]);
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toMatch(/^recording .*\ngood +1\.19 s .*\ndamaged {2}bad: expected a Zarr group, got/);
    const { json, status } = cliJson<{ recordings: object[] }>(["ls", store]);
    expect(status).toBe(1);
    expect(json.recordings).toEqual([
      { id: "bad", error: expect.stringMatching(BAD) },
      expect.objectContaining({ id: "good", channels: 1, holes: 0 }),
    ]);
  });

  it("is counted by info, and named by finalize", () => {
    const info = cliJson<object>(["info", store]);
    expect(info).toMatchObject({ status: 1, json: { recordings: 1, damaged: [{ id: "bad" }] } });
    expect(cli(["info", store]).stdout).toMatch(/: 1 recordings.*\ndamaged {2}bad: /);
    const finalized = cliJson<object>(["finalize", store]);
    expect(finalized).toMatchObject({ status: 1, json: { recordings: 1, damaged: [{ id: "bad" }] } });
    expect(cli(["finalize", store]).stdout).toMatch(
      /^damaged {2}bad: .*\n1 recordings; nothing to change\n$/,
    );
    expect(readFileSync(folder.at("a.zarr/catalogue.csv"), "utf8")).toMatch(/^recording,.*\ngood,.*\n$/);
  });

  it("fails an extraction that names it, with a document that says so, and no other", () => {
    const table = (id: string): string =>
      folder.write(`${id}.csv`, `recording,start_s,end_s\ngood,0,0.5\n${id},0.1,0.6\n`);
    const args = (id: string): string[] => [
      ...["extract", store, "--segments", table(id), "--out", folder.at(`${id}.npy`)],
    ];
    expect(cliJson(args("good"))).toMatchObject({ status: 0, json: { segments: 2 } });
    const failed = cliJson<object>(args("bad"));
    expect(failed).toMatchObject({ status: 1, json: { error: expect.stringMatching(BAD), kind: "format" } });
    expect(failed.stderr).toMatch(/^opus-zarr: expected a Zarr group/);
    expect(existsSync(folder.at("bad.npy"))).toBe(false);
  });
});

describe("a place that cannot be written", () => {
  const inFile = (name: string): string => folder.at("good.opus", name);

  it.skipIf(!existsSync("/proc/self"))(
    "fails at once, also in /proc, where folders are said to be missing",
    () => {
      for (const at of ["/proc/x.zarr", "/proc/deep/x.zarr"]) {
        const run = cli(["import", folder.at("good.opus"), "--store", at]);
        expect(run.status).toBe(1);
        expect(run.stderr).toMatch(/cannot make the folder: .*\/proc\//);
      }
    },
  );

  it("below a file fails with a reason", () => {
    const table = folder.write("one.csv", "recording,start_s,end_s\ngood,0,0.5\n");
    const windows = [
      "--window",
      "0.5",
      "--recordings",
      "good",
      "--background=label=none",
      "--unannotated=background",
    ];
    const out = (name: string, ...more: string[]): string[] => [
      ...["extract", store, "--segments", table, "--out", inFile(name), ...more],
    ];
    const into = cli(["import", folder.at("good.opus"), "--store", inFile("x.zarr")]);
    expect(into).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/expected a folder, got "a file"/),
    });
    for (const args of [
      out("x.npy"),
      out("clips", "--format", "wav"),
      ["export", store, "good", inFile("x.opus")],
      ["dataset", store, "--out", inFile("set"), ...windows],
    ]) {
      const run = cli(args);
      expect([args[0], run.status]).toEqual([args[0], 1]);
      expect(run.stderr).toMatch(/^opus-zarr: .*(a file, not a folder|cannot make the folder).*good\.opus/);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    }
  });
});

describe("a place where a file is to go", () => {
  const calls = (name: string): string[][] => {
    const table = folder.write("half.csv", "recording,start_s,end_s\ngood,0,0.5\n");
    return [
      ["export", store, "good", folder.at(name)],
      ["extract", store, "--segments", table, "--out", folder.at(name)],
    ];
  };

  it("keeps what is there, if it is of another kind", () => {
    const notes = folder.write("notes.csv", "of weeks\n");
    for (const args of calls("notes.csv")) {
      const run = cli(args);
      expect([args[0], run.status, run.stdout]).toEqual([args[0], 1, ""]);
      expect(run.stderr).toMatch(/a file of another kind is there.*notes\.csv/);
      expect(readFileSync(notes, "utf8")).toBe("of weeks\n");
    }
  });

  it("is replaced, if it is what the command writes, and its folder is made", () => {
    for (const [i, args] of calls("not/yet/there/x").entries()) {
      const call = [...args.slice(0, -1), `${args.at(-1)}${i}`];
      for (const _ of ["new", "again"]) expect(cli(call)).toMatchObject({ status: 0, stderr: "" });
    }
  });
});

describe("a call that cannot be meant", () => {
  it.each([
    [
      "a column twice",
      "recording,start_s,end_s,start_s\ngood,0,1,0.5\n",
      [],
      /each column once, got start_s twice/,
    ],
    [
      "a thousand million shards",
      "recording,start_s,end_s\ngood,0,1\n",
      ["--shard", "0/1000000000"],
      /N <= 1000000/,
    ],
  ])("%s is refused", (_, table, more, reason) => {
    const file = folder.write("wrong.csv", table);
    const run = cli(["extract", store, "--segments", file, "--out", folder.at("wrong.npy"), ...more]);
    expect(run).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(reason) });
  });
});

const noShell =
  spawnSync("bash", ["-c", "ulimit -n 64"]).status === 0 ? "" : " (needs bash, and a limit on open files)";

describe("a process that may have few files open", () => {
  it.skipIf(noShell !== "")(`takes no recording for damaged${noShell}`, () => {
    for (let i = 0; i < 80; i++)
      cpSync(folder.at("a.zarr/good"), folder.at(`many.zarr/r${i}`), { recursive: true });
    cpSync(folder.at("a.zarr/zarr.json"), folder.at("many.zarr/zarr.json"));
    for (const command of ["ls", "finalize"]) {
      const limited = [
        "-c",
        'ulimit -n 64; exec "$@"',
        "bash",
        process.execPath,
        MAIN,
        command,
        folder.at("many.zarr"),
      ];
      const run = spawnSync("bash", limited, { encoding: "utf8" });
      expect(run).toMatchObject({ status: 0, stderr: "" });
      expect(run.stdout).not.toMatch(/damaged/);
    }
  });
});

describe("a reader that goes", () => {
  it("does not end in a stack: what follows is not written, the work is done", async () => {
    mkdirSync(folder.at("b.zarr"));
    const args = [MAIN, "import", folder.at("good.opus"), "--store", folder.at("b.zarr")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (bytes) => (stderr += String(bytes)));
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(cliJson<object>(["ls", folder.at("b.zarr")]).json).toMatchObject({ recordings: [{ id: "good" }] });
  });
});

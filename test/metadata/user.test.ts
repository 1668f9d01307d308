import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseMetaCsv, parseMetaOptions, readMetaCsv } from "../../src/metadata/user.js";

describe("parseMetaOptions", () => {
  it("takes what stands behind the first =, and lists for keys given twice", () => {
    expect(parseMetaOptions(["site=north", "note=a=b", "who=A", "who=B", "empty="])).toEqual({
      site: "north",
      note: "a=b",
      who: ["A", "B"],
      empty: "",
    });
  });
  it.each(["site", "=x"])("%j is refused", (option) => {
    expect(() => parseMetaOptions([option])).toThrow(/meta: expected key=value/);
  });
});

describe("parseMetaCsv", () => {
  const table = parseMetaCsv("file,site,height_m\nnorth/a.wav,N,2\na.wav,?,1\nb.wav,S,\n./c,E,3\n");

  it("finds a row by the longest end of the path that is named", () => {
    expect(table.rowFor("/data/north/a.wav")).toEqual({ site: "N", height_m: "2" });
    expect(table.rowFor("/data/south/a.wav")).toEqual({ site: "?", height_m: "1" });
    expect(table.rowFor("b.wav")).toEqual({ site: "S" });
    expect(table.rowFor("x/c.opus")).toEqual({ site: "E", height_m: "3" });
    expect(table.rowFor("d.wav")).toBeUndefined();
    expect([table.columns, table.rowCount]).toEqual([["site", "height_m"], 4]);
  });

  it("reads semicolons, tabs, quotes and a byte order mark", () => {
    expect(parseMetaCsv('\uFEFFFile;Site\n"a;1.wav";"B ""c"""').rowFor("a;1.wav")).toEqual({ Site: 'B "c"' });
    expect(parseMetaCsv("name\tsite\nü\tN").rowFor("dir/u\u0308.wav")).toEqual({ site: "N" });
  });

  it("says what is wrong", () => {
    expect(() => parseMetaCsv("")).toThrow(/column names/);
    expect(() => parseMetaCsv("site,x\n1,2")).toThrow(/a column named one of path/);
    expect(() => parseMetaCsv("file,site,site\n1,2,3")).toThrow(/each column once/);
    expect(() => parseMetaCsv("file,site\na,2\na,3")).toThrow(/one row a file.*line 3/);
    expect(() => parseMetaCsv('file,site\n"a,2')).toThrow(/meta-csv/);
  });

  it("reads files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "opus-zarr-meta-"));
    try {
      await writeFile(join(folder, "m.csv"), "path,site\na.wav,N\n");
      expect((await readMetaCsv(join(folder, "m.csv"))).rowFor("a.wav")).toEqual({ site: "N" });
      await expect(readMetaCsv(join(folder, "none.csv"))).rejects.toMatchObject({ kind: "not-found" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

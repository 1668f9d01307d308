// Collects the licence notices of the packages whose files went into a bundle.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const LICENCE_FILE = /^(licen[cs]e|notice|copying)(\.|-|$)/i;

/** The package folders that esbuild's metafile names as inputs, each once. */
export function packagesOf(metafile, root) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(join(root, match[1]));
  }
  return [...folders].sort();
}

async function notice(folder) {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const author = typeof manifest.author === "string" ? manifest.author : manifest.author?.name;
  return {
    name: `${manifest.name} ${manifest.version}`,
    licence:
      (typeof manifest.license === "string" ? manifest.license : manifest.license?.type) ?? "see its text",
    author: author ?? "its authors",
    text: texts.map((text) => text.trim()).join("\n\n"),
  };
}

const MIT = (author) => `Copyright (c) ${author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS
IN THE SOFTWARE.`;

/** One text with every notice. `apache` is a file with the Apache 2.0 text, for packages that ship none. */
export async function licenceText(folders, apache) {
  const notices = await Promise.all(folders.map(notice));
  const apacheText = (await readFile(apache, "utf8")).trim();
  const parts = notices.map((one) => {
    let text = one.text;
    if (text === "" && one.licence === "MIT") text = MIT(one.author);
    if (text === "" && one.licence === "Apache-2.0")
      text = `Copyright ${one.author}. Text: Apache License 2.0, at the end.`;
    if (text === "") throw new Error(`${one.name} (${one.licence}) ships no licence text: add it by hand`);
    return `${one.name} (${one.licence})\n${"-".repeat(72)}\n${text}`;
  });
  const head = "The bundle beside this file contains the following packages, under the licences given.";
  return `${[head, ...parts, `Apache License 2.0\n${"-".repeat(72)}\n${apacheText}`].join("\n\n\n")}\n`;
}

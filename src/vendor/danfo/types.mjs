// Copies danfo's declarations beside the bundle, with import paths that resolve in an ES module package and nothing
// that has to be installed.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

const SPECIFIER = /(\bfrom\s+|\bimport\()(["'])([^"'\n]+)\2/g;
const COMMENT = /\/\*[\s\S]*?\*\//g;

/** The folder whose declarations are not copied: plots do not work outside a browser. */
const PLOTTING = /^\.{1,2}\/(.*\/)?plotting/;

function rewrite(text, folder, seen, stubs) {
  return text.replace(SPECIFIER, (_, before, quote, specifier) => {
    if (!specifier.startsWith(".")) return `${before}${quote}${stubs}${quote}`;
    if (PLOTTING.test(specifier)) throw new Error(`plotting types are in use: ${specifier}`);
    const base = join(folder, specifier);
    const target = existsSync(`${base}.d.ts`) ? `${base}.d.ts` : join(base, "index.d.ts");
    seen(target);
    const path = relative(folder, target)
      .replace(/\\/g, "/")
      .replace(/\.d\.ts$/, ".js");
    return `${before}${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
  });
}

/** Rewrites code and leaves comments alone: their examples import too. */
function rewriteCode(text, ...rest) {
  let out = "";
  let from = 0;
  for (const comment of text.matchAll(COMMENT)) {
    out += rewrite(text.slice(from, comment.index), ...rest) + comment[0];
    from = comment.index + comment[0].length;
  }
  return out + rewrite(text.slice(from), ...rest);
}

/**
 * @param entry `{ index, root }`: danfo's own index.d.ts and the folder that holds all its declarations
 * @param out `{ folder, stubs }`: where the copies go, and our stand-ins for other packages' types
 * @returns the index's copy, relative to `folder`
 */
export async function copyTypes({ index, root }, { folder, stubs }) {
  const queue = [index];
  for (const file of queue) {
    const target = join(folder, relative(root, file));
    const toStubs = relative(dirname(target), join(folder, "stubs.js")).replace(/\\/g, "/");
    const seen = (path) => queue.includes(path) || queue.push(path);
    const text = await readFile(file, "utf8");
    await mkdir(dirname(target), { recursive: true });
    const path = toStubs.startsWith(".") ? toStubs : `./${toStubs}`;
    await writeFile(target, rewriteCode(text, dirname(file), seen, path));
  }
  await copyFile(stubs, join(folder, "stubs.d.ts"));
  return relative(root, index).replace(/\\/g, "/");
}

/** Folders compared byte for byte. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every file of a folder with its digest, by path. */
export function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  const entries = files
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest("hex"),
    ]);
  return Object.fromEntries(entries);
}

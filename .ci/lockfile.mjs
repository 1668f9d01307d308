/**
 * Completes package-lock.json: a registry mirror that lacks the builds of a tool for other platforms makes
 * `npm install` leave them out, and `npm ci` (npm 11) then refuses the file as incomplete, on every platform.
 * Each optional dependency without an entry gets one here; nothing of it is installed where `os`/`cpu` differ.
 *
 * Run after every `npm install`: `node .ci/lockfile.mjs`; `--check` changes nothing and exits 1 if any is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";

const OS = [
  "android",
  "darwin",
  "linux",
  "win32",
  "freebsd",
  "openbsd",
  "netbsd",
  "sunos",
  "aix",
  "openharmony",
];
const CPU = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el"];

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const added = missingEntries(lock.packages);

for (const [key, entry] of added) {
  console.log(`${key.replace("node_modules/", "")} ${entry.version}`);
  lock.packages[key] = entry;
}
if (process.argv.includes("--check")) {
  process.exitCode = added.length > 0 ? 1 : 0;
} else if (added.length > 0) {
  const [own, ...others] = Object.entries(lock.packages);
  others.sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries([own, ...others]);
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}

function missingEntries(packages) {
  const missing = [];
  for (const owner of Object.values(packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      const key = `node_modules/${name}`;
      // Only exact versions are platform builds; a range is an ordinary optional dependency.
      if (packages[key] || !/^\d+\.\d+\.\d+\S*$/.test(version)) continue;
      missing.push([key, platformEntry(name, version, owner)]);
    }
  }
  return missing;
}

/** `os` and `cpu` by the package's name, as these tools name their builds. */
function platformEntry(name, version, owner) {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const cpu = CPU.filter((known) => words.includes(known));
  const os = OS.filter((known) => words.includes(known));
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(owner.dev === true && { dev: true }),
    ...(words.includes("musl") && { libc: ["musl"] }),
    ...(owner.license !== undefined && { license: owner.license }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

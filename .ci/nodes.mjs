/**
 * The demo and the tests on several versions of Node, each as on a machine that has Node, npm and git alone:
 * `npm run test:nodes [-- VERSION…] [--with-tools]`, versions 20, 22 and 24 unless told. `--with-tools` leaves
 * ffmpeg, Python and the rest where they are found.
 *
 * Node comes from npm, into out/nodes; the version that runs this is not fetched again.
 */
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, stripVTControlCharacters } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const TOOLS = ["npm", "npx", "sh", "env", "git"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "with-tools": { type: "boolean" } },
});
/** What failed, for whoever looks for it under all that was printed after it. */
const failures = join(root, "out", "nodes-failures.log");
rmSync(failures, { force: true });
const failed = [];
for (const version of positionals.length > 0 ? positionals : ["20", "22", "24"]) {
  if (!(await passes(version))) failed.push(version);
}
if (failed.length > 0) {
  console.error(`failed on Node ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** Runs demo and tests on one version; prints one line, or the end of the log. */
async function passes(version) {
  const node = nodeOf(version);
  const log = join(root, "out", `node-${version}.log`);
  const began = performance.now();
  const status = await run("npm run demo && npx vitest run", { PATH: pathWith(node, version), log });
  const text = readFileSync(log, "utf8");
  const seconds = Math.round((performance.now() - began) / 1000);
  const exact = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const counts = /^\d+ passed, \d+ failed, \d+ skipped$/m.exec(text)?.[0] ?? "the tests did not run";
  console.log(`Node ${exact}: ${counts}, ${seconds} s${status === 0 ? "" : ", FAILED"} (full log: ${log})`);
  if (status !== 0) {
    const shown = failuresIn(text);
    console.log(shown);
    appendFileSync(failures, `\nNode ${exact}\n${shown}\n`);
  }
  return status === 0;
}

/** What a log says of the tests that failed; else its end. */
function failuresIn(text) {
  const plain = stripVTControlCharacters(text);
  const at = plain.indexOf("Failed Tests");
  const lines = (at < 0 ? plain : plain.slice(at)).split("\n");
  return (at < 0 ? lines.slice(-150) : lines.slice(0, 150)).join("\n");
}

/** The binary of a version: this process's own, or npm's build for this platform. */
function nodeOf(version) {
  if (version === process.versions.node.split(".")[0]) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(root, "out", "nodes", version);
  const node = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const args = ["install", "--prefix", folder, "--no-save", "--no-package-lock", `${name}@${version}`];
    const { status } = spawnSync("npm", args, { stdio: "inherit", cwd: folder });
    if (status !== 0) throw new Error(`npm could not install ${name}@${version}`);
  }
  return node;
}

/** A PATH on which that Node comes first, or stands alone with what npm needs. */
function pathWith(node, version) {
  const folder = join(root, "out", `node-${version}-alone`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(node, join(folder, "node"));
  if (values["with-tools"]) return [folder, process.env.PATH].join(delimiter);
  for (const tool of TOOLS) symlinkSync(found(tool), join(folder, tool));
  return folder;
}

function found(tool) {
  const folder = process.env.PATH.split(delimiter).find((one) => existsSync(join(one, tool)));
  if (folder === undefined) throw new Error(`${tool} is not on PATH`);
  return realpathSync(join(folder, tool));
}

/** Runs a line of shell with its output in a file; CI's own rules (nothing skipped) do not hold here. */
function run(line, { PATH, log }) {
  const { CI: _, OPUS_ZARR_PYTHON: __, ...env } = process.env;
  const child = spawn(found("sh"), ["-c", line], {
    cwd: root,
    env: { ...env, PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const file = createWriteStream(log);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  return new Promise((done) => child.on("close", (code) => file.end(() => done(code))));
}

/**
 * Writes the figures in README.md from bench/results: `npm run readme:figures`. Quick results stand in where there are
 * no others, and say so.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { isMet } from "./result.ts";
import { limitText, measuredText } from "./report.ts";

const results = new URL("results/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);
const ORDER = ["import", "index", "extract", "dataset", "memory", "readers", "scaling"];

const names = readdirSync(results).filter((name) => name.endsWith(".json"));
const files = names
  .filter((name) => !name.endsWith(".quick.json") || !names.includes(name.replace(".quick", "")))
  .map((name) => JSON.parse(readFileSync(new URL(name, results), "utf8")))
  .sort((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage));

const before = readFileSync(readme, "utf8");
const block = `<!-- figures -->\n${files.map(section).join("\n")}<!-- /figures -->`;
writeFileSync(
  readme,
  before.replace(/<!-- figures -->[\s\S]*<!-- \/figures -->/, () => block),
);

function section({ stage, command, quick, date, machine, versions, commit, results: benches }) {
  const rows = benches.flatMap(({ targets }) => targets.map(row));
  if (rows.length === 0) return "";
  const where = `${machine.cores} cores of ${machine.processor}, load ${machine.loadAtStart} at the start`;
  const warning = quick ? " **A quick run, to show what is measured: not to be quoted.**" : "";
  return [
    `**${stage}** — \`${command}\`, ${date}, ${where}, Node ${versions.node}, commit ${commit}.${warning}`,
    "",
    "| | measured | target | |",
    "|---|---|---|---|",
    ...rows,
    "",
    "",
  ].join("\n");
}

function row(target) {
  const verdict = isMet(target) ? "met" : "missed";
  return `| ${target.name} | ${measuredText(target)} | ${limitText(target)} | ${verdict} |`;
}

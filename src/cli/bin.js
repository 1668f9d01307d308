#!/usr/bin/env node
// The command line, which the build makes. This file is there before it: so `npm ci` in a clone finds it, and links it.
import { existsSync } from "node:fs";

const built = new URL("../../dist/cli/main.js", import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  console.error("opus-zarr: this clone has not been built: run `npm run build` in it");
  process.exitCode = 2;
}

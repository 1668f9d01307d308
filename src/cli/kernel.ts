/** `opus-zarr kernel install`: a Jupyter kernel whose cells can import this package, in any folder. */
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { CAC } from "cac";
import { argumentError } from "../errors.js";
import { makeFolders } from "../files.js";
import { askPython } from "./python.js";
import { findTslab, packageRoot } from "./tslab.js";

/** Where and under which name a kernel is registered; `prefix` and `python` exclude each other. */
export interface KernelOptions {
  /** Registered under `PREFIX/share/jupyter/kernels`. Without it and `python`: the user's own kernels. */
  readonly prefix?: string | undefined;
  /** Registered for the Jupyter of this Python (its `sys.prefix`). */
  readonly python?: string | undefined;
  /** Folder name of the kernel; default `opus-zarr`. */
  readonly name?: string | undefined;
  /** Folder of the project whose tslab is used; default the current one. */
  readonly cwd?: string | undefined;
}

/** What was registered. */
export interface InstalledKernel {
  readonly name: string;
  /** The kernel's folder, with `kernel.json` in it. */
  readonly folder: string;
  /** The tslab that the kernel starts. */
  readonly tslab: string;
}

/**
 * Registers a TypeScript kernel that knows this package. Needs tslab, but no Python unless `python` is given.
 *
 * @returns the kernel's name and folder
 * @throws {OpusZarrError} `dependency` without tslab, `argument` for an unusable name or option
 */
export async function installKernel(options: KernelOptions = {}): Promise<InstalledKernel> {
  const name = options.name ?? "opus-zarr";
  if (!/^[a-z0-9._-]+$/i.test(name)) {
    throw argumentError("--name", "letters, digits, dots, hyphens and underscores", name);
  }
  if (options.prefix !== undefined && options.python !== undefined) {
    throw argumentError("--python", "nothing where --prefix is given", options.python);
  }
  const tslab = findTslab(resolve(options.cwd ?? "."));
  const folder = join(await kernelsFolder(options), name);
  await makeFolders(folder);
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(kernelSpec(tslab), null, 2)}\n`);
  return { name, folder, tslab };
}

/** The kernel's description, as Jupyter reads it. */
function kernelSpec(tslab: string): object {
  return {
    argv: [
      process.execPath,
      // Node 20 warns, in the first cell, that a cell loads an ES module through `require`.
      "--disable-warning=ExperimentalWarning",
      join(packageRoot(), "dist", "cli", "kernel-launcher.js"),
      "--tslab",
      tslab,
      "--config-path",
      "{connection_file}",
    ],
    display_name: "TypeScript (opus-zarr)",
    language: "typescript",
  };
}

async function kernelsFolder(options: KernelOptions): Promise<string> {
  if (options.prefix !== undefined) return join(resolve(options.prefix), "share", "jupyter", "kernels");
  if (options.python !== undefined) {
    const prefix = await askPython(options.python, "import sys; print(sys.prefix)");
    return join(prefix, "share", "jupyter", "kernels");
  }
  return join(userDataFolder(), "kernels");
}

/** Jupyter's data folder of the user, per platform (jupyter_core, `jupyter_data_dir`). */
function userDataFolder(): string {
  const { JUPYTER_DATA_DIR: own, XDG_DATA_HOME: xdg, APPDATA: appData } = process.env;
  if (own) return own;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(appData ?? homedir(), "jupyter");
  return join(xdg || join(homedir(), ".local", "share"), "jupyter");
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command("kernel <action>", "kernel install: register a Jupyter kernel whose cells can import opus-zarr")
    .usage("kernel install")
    .option("--prefix <dir>", "Register under DIR/share/jupyter/kernels")
    .option("--python <python>", "Register for the Jupyter of this Python")
    .option("--name <name>", "Name of the kernel", { default: "opus-zarr" })
    .action(async (action: string, options: KernelOptions) => {
      if (action !== "install") throw argumentError("kernel", "install", action);
      const { prefix, python, name } = options;
      const kernel = await installKernel({ prefix, python, name: name === undefined ? name : String(name) });
      console.log(`kernel ${kernel.name}: ${kernel.folder}`);
    });
}

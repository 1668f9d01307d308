/** libopusfile in a process that answers file after file. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { compiled } from "../opus/compile.js";

const program = compiled(fileURLToPath(new URL("../pageindex/pcm-total.c", import.meta.url)), "opusfile");

/** Whether libopusfile and a compiler are there. */
export const hasOpusfile = program !== undefined;

/** libopusfile, until it is closed. */
export interface Opusfile {
  /** Playable samples of every link; undefined where it does not open the file. */
  lengths(path: string): Promise<readonly number[] | undefined>;
  close(): void;
}

/** Starts it; undefined where it is not there. */
export function openOpusfile(): Opusfile | undefined {
  if (program === undefined) return undefined;
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async lengths(path) {
      child.stdin.write(`${path}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error("libopusfile: the process ended");
      return value.startsWith("error") ? undefined : value.split(" ").map(Number);
    },
    close: () => child.stdin.end(),
  };
}

/** Who is writing: a process on a machine. */
import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A name that nobody else has: of a machine, a process on it, and one thing that it does. */
export function newOwner(): string {
  return `${machineName()}~${process.pid}~${randomBytes(6).toString("hex")}`;
}

/** Where process numbers mean the same: containers may share a host name, but not a process namespace. */
function machineName(): string {
  let namespace = "";
  try {
    namespace = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "";
  } catch {
    // No Linux: the host's name has to do.
  }
  return `${hostname().replaceAll("~", "_")}.${namespace}`;
}

/**
 * Whether an owner's process has ended, as far as this machine can tell.
 *
 * @param lastSignMs when it was last seen at work, in ms since 1970 UTC
 */
export function hasEnded(owner: string, lastSignMs: number): boolean {
  const [host, pid] = owner.split("~");
  if (host !== machineName()) return false;
  // Process numbers are used again.
  if (Number(pid) === process.pid && lastSignMs < performance.timeOrigin) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

// Holds a task of an array half-way: after so many renames it waits for the end, and says so.
// HOLD_TASK: the task's number; HOLD_AFTER: renames let through; HOLD_MARK: file that says that it waits.
const { existsSync, promises, writeFileSync } = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const { HOLD_TASK, HOLD_AFTER, HOLD_MARK, SLURM_ARRAY_TASK_ID } = process.env;
if (HOLD_TASK !== undefined && HOLD_TASK === SLURM_ARRAY_TASK_ID && !existsSync(HOLD_MARK)) {
  const { rename } = promises;
  let renames = 0;
  promises.rename = async (from, to) => {
    renames++;
    if (renames <= Number(HOLD_AFTER)) return await rename(from, to);
    writeFileSync(HOLD_MARK, String(process.pid));
    setInterval(() => {}, 1000);
    await new Promise(() => {});
  };
  syncBuiltinESMExports();
}

/**
 * Runs notebook cells through tslab itself, without Jupyter and Python: a child process, started with `fork` in
 * the notebook's folder. It takes one message, `{sources, keepGoing}`, and answers with what each cell put out,
 * in the form that a notebook file has. After a cell that failed no other runs, unless `keepGoing`.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createConverter } = require("tslab/dist/converter.js");
const { createExecutor } = require("tslab/dist/executor.js");
const { JupyterHandlerImpl } = require("tslab/dist/jupyter.js");

process.once("message", async ({ sources, keepGoing }) => {
  const results = await runCells(sources, keepGoing);
  process.send(results, () => process.exit(0));
});

async function runCells(sources, keepGoing = false) {
  const converter = createConverter({ isJS: false, isBrowser: false });
  const converters = { node: converter, browser: converter, close: () => converter.close() };
  const log = { log: console.log, error: console.error };
  const handler = new JupyterHandlerImpl(createExecutor(process.cwd(), converters, log), false);
  const displays = new Map();
  const results = [];
  for (const code of sources) {
    const outputs = [];
    const stream = (name, text) => addText(outputs, name, text);
    const display = (content, update) => addDisplay({ outputs, displays }, content, update);
    const { status } = await handler.handleExecute({ code }, stream, display);
    results.push({ ok: status === "ok", outputs });
    if (status === "ok") continue;
    if (!keepGoing) break;
    // After a failure tslab drops, for 200 ms, every cell that is asked for.
    await new Promise((fulfil) => setTimeout(fulfil, 250));
  }
  return results;
}

function addText(outputs, name, text) {
  const last = outputs.at(-1);
  if (last?.output_type === "stream" && last.name === name) last.text += text;
  else outputs.push({ output_type: "stream", name, text });
}

/** An update changes the display where it stands, in an earlier cell as well. */
function addDisplay({ outputs, displays }, content, update) {
  const id = content.transient?.display_id;
  const shown = update ? displays.get(id) : undefined;
  if (shown) {
    Object.assign(shown, { data: content.data, metadata: content.metadata ?? {} });
    return;
  }
  const output = { output_type: "display_data", data: content.data, metadata: content.metadata ?? {} };
  if (id !== undefined) displays.set(id, output);
  outputs.push(output);
}

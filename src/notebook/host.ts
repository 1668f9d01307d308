/** Where output goes: the one module that knows tslab, Deno's kernel and the terminal. */

/** One output in several forms, by media type; the reader shows the richest it can. Pictures are base64. */
export interface OutputBundle {
  readonly "text/plain": string;
  readonly "text/html"?: string | undefined;
  readonly "image/png"?: string | undefined;
}

/** A place that shows outputs. */
export interface NotebookHost {
  readonly kind: "tslab" | "deno" | "terminal";
  /** Shows an output; one with an `id` can be shown again, in the same place. */
  show(bundle: OutputBundle, id?: string): void;
}

/** What Jupyter is sent. */
interface DisplayData {
  readonly data: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, never>>;
  readonly transient: { readonly display_id?: string };
}

interface Tslab {
  newDisplay(): { raw(mediaType: string, content: string): void };
}

interface TslabRequire {
  (name: "tslab"): Tslab;
  readonly cache?: Readonly<
    Record<
      string,
      | { readonly exports?: { lastWriteDisplayData?: (content: DisplayData, update: boolean) => void } }
      | undefined
    >
  >;
}

interface DenoJupyter {
  broadcast(type: "display_data" | "update_display_data", content: DisplayData): Promise<void>;
}

let current: NotebookHost | undefined;

/** The host this process runs in, found out once. */
export function notebookHost(): NotebookHost {
  current ??= tslabHost() ?? denoHost() ?? terminalHost();
  return current;
}

/** In a tslab cell the live copy of tslab is reached through the kernel's own `require`; an import would load a second. */
function tslabHost(): NotebookHost | undefined {
  const kernel = (globalThis as { __tslab__?: { require?: TslabRequire } }).__tslab__;
  const load = kernel?.require;
  if (load === undefined) return undefined;
  const displays = new Map<string, ReturnType<Tslab["newDisplay"]>>();
  const shown = new Set<string>();
  return {
    kind: "tslab",
    show(bundle, id) {
      const write = bundleWriter(load);
      if (write !== undefined) {
        const update = id !== undefined && shown.has(id);
        if (id !== undefined) shown.add(id);
        write(displayData(bundle, id), update);
        return;
      }
      const display = displays.get(id ?? "") ?? load("tslab").newDisplay();
      if (id !== undefined) displays.set(id, display);
      const richest = (["text/html", "image/png"] as const).find((type) => bundle[type] !== undefined);
      display.raw(richest ?? "text/plain", bundle[richest ?? "text/plain"] ?? "");
    },
  };
}

/** tslab's public display sends one form at a time; the module beneath it sends them all in one output. */
function bundleWriter(load: TslabRequire): ((content: DisplayData, update: boolean) => void) | undefined {
  const key = Object.keys(load.cache ?? {}).find((path) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(path));
  return (key === undefined ? undefined : load.cache?.[key])?.exports?.lastWriteDisplayData ?? undefined;
}

function displayData(bundle: OutputBundle, id: string | undefined): DisplayData {
  const data = Object.fromEntries(
    Object.entries(bundle).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  return { data, metadata: {}, transient: id === undefined ? {} : { display_id: id } };
}

function denoHost(): NotebookHost | undefined {
  const jupyter = denoJupyter();
  if (jupyter === undefined) return undefined;
  const shown = new Set<string>();
  return {
    kind: "deno",
    show(bundle, id) {
      const update = id !== undefined && shown.has(id);
      if (id !== undefined) shown.add(id);
      void jupyter.broadcast(update ? "update_display_data" : "display_data", displayData(bundle, id));
    },
  };
}

/** Outside its kernel Deno throws as soon as one asks. */
function denoJupyter(): DenoJupyter | undefined {
  try {
    return (globalThis as { Deno?: { jupyter?: DenoJupyter } }).Deno?.jupyter;
  } catch {
    return undefined;
  }
}

/** A terminal shows text, and overwrites a line in place if it is one. */
function terminalHost(): NotebookHost {
  return {
    kind: "terminal",
    show(bundle, id) {
      if (id === undefined) process.stdout.write(`${bundle["text/plain"]}\n`);
      else if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${bundle["text/plain"]}`);
    },
  };
}

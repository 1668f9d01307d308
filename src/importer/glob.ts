/** Patterns with `*`, `?`, `[…]`, `{a,b}` and `**`: for shells that hand them on, and for buckets. */

/** Whether text holds a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** A pattern: the folder before its first wildcard, and what stands below that. */
export interface Glob {
  /** Without a `/` at its end, but for the root. */
  readonly base: string;
  /** Whether a path relative to `base`, with `/`, is meant. */
  readonly matches: (relative: string) => boolean;
}

/** Reads a pattern. */
export function globOf(pattern: string): Glob {
  const parts = pattern.split("/");
  const fixed = parts.findIndex(isGlob);
  const base = parts.slice(0, fixed).join("/") || (pattern.startsWith("/") ? "/" : "");
  const expression = globExpression(parts.slice(fixed).join("/"));
  return { base, matches: (relative) => expression.test(relative) };
}

function globExpression(pattern: string): RegExp {
  const translated = pattern.replace(/\*\*\/?|[*?]|\[[^\]]+\]|\{[^}]+\}|[.+^$()|\\]/g, (part) => {
    if (part.startsWith("**")) return "(?:.*/)?";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[")) return part.replace(/^\[!/, "[^");
    if (part.startsWith("{")) return `(?:${part.slice(1, -1).split(",").map(escapeText).join("|")})`;
    return `\\${part}`;
  });
  return new RegExp(`^${translated}$`);
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^$()|\\[\]{}]/g, "\\$&");
}

/** What danfo's declarations name of other packages, none of which is installed with the bundle. */
export interface BaseUserConfig {
  [option: string]: unknown;
}
export interface TableUserConfig {
  [option: string]: unknown;
}
export interface Config {
  [option: string]: unknown;
}
export interface Layout {
  [option: string]: unknown;
}
export interface HeadersInit {
  [header: string]: string;
}
/** Options of papaparse, which reads CSV for danfo. */
export interface ParseConfig {
  delimiter?: string;
  newline?: string;
  quoteChar?: string;
  escapeChar?: string;
  header?: boolean;
  dynamicTyping?: boolean;
  preview?: number;
  encoding?: string;
  comments?: boolean | string;
  skipEmptyLines?: boolean | "greedy";
  [option: string]: unknown;
}
export interface ParsingOptions {
  [option: string]: unknown;
}
export interface WritingOptions {
  [option: string]: unknown;
}

/** Node's streams and the request library, in functions that the bundle does not export. */
declare namespace absent {
  type Transform = unknown;
  type Readable = unknown;
  type RequiredUriUrl = unknown;
  type CoreOptions = unknown;
}
export default absent;

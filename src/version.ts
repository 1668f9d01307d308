/** Name and version of this package, as recordings carry them; a test holds it against package.json. */
export const VERSION = "0.1.0";
/** What wrote a recording. */
export const WRITER: string = `opus-zarr ${VERSION}`;

// `table` refuses a whole frame for one control character in a label; show such characters as their pictures (U+2400).
import { table as draw } from "table";

const picture = (character) => String.fromCodePoint(0x2400 + character.charCodeAt(0));

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/g;

export function table(rows, config) {
  const cells = rows.map((row) => row.map((cell) => String(cell).replace(CONTROL, picture)));
  return draw(cells, config);
}

/** Help pages: the parser's own, with what it leaves out and without what says nothing. */
interface Section {
  title?: string;
  body: string;
}

/** The sections as they are shown. */
export function helpSections(sections: Section[]): Section[] {
  const shown = sections
    .filter(({ title }) => !title?.startsWith("For more info"))
    // A switch such as `--no-browser` would be told as on by default.
    .map((section) => ({ ...section, body: section.body.replace(/ \(default: true\)$| +$/gm, "") }));
  if (!shown.some(({ title }) => title === "Commands")) return shown;
  return [
    ...shown,
    { title: "Options and examples of a command", body: "  $ opus-zarr COMMAND --help" },
    {
      title: "Exit status",
      body: "  0 all done, 1 some item failed (the report names it), 2 the call itself was wrong",
    },
  ];
}

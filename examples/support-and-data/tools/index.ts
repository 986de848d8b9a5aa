// The project's entrypoint: what `default` holds are its tools, by id.

type Sections = { sections: string[] };

// Adults read about this many words of plain prose in a minute.
const WORDS_PER_MINUTE = 230;

function measure_text({ sections }: Sections) {
  const counts = sections.map((section) => section.split(/\s+/).filter((word) => word !== "").length);
  const words = counts.reduce((sum, count) => sum + count, 0);
  return { words, minutes: Math.max(1, Math.ceil(words / WORDS_PER_MINUTE)), longest: Math.max(0, ...counts) };
}

export default { measure_text };

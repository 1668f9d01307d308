/**
 * Streams of every kind that matters, for tests: those that encoders made (`fixtures/`), and what can be
 * made of them by cutting, joining and damaging. All exist without an encoder at hand.
 */
import { damagedStreams } from "./damaged.js";
import { fixtureStreams, type TestStream } from "./fixtures.js";
import { framedStreams } from "./framed.js";
import { linkedStreams } from "./linked.js";
import { multistreams, splicedStreams } from "./spliced.js";

export type { TestStream } from "./fixtures.js";

let all: readonly TestStream[] | undefined;

/** Every test stream; made once. */
export function testStreams(): readonly TestStream[] {
  all ??= [
    ...fixtureStreams(),
    ...framedStreams(),
    ...linkedStreams(),
    ...splicedStreams(),
    ...multistreams(),
    ...damagedStreams(),
  ];
  return all;
}

/** The test stream of that name. */
export function testStream(name: string): TestStream {
  const found = testStreams().find((stream) => stream.name === name);
  if (found === undefined) throw new Error(`no test stream ${name}`);
  return found;
}

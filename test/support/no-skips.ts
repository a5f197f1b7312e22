/**
 * A reporter of node:test that makes skipping visible: one line about what was skipped, and with CI set an
 * exit code of 1, because there a skipped test is a check that nobody makes.
 */

/** A test that did not run, or whose failure would not have counted. */
export interface Unrun {
  readonly name: string;
  readonly file: string;
  readonly how: 'skipped' | 'todo';
  /** Empty when the test does not say. */
  readonly reason: string;
}

/** The part of an event of node:test that is read here. */
export interface TestEvent {
  readonly type: string;
  readonly data?: {
    readonly name?: string;
    readonly file?: string | undefined;
    readonly skip?: string | boolean | undefined;
    readonly todo?: string | boolean | undefined;
  };
}

/** What a finished test says of its not running; undefined when it ran and counts. */
export function unrun({ type, data = {} }: TestEvent): Unrun | undefined {
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  const { name = '', file = '', skip, todo } = data;
  const mark = skip ?? todo;
  if (mark === undefined || mark === false) return undefined;
  const how = skip === undefined || skip === false ? 'todo' : 'skipped';
  return { name, file, how, reason: typeof mark === 'string' ? mark : '' };
}

/** One line for people: how many, by reason. Empty when everything ran. */
export function summary(tests: readonly Unrun[]): string {
  if (tests.length === 0) return '';
  const counts = new Map<string, number>();
  for (const { how, reason } of tests) {
    const why = reason === '' ? how : `${how}: ${reason}`;
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const reasons = [...counts].map(([why, count]) => `${count} ${why}`);
  return `not run: ${reasons.join('; ')}\n`;
}

/** Names every one of them, for CI. */
export function indictment(tests: readonly Unrun[]): string {
  const lines = tests.map(
    ({ name, file, how, reason }) => `  ✖ ${name} (${file}) ${how}${reason === '' ? '' : `: ${reason}`}\n`,
  );
  return `CI allows no skipped test:\n${lines.join('')}`;
}

// node:test takes a reporter from the default export of its module.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tests: Unrun[] = [];
  for await (const event of events) {
    const found = unrun(event);
    if (found !== undefined) tests.push(found);
  }
  const isCi = (process.env.CI ?? '') !== '';
  if (isCi && tests.length > 0) {
    process.exitCode = 1;
    yield indictment(tests);
  } else {
    yield summary(tests);
  }
}

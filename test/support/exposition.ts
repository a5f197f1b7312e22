/** One line of Prometheus' text exposition format that carries a value. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A metric and its lines. */
export interface ExposedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ExposedSample[];
}

/**
 * Reads the text format by its specification (prometheus.io/docs/instrumenting/exposition_formats), character by
 * character. Throws where a line, an escape, an order or a repetition breaks it.
 */
export function readExposition(text: string): ExposedFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families: { name: string; help: string; type: string; samples: ExposedSample[] }[] = [];
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help, helped, words = ''] = /^(# HELP) (\S+) (.+)$/.exec(line) ?? [];
    const [, type, typed, kind = ''] = /^(# TYPE) (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    const family = families.at(-1);
    if (help !== undefined && helped !== undefined) {
      if (families.some(({ name }) => name === helped)) throw new Error(`${helped} comes twice`);
      families.push({ name: helped, help: words, type: '', samples: [] });
    } else if (type !== undefined) {
      if (family === undefined || family.name !== typed || family.samples.length > 0)
        throw new Error(`out of order: ${line}`);
      family.type = kind;
    } else {
      const sample = readSample(line);
      if (family === undefined || !belongs(sample.name, family)) throw new Error(`out of place: ${line}`);
      const key = `${sample.name} ${JSON.stringify([...sample.labels].sort())}`;
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      family.samples.push(sample);
    }
  }
  return families;
}

function belongs(name: string, { name: family, type }: { name: string; type: string }): boolean {
  if (type !== 'histogram') return name === family;
  return ['_bucket', '_sum', '_count'].some((end) => name === family + end);
}

function readSample(line: string): ExposedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`no name: ${line}`);
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const label = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(line.slice(at))?.[0];
      if (label === undefined || labels.has(label)) throw new Error(`no label at ${at}: ${line}`);
      at += label.length;
      if (line.slice(at, at + 2) !== '="') throw new Error(`no value at ${at}: ${line}`);
      at += 2;
      let value = '';
      for (; line[at] !== '"'; at++) {
        if (at >= line.length) throw new Error(`open quotes: ${line}`);
        if (line[at] !== '\\') value += line[at];
        else value += unescaped(line[++at]);
      }
      labels.set(label, value);
      at++;
      if (line[at] === ',') at++;
    }
    at++;
  }
  const value = /^ (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function unescaped(character: string | undefined): string {
  if (character === 'n') return '\n';
  if (character === '"' || character === '\\') return character;
  throw new Error(`an escape that is none: \\${character}`);
}

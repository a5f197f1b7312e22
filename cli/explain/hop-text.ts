import type { TraceEntry } from '../../src/proxy/decide/trace.ts';
import { explainEdit } from '../../src/proxy/explain/edit-text.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import type { SourcePlace } from '../../src/snapshot/source-map.ts';
import type { MeshView } from './mesh-view.ts';

const glyph: Readonly<Record<TraceEntry['verdict'], string>> = {
  pass: '✔',
  match: '✔',
  miss: '·',
  deny: '✖',
  skip: '–',
};

/** A hop as numbered steps, each with the YAML line behind it, and what came of it. */
export function hopText(hop: Hop, { sources }: MeshView): string {
  const { method, path, query, authority } = hop.request;
  const steps = hop.entries.map(({ step, verdict, text, source }, index) => {
    const place = source ? sources.get(source) : undefined;
    return `  ${String(index + 1).padStart(2)} ${step.padEnd(12)} ${glyph[verdict]} ${text}${place ? `  (${placeText(place)})` : ''}`;
  });
  return [
    `${hop.direction} at ${hop.proxy}: ${method} ${authority}${path}${query}`,
    ...steps,
    ...outcomeText(hop),
  ].join('\n');
}

function placeText({ file, line }: SourcePlace): string {
  return `${file}:${line}`;
}

function outcomeText({ decision, destinations }: Hop): string[] {
  if (decision.kind === 'ask') return [`   → asks for ${decision.need}`];
  if (decision.kind === 'reply') {
    const { status, body, flag, details } = decision;
    const answer = status === 0 ? 'the connection is closed' : `answers ${status}${body ? ` "${body}"` : ''}`;
    return [`   → ${answer}  (${details}${flag === '-' ? '' : `, flag ${flag}`})`];
  }
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  const shares = destinations.map(
    ({ cluster, weight }) => `   → ${cluster}${destinations.length > 1 ? ` ${percent(weight, total)}` : ''}`,
  );
  const targets = shares.length > 0 ? shares : [`   → ${decision.cluster}`];
  return [
    ...targets,
    ...decision.requestEdits.map((edit) => `     ${explainEdit('request', edit)}`),
    ...decision.responseEdits.map((edit) => `     ${explainEdit('response', edit)}`),
  ];
}

const percent = (weight: number, total: number): string => `${Math.round((weight / total) * 1000) / 10} %`;

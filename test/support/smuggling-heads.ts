import { octets, textOf } from './octets.ts';
import { fromBase64, readVectors } from './vectors.ts';

export const SMUGGLING_HEADS = 'smuggling-heads.json';

/** A mutated head with a body that two readers may end in two places. */
export interface SmugglingAttempt {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Template {
  readonly config: string;
  readonly name: string;
  readonly head_b64: string;
}

/** Every head of the corpus with a body for CL.TE and one for TE.CL, each with a name of its own in its targets. */
export function smugglingAttempts(): SmugglingAttempt[] {
  const { cases } = readVectors<{ cases: Template[] }>(SMUGGLING_HEADS);
  return cases.flatMap(({ config, name, head_b64 }, i) => {
    const head = textOf(fromBase64(head_b64));
    const hidden = `GET /hidden/${i} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
    const first = `0\r\n\r\n${hidden}`;
    const size = `${hidden.length.toString(16)}\r\n`;
    const second = `${size}${hidden}\r\n0\r\n\r\n`;
    return [
      { name: `${config} ${name} CL.TE`, bytes: attempt(head, `clte/${i}`, first.length, first) },
      { name: `${config} ${name} TE.CL`, bytes: attempt(head, `tecl/${i}`, size.length, second) },
    ];
  });
}

function attempt(head: string, path: string, length: number, body: string): Uint8Array {
  const filled = head
    .replaceAll('__METHOD__', 'POST')
    .replaceAll('__ENDPOINT__', `/${path}`)
    .replaceAll('__RANDOM__', '1')
    .replaceAll('__HOST__', 'a.example')
    .replaceAll('__REPLACE_CL__', String(length));
  return octets(`${filled}\r\n${body}`);
}

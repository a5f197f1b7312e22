import type { HeaderChange } from '../../snapshot/route.ts';
import { isAuthorityName } from './apply-edits.ts';
import type { Edit } from './decision.ts';
import type { Arrival } from './evidence.ts';
import { compileTemplate, type ValueTemplate } from './value-template.ts';

/** The edits before, and behind them those of the compiled operations. */
export type MakeEdits = (arrival: Arrival, before: readonly Edit[]) => readonly Edit[];

/**
 * Compiles VirtualService header operations of a request or a response, most specific level first, so that a
 * route's `set` wins over its destination's. Edits that no request changes are made once, here.
 */
export function compileHeaderChanges(
  levels: readonly (HeaderChange | undefined)[],
  of: 'request' | 'response',
): MakeEdits {
  const operations = levels.flatMap((level) => (level === undefined ? [] : compileLevel(level, of)));
  if (operations.length === 0) return (_, before) => before;
  if (
    operations.every((operation) => operation.value === undefined || operation.value.constant !== undefined)
  ) {
    const fixed = operations.flatMap((operation) => makeEdit(operation, operation.value?.constant ?? ''));
    return (_, before) => (before.length === 0 ? fixed : [...before, ...fixed]);
  }
  return (arrival, before) => {
    const edits = [...before];
    for (const operation of operations) {
      edits.push(...makeEdit(operation, operation.value?.render(arrival, edits) ?? ''));
    }
    return edits;
  };
}

interface Operation {
  readonly kind: 'remove' | 'set' | 'add' | 'authority';
  readonly name: string;
  readonly value: ValueTemplate | undefined;
}

function compileLevel(change: HeaderChange, of: 'request' | 'response'): Operation[] {
  const operations: Operation[] = [];
  for (const name of change.remove) {
    if (isEditable(name)) operations.push({ kind: 'remove', name: name.toLowerCase(), value: undefined });
  }
  for (const kind of ['set', 'add'] as const) {
    for (const [name, text] of change[kind]) {
      const lower = name.toLowerCase();
      const value = compileTemplate(text);
      if (of === 'request' && isAuthorityName(lower))
        operations.push({ kind: 'authority', name: lower, value });
      else if (isEditable(lower)) operations.push({ kind, name: lower, value });
    }
  }
  return operations;
}

/** An empty value makes no edit, as in Envoy. */
function makeEdit({ kind, name }: Operation, value: string): Edit[] {
  if (kind === 'remove') return [{ kind, name }];
  if (value === '') return [];
  return kind === 'authority' ? [{ kind, value }] : [{ kind, name, value }];
}

/** Configuration may not touch what delimits messages or binds the connection, nor pseudo-headers. */
const untouchable = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isEditable(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !untouchable.has(name.toLowerCase());
}

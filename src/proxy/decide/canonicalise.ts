import type { Context, Step } from './chain.ts';
import type { Direction } from './connection.ts';
import type { Edit } from './decision.ts';
import type { Accepted, Authenticated } from './evidence.ts';

/** The edits that leave no claim of the sender in the head which the connection did not prove. */
export type CanonicalEdits = (evidence: Accepted<Direction>, context: Context) => readonly Edit[];

/** Judges and forwards the request without the headers nobody may claim. */
export function canonicalise<D extends Direction>(
  canonicalEdits: CanonicalEdits,
): Step<Accepted<D>, Authenticated<D>> {
  return (evidence, context) => {
    const { direction, request, connection } = evidence;
    const edits = canonicalEdits(evidence, context);
    if (context.trace !== undefined) {
      const text = edits.length === 0 ? 'nothing to change' : edits.map(editText).join(', ');
      context.trace.add({ step: 'canonicalise', verdict: 'pass', text });
    }
    return { direction, request, connection, edits, peer: connection.peer };
  };
}

/** One edit in words. */
export function editText(edit: Edit): string {
  switch (edit.kind) {
    case 'remove':
      return `remove ${edit.name}`;
    case 'set':
    case 'add':
      return `${edit.kind} ${edit.name}: ${edit.value}`;
    default:
      return `${edit.kind} ${edit.value}`;
  }
}

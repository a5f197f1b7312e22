import type { Edit } from '../decide/decision.ts';

/** What an explanation says of one edit, e.g. `request: set x-a: 1`. */
export function explainEdit(side: 'request' | 'response', edit: Edit): string {
  if (edit.kind === 'remove') return `${side}: remove ${edit.name}`;
  if (edit.kind === 'set' || edit.kind === 'add') return `${side}: ${edit.kind} ${edit.name}: ${edit.value}`;
  return `${side}: ${edit.kind} becomes ${edit.value}`;
}

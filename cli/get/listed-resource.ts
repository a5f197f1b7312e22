import { parseDocument } from 'yaml';
import type { Condition } from '../../src/config/status/condition.ts';
import type { ResourceStatus } from '../../src/config/status/statuses.ts';

/** A resource in force, as control lists it. */
export interface ListedResource {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** As it was applied; of a Secret without its keys. */
  readonly text: string;
  /** Of the Gateway API's kinds that run here. */
  readonly status?: ResourceStatus['status'];
}

/** The document with its status after what was applied; applying it again leaves the status out of account. */
export function withStatus({ text, status }: ListedResource): string {
  if (status === undefined) return text.trim();
  const document = parseDocument(text);
  document.set('status', document.createNode(status));
  return document.toString().trim();
}

/** Its conditions in a few words: `Accepted`, or what does not hold with its reason; `-` without a status. */
export function statusText({ status }: Pick<ListedResource, 'status'>): string {
  if (status === undefined) return '-';
  const conditions = conditionsOf(status).filter(({ type }) => type !== 'Conflicted');
  const failing = conditions.filter((one) => one.status === 'False');
  const shown = failing.map(({ type, reason }) => `not ${type} (${reason})`);
  if (shown.length > 0) return [...new Set(shown)].join(', ');
  return [...new Set(conditions.map(({ type }) => type))].join(', ') || 'no parent';
}

function conditionsOf(status: NonNullable<ListedResource['status']>): readonly Condition[] {
  if ('conditions' in status) return status.conditions;
  return ('parents' in status ? status.parents : status.ancestors).flatMap(({ conditions }) => conditions);
}

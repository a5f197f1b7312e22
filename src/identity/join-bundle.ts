import { record, type Shape, text } from './json-shape.ts';
import { type Membership, membershipFields, readMembership } from './membership.ts';

/** What a workload starts from, as JSON. A secret until its token is used or 10 minutes old. */
export interface JoinBundle extends Membership {
  readonly token: string;
}

const shape: Shape<JoinBundle> = record({
  ...membershipFields,
  token: text(128, /^[\w.-]+$/, 'be a join token'),
});

/** Parses the JSON of a join bundle; throws `join_bundle` with the field and what is wrong with it. */
export function parseJoinBundle(json: string): JoinBundle {
  return readMembership(json, shape, 'join bundle');
}

/** A condition of a Gateway API status; without time and generation, which the resources alone do not tell. */
export interface Condition {
  readonly type: 'Accepted' | 'Programmed' | 'ResolvedRefs' | 'Conflicted';
  readonly status: 'True' | 'False';
  /** In one word, of those that the API defines. */
  readonly reason: string;
  readonly message: string;
}

/** A condition that holds; its reason is its type unless there is another. */
export function holds(type: Condition['type'], message = '', reason: string = type): Condition {
  return { type, status: 'True', reason, message };
}

/** A condition that does not hold. */
export function fails(type: Condition['type'], reason: string, message = ''): Condition {
  return { type, status: 'False', reason, message };
}

/** Whether a condition of that type holds. */
export function isTrue(conditions: readonly Condition[], type: Condition['type']): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True');
}

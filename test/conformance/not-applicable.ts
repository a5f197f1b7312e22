/**
 * The rules by which a third-party case does not apply to Weft, with their reasons.
 * A rule names a feature, a field or a protocol; never a case.
 */
export const notApplicableRules: ReadonlyMap<string, string> = new Map([
  [
    'protection-not-given',
    'The resource is valid and judged so; Weft then refuses it by name (WFT0301), because a protection that it ' +
      'asks for, such as a Secret, an external authorizer or TLS to a server outside, is not given yet.',
  ],
  [
    'changed-meanwhile',
    'The check expects another status of a condition than an earlier check of the same test does, while nothing in ' +
      'the data changes: the original edits resources in its own code between the two.',
  ],
]);

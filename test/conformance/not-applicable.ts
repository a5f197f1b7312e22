/**
 * The rules by which a third-party case does not apply to Weft, with their reasons.
 * A rule names a feature, a field or a protocol; never a case.
 */
export const notApplicableRules: ReadonlyMap<string, string> = new Map();

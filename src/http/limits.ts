/** Bounds of one message head; `fields` and `bytes` bound a trailer section too. */
export interface HeadLimits {
  /** Start line, fields and the empty line together, in bytes. */
  readonly bytes: number;
  /** Field lines. */
  readonly fields: number;
  /** The request target, in bytes. */
  readonly target: number;
}

/** 64 KiB of head, 100 fields, a target of 16 KiB. */
export const DEFAULT_LIMITS: HeadLimits = { bytes: 64 * 1024, fields: 100, target: 16 * 1024 };

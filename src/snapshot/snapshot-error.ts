/** Why something from the store was refused. Stable: they appear in logs, metrics and NACKs. */
export type SnapshotErrorCode =
  /** Unsigned, not in canonical form, or signed by nobody we trust. */
  | 'E_SIG'
  /** Not newer than what is in force. */
  | 'E_ROLLBACK'
  /** The bytes are not those that were named. */
  | 'E_HASH'
  | 'E_FORMAT'
  | 'E_SIZE'
  /** Written for a newer reader than this one. */
  | 'E_READER_OLD'
  | 'E_MISSING'
  | 'E_SELFTEST'
  /** For another mesh. */
  | 'E_MESH'
  /** The store could not be asked. */
  | 'E_STORE';

/** What snapshot code throws; `message` is for operators, not for clients of the mesh. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly code: SnapshotErrorCode;

  constructor(code: SnapshotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

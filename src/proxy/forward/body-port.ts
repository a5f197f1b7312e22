/** What the core must be able to do with a platform's body besides handing it on. */
export interface BodyPort<Body> {
  /** Drops a body that nobody will read. */
  cancel(body: Body): void;
  /** Calls back once when the body ended (`true` = whole). Absent where the platform cannot tell. */
  watch?(body: Body, onEnd: (complete: boolean) => void): void;
  /** Whether nothing of the body was read yet, so that another attempt can send it whole. */
  untouched?(body: Body): boolean;
}

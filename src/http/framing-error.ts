/** A body whose delimiting is illegal or incomplete: nothing after it on the connection can be trusted. */
export class FramingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FramingError';
  }
}

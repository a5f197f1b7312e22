import { createReadStream, statSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { CommandError, exitCode } from '../exit-code.ts';
import { readHarEntry } from './har-entry.ts';
import { HarScanner } from './har-scanner.ts';
import { type NoRequest, type RecordedRequest, readLogLine } from './log-line.ts';

/** One line of a log, or one entry of a HAR. */
export interface RecordedItem {
  /** 1-based line, or number of the entry. */
  readonly number: number;
  readonly read: RecordedRequest | NoRequest;
}

/** Hears how many bytes have been read. */
export type OnBytes = (bytes: number) => void;

/** A longer line is no line of an access log, UTF-16 units. */
const MAX_LINE = 1024 * 1024;

/** Bytes of the file; 0 for standard input. Throws CommandError where it is not there. */
export function recordingSize(file: string): number {
  if (file === '-') return 0;
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile()) return stat.size;
  throw new CommandError(`${file}: no such file`, exitCode.badInput);
}

/** Reads a log or a HAR (told by its beginning), or standard input for `-`; only a part is ever held. */
export async function* readRecording(file: string, onBytes: OnBytes): AsyncGenerator<RecordedItem[]> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  const decoder = new StringDecoder('utf8');
  let reader: Reader | undefined;
  for await (const chunk of stream) {
    onBytes((chunk as Buffer).length);
    const text = decoder.write(chunk as Buffer);
    reader ??= /^\uFEFF?\s*\{\s*"log"\s*:/.test(text) ? new HarReader() : new LineReader();
    yield reader.push(text);
  }
  yield reader?.end() ?? [];
}

interface Reader {
  push(text: string): RecordedItem[];
  end(): RecordedItem[];
}

class LineReader implements Reader {
  #rest = '';
  #number = 0;

  push(text: string): RecordedItem[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE) this.#rest = this.#rest.slice(0, MAX_LINE);
    return lines.flatMap((line) => this.#item(line));
  }

  end(): RecordedItem[] {
    return this.#item(this.#rest);
  }

  #item(line: string): RecordedItem[] {
    this.#number++;
    const text = line.trim();
    return text === '' ? [] : [{ number: this.#number, read: readLogLine(text) }];
  }
}

class HarReader implements Reader {
  readonly #scanner = new HarScanner();
  #number = 0;

  push(text: string): RecordedItem[] {
    return this.#scanner.push(text).map((entry) => ({ number: ++this.#number, read: readHarEntry(entry) }));
  }

  end(): RecordedItem[] {
    if (this.#scanner.finished) return [];
    const read = { kind: 'malformed', reason: 'the HAR ends within its entries' } as const;
    return [{ number: this.#number + 1, read }];
  }
}

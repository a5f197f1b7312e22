/** Octets of a dynamic table unless its decoder says otherwise (RFC 9113 §6.5.2). */
const TABLE_SIZE = 4096;
/** What a field counts for besides its octets (RFC 7541 §4.1). */
const OVERHEAD = 32;
/** The static table: how many fields, the longest name, the longest field as it counts. */
const STATIC = { fields: 61, name: 27, size: 72 };
/** A longer integer names nothing that may be there. */
const MAX_SHIFT = 21;

type Reading = 'representation' | 'index' | 'name index' | 'table size' | 'name' | 'value';

/** What one field of the dynamic table may count for at most and counts for at least. */
interface Entry {
  readonly name: number;
  readonly most: number;
  readonly least: number;
}

/**
 * How much the header blocks of one connection decode to (RFC 7541) at most, without decoding them: one octet may name
 * a field of thousands. Huffman codes have 5 to 30 bits, so the table holds what the decoder holds, or more.
 */
export class HeaderBlockBound {
  /** Oldest first. */
  readonly #table: Entry[] = [];
  #least = 0;
  #limit = TABLE_SIZE;
  #size = 0;
  #reading: Reading = 'representation';
  /** Of the next digit of an integer; -1 outside one. */
  #shift = -1;
  #value = 0;
  /** Octets of a string that are left. */
  #left = 0;
  #huffman = false;
  #indexing = false;
  #name = 0;
  #most = 0;
  #leastOfField = 0;

  /** Of the block so far, in octets as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  get size(): number {
    return this.#size;
  }

  /** A block begins. */
  begin(): void {
    this.#size = 0;
    this.#reading = 'representation';
    this.#shift = -1;
    this.#left = 0;
  }

  /** Takes the next part of the block. */
  add(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#left === 0) {
        this.#octet(bytes[at++] ?? 0);
        continue;
      }
      const part = Math.min(this.#left, end - at);
      at += part;
      this.#left -= part;
      if (this.#left === 0) this.#stringRead();
    }
  }

  #octet(octet: number): void {
    if (this.#shift < 0) this.#first(octet);
    else {
      this.#value += (octet & 0x7f) * 2 ** this.#shift;
      this.#shift += 7;
      if ((octet & 0x80) === 0) this.#integerRead(this.#value);
      else if (this.#shift > MAX_SHIFT) this.#size = Number.POSITIVE_INFINITY;
    }
  }

  /** RFC 7541 §6: the first bits tell what it is. */
  #first(octet: number): void {
    if (this.#reading !== 'representation') {
      this.#huffman = octet >= 0x80;
      this.#integer(octet, 0x7f);
    } else if (octet >= 0x80) {
      this.#reading = 'index';
      this.#integer(octet, 0x7f);
    } else if (octet >= 0x20 && octet < 0x40) {
      this.#reading = 'table size';
      this.#integer(octet, 0x1f);
    } else {
      this.#reading = 'name index';
      this.#indexing = octet >= 0x40;
      this.#integer(octet, this.#indexing ? 0x3f : 0x0f);
    }
  }

  #integer(octet: number, mask: number): void {
    this.#value = octet & mask;
    if (this.#value === mask) this.#shift = 0;
    else this.#integerRead(this.#value);
  }

  #integerRead(value: number): void {
    this.#shift = -1;
    if (this.#reading === 'index') {
      this.#size += value <= STATIC.fields ? STATIC.size : (this.#entry(value)?.most ?? 0);
      this.#reading = 'representation';
    } else if (this.#reading === 'table size') {
      this.#limit = Math.min(value, TABLE_SIZE);
      this.#evict();
      this.#reading = 'representation';
    } else if (this.#reading === 'name index') {
      this.#field(value);
    } else {
      this.#string(value);
    }
  }

  #field(nameIndex: number): void {
    this.#name = nameIndex <= STATIC.fields ? STATIC.name : (this.#entry(nameIndex)?.name ?? 0);
    this.#most = OVERHEAD + this.#name;
    this.#leastOfField = OVERHEAD;
    this.#reading = nameIndex === 0 ? 'name' : 'value';
    if (nameIndex === 0) this.#most = OVERHEAD;
  }

  #string(length: number): void {
    const most = this.#huffman ? Math.floor((length * 8) / 5) : length;
    this.#most += most;
    this.#leastOfField += this.#huffman ? Math.floor((length * 8) / 30) : length;
    // Known before it is read: whoever announces too much has said so.
    this.#size += most;
    if (this.#reading === 'name') this.#name = most;
    this.#left = length;
    if (length === 0) this.#stringRead();
  }

  #stringRead(): void {
    if (this.#reading === 'name') {
      this.#reading = 'value';
      return;
    }
    this.#reading = 'representation';
    this.#size += OVERHEAD + STATIC.name;
    if (!this.#indexing) return;
    this.#table.push({ name: this.#name, most: this.#most, least: this.#leastOfField });
    this.#least += this.#leastOfField;
    this.#evict();
  }

  #evict(): void {
    while (this.#least > this.#limit) this.#least -= this.#table.shift()?.least ?? this.#least;
  }

  #entry(index: number): Entry | undefined {
    return this.#table[this.#table.length - (index - STATIC.fields)];
  }
}

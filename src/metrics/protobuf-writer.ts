/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const [VARINT, FIXED_64, LENGTH_DELIMITED] = [0, 1, 2];

/** Most bytes of a varint, for integers that are exact in a double. */
const LONGEST_VARINT = 8;

/** Writes fields of protobuf messages in sequence. Field numbers must be below 16. */
export class ProtobufWriter {
  #bytes = Buffer.alloc(256);
  #length = 0;

  /** Returns all written bytes in a new buffer, and empties the writer. */
  take(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return bytes;
  }

  /** @param value an integer of at least 0 */
  varint(value: number): this {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** @param value any integer, encoded like sint32 and sint64 */
  zigzag(value: number): this {
    return this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  integer(field: number, value: number): this {
    return this.#tag(field, VARINT).varint(value);
  }

  signed(field: number, value: number): this {
    return this.#tag(field, VARINT).zigzag(value);
  }

  double(field: number, value: number): this {
    this.#tag(field, FIXED_64);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
    return this;
  }

  /** Writes encoded text, a message, or packed numbers. */
  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH_DELIMITED).varint(value.length).raw(value);
  }

  /** Writes fields that are already encoded. */
  raw(fields: Uint8Array): this {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#length);
    this.#length += fields.length;
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  #tag(field: number, type: number): this {
    return this.varint(field * 8 + type);
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#bytes.length + length));
  }
}

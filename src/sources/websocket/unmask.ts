// Replaces the package `bufferutil` in the bundle (esbuild.config.js): ws calls these functions for longer frames. Its own code
// works byte by byte, which takes five times as long.

/** Unmasks the data of a frame in place: RFC 6455, 5.3. */
export function unmask(data: Buffer, key: Buffer): void {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const word = key.readInt32LE(0);
  const whole = data.length - (data.length % 4);
  for (let at = 0; at < whole; at += 4) view.setInt32(at, view.getInt32(at, true) ^ word, true);
  for (let at = whole; at < data.length; at++) data[at] = (data[at] ?? 0) ^ (key[at - whole] ?? 0);
}

/** Masks data like a client, and writes it to a target at an offset. */
export function mask(data: Buffer, key: Buffer, target: Buffer, offset: number, length: number): void {
  data.copy(target, offset, 0, length);
  unmask(target.subarray(offset, offset + length), key);
}

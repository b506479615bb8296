import type { Random } from './random.js';

/** Spoils bytes in a few places: cut out, doubled, put in, flipped, cut off. The pieces are what the grammar is made of. */
export function mutate(random: Random, valid: Buffer, pieces: readonly string[]): Buffer {
  let bytes = valid;
  for (let times = 1 + random.below(3); times > 0; times--) bytes = mutateOnce(random, bytes, pieces);
  return bytes;
}

function mutateOnce(random: Random, bytes: Buffer, pieces: readonly string[]): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(8));
  const [before, middle, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, middle, middle, after]);
    case 2:
      return Buffer.concat([before, Buffer.from(random.one(pieces), 'latin1'), middle, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(random.one(pieces), 'latin1'), after]);
    case 4:
      return Buffer.concat([before, random.bytes(middle.length), after]);
    default:
      return random.chance(0.2) ? before : Buffer.concat([before, after, middle]);
  }
}

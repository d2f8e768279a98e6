/**
 * In which row a key was seen first, for files of millions of rows: three fingerprints of 32 bits per key instead of its
 * text, in flat arrays (16 bytes a key). That two different keys of one file share all three does not happen: for a
 * million rows the odds are one in 10^17.
 */
export interface SeenKeys {
  /** The row that had this key before; undefined remembers `row` for it. */
  firstRow(key: string, row: number): number | undefined;
}

const START = 1 << 16;

export function makeSeenKeys(): SeenKeys {
  let size = START;
  let used = 0;
  let one = new Uint32Array(size);
  let two = new Uint32Array(size);
  let three = new Uint32Array(size);
  // 0 marks a free place: rows count from 1.
  let rows = new Uint32Array(size);

  function place(a: number, b: number, c: number): number {
    for (let at = a & (size - 1); ; at = (at + 1) & (size - 1)) {
      if (rows[at] === 0 || (one[at] === a && two[at] === b && three[at] === c)) return at;
    }
  }

  function grow(): void {
    const old = { one, two, three, rows, size };
    size *= 2;
    one = new Uint32Array(size);
    two = new Uint32Array(size);
    three = new Uint32Array(size);
    rows = new Uint32Array(size);
    for (let at = 0; at < old.size; at++) {
      const row = old.rows[at] ?? 0;
      if (row === 0) continue;
      const [a = 0, b = 0, c = 0] = [old.one[at], old.two[at], old.three[at]];
      const to = place(a, b, c);
      one[to] = a;
      two[to] = b;
      three[to] = c;
      rows[to] = row;
    }
  }

  return {
    firstRow(key, row) {
      let a = 0x811c9dc5;
      let b = 0x9747b28c;
      let c = key.length ^ 0x85ebca6b;
      for (let index = 0; index < key.length; index++) {
        const code = key.charCodeAt(index);
        a = Math.imul(a ^ code, 0x01000193);
        b = Math.imul((b ^ code) + (b << 13), 0x5bd1e995);
        c = Math.imul(c, 31) + (code ^ (c >>> 15));
      }
      // The last characters differ most between serials: stir them into the low bits, by which places are chosen.
      a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) >>> 0;
      b = Math.imul(b ^ (b >>> 13), 0x297a2d39) >>> 0;
      c >>>= 0;
      const at = place(a, b, c);
      const before = rows[at] ?? 0;
      if (before !== 0) return before;
      one[at] = a;
      two[at] = b;
      three[at] = c;
      rows[at] = row;
      if (++used > size * 0.6) grow();
      return undefined;
    },
  };
}

/** Mailboxes as one file (RFC 4155): messages behind lines that begin with `From `. */

const MARK = Buffer.from('\nFrom ');
/**
 * A line between two messages: whom from, and when. A sentence that begins with *From* is none, though not every program
 * hides it behind `>`: what stands after it would be torn off.
 */
const MARK_LINE = /^From (?:\S.*)?\d{1,2}:\d{2}/;
/** Bytes of such a line that are looked at. */
const LONGEST_MARK = 400;

/** Whether a file that begins so is a mailbox of several messages. */
export function isMbox(start: Uint8Array): boolean {
  return Buffer.from(start.subarray(0, 5)).toString('latin1') === 'From ';
}

/**
 * Gives the messages of a mailbox one by one, without their `From ` lines and with the lines that were hidden behind `>`
 * as they were. Bounded: no message larger than `most` lies in memory whole.
 * @throws RangeError when one is larger
 */
export async function* splitMbox(source: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.from('\n');
  /** Up to where no mark begins. */
  let looked = 1;
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    for (let at = held.indexOf(MARK, looked); at >= 0; at = held.indexOf(MARK, looked)) {
      const end = held.indexOf('\n', at + 1);
      // The line may go on in the next piece.
      if (end < 0 && held.length - at < LONGEST_MARK) break;
      if (!isMark(held, at, end)) {
        looked = at + 1;
        continue;
      }
      const message = unwrap(held.subarray(0, at));
      held = held.subarray(at);
      looked = 1;
      if (message.length > 0) yield message;
    }
    looked = Math.max(looked, held.lastIndexOf('\n'));
    if (held.length > most + 1_000) throw new RangeError(`A message of more than ${most} bytes`);
  }
  const last = unwrap(held);
  if (last.length > 0) yield last;
}

function isMark(held: Buffer, at: number, end: number): boolean {
  const line = held.subarray(at + 1, end < 0 ? at + LONGEST_MARK : Math.min(end, at + LONGEST_MARK));
  return MARK_LINE.test(line.toString('latin1'));
}

/** A piece between two marks: without its first line, with its quoted lines restored. */
function unwrap(piece: Buffer): Buffer {
  const text = piece.toString('latin1').replace(/^\n/, '');
  const end = text.startsWith('From ') ? text.indexOf('\n') + 1 : 0;
  const body = text
    .slice(end)
    .replace(/^>(>*From )/gm, '$1')
    .replace(/\r?\n$/, '');
  return Buffer.from(body.trim() === '' ? '' : body, 'latin1');
}

/** Mailboxes as one file (RFC 4155): messages behind lines that begin with `From `. */

const MARK = Buffer.from('\nFrom ');

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
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    for (let at = held.indexOf(MARK, 1); at >= 0; at = held.indexOf(MARK, 1)) {
      const message = unwrap(held.subarray(0, at));
      held = held.subarray(at);
      if (message.length > 0) yield message;
    }
    if (held.length > most + 1_000) throw new RangeError(`A message of more than ${most} bytes`);
  }
  const last = unwrap(held);
  if (last.length > 0) yield last;
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

/** Sets many letters of one language at once. Runs inside a worker thread. */
import type { LetterCommon, LetterPersonal } from '../domain/letter.ts';
import { drawCode } from '../domain/qr-code.ts';
import { joinLetter, type Leaves, type Notice, type Parts, partsOf, prepareNotice, takeApart } from './letter-pages.ts';
import type { Engine } from './typst-engine.ts';

export interface SetLetter {
  pdf: Uint8Array<ArrayBuffer>;
  pages: number;
}

/** The pages all readers share. The footer says of how many pages, so there is one for each number that follows. */
interface Body {
  pages: number;
  /** Where its words end on the last page, in points. */
  end: number;
  followedBy: Map<number, Notice>;
  /** Rows of the shortest list that was seen to go on over the last page. */
  tooLong: number;
}

const bodies = new Map<string, Body>();
/** Languages and papers alternate in a run; each body is a few megabytes. */
const MOST_BODIES = 12;

/** Sets the letters of one batch: the shared pages once, the personal ones together, then each put together. */
export async function setLetters(
  engine: Engine,
  common: LetterCommon,
  personal: readonly LetterPersonal[],
): Promise<SetLetter[]> {
  const body = await bodyOf(engine, common);
  const sheets = await setSheets(engine, common, body, personal);
  const made: SetLetter[] = [];
  for (const { leaves, parts } of sheets) {
    const own = ownPages(parts);
    made.push({ pdf: joinLetter(await noticeFor(engine, common, body, own), leaves, parts), pages: body.pages + own });
  }
  return made;
}

/** One reader's sheets in the file they were set in. */
interface Sheets {
  leaves: Leaves;
  parts: Parts;
}

/** Pages of a reader's own: those of a list that goes on behind the notice. */
const ownPages = ({ list = 0, end = 0 }: Parts): number => end - list;

/**
 * Sets what is personal. To number the pages of a list the typesetter goes over its text again, which takes half as long
 * once more: only lists that have pages of their own are set so.
 */
async function setSheets(
  engine: Engine,
  common: LetterCommon,
  body: Body,
  letters: readonly LetterPersonal[],
): Promise<Sheets[]> {
  const short = letters.filter((letter) => letter.units.length < body.tooLong);
  const found = new Map<LetterPersonal, Sheets>();
  for (const [letter, one] of await setSome(engine, common, body, short, false)) {
    if (ownPages(one.parts) > 0) body.tooLong = Math.min(body.tooLong, letter.units.length);
    else found.set(letter, one);
  }
  const long = letters.filter((letter) => !found.has(letter));
  for (const [letter, one] of await setSome(engine, common, body, long, true)) found.set(letter, one);
  return letters.map((letter) => found.get(letter) as Sheets);
}

async function setSome(
  engine: Engine,
  common: LetterCommon,
  body: Body,
  some: readonly LetterPersonal[],
  numbered: boolean,
): Promise<[LetterPersonal, Sheets][]> {
  if (some.length === 0) return [];
  const codes = some.map((letter) => drawCode(letter.link));
  let at = 0;
  const letters = some.map((letter, i) => {
    const side = codes[i]?.side ?? 0;
    const code = { at, side };
    at += side * side;
    return { ...letter, code };
  });
  const { pdf } = await engine.typeset({
    template: 'letter-personal.typ',
    data: { common, pages: body.pages, end: body.end, letters, numbered },
    files: { '/files/codes': Buffer.concat(codes.map((code) => code.dots)) },
  });
  const leaves = takeApart(pdf);
  const parts = partsOf(leaves);
  if (parts.length !== some.length) throw new Error(`${some.length} letters were asked for, ${parts.length} were set.`);
  return some.map((letter, i) => [letter, { leaves, parts: parts[i] as Parts }]);
}

async function bodyOf(engine: Engine, common: LetterCommon): Promise<Body> {
  const key = JSON.stringify(common);
  const known = bodies.get(key);
  if (known) {
    // Moved to the end: the one longest unused goes first.
    bodies.delete(key);
    bodies.set(key, known);
    return known;
  }
  const set = await engine.typeset({ template: 'letter.typ', data: { ...common, extra: 0 }, query: ['<end>'] });
  const [end] = (set.values['<end>'] ?? []) as { page: number; y: number }[];
  const followedBy = new Map([[0, prepareNotice(takeApart(set.pdf))]]);
  const body = { pages: set.pages, end: end?.y ?? 0, followedBy, tooLong: Number.POSITIVE_INFINITY };
  bodies.set(key, body);
  const oldest = bodies.keys().next();
  if (bodies.size > MOST_BODIES && !oldest.done) bodies.delete(oldest.value);
  return body;
}

async function noticeFor(engine: Engine, common: LetterCommon, body: Body, extra: number): Promise<Notice> {
  let notice = body.followedBy.get(extra);
  if (!notice) {
    const set = await engine.typeset({ template: 'letter.typ', data: { ...common, extra } });
    notice = prepareNotice(takeApart(set.pdf));
    // Lists of a hundred different lengths are rare; their bodies are not kept for ever.
    if (body.followedBy.size < 8) body.followedBy.set(extra, notice);
  }
  return notice;
}

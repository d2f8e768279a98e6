/** Sets many letters of one language at once. Runs inside a worker thread. */
import type { LetterCommon, LetterPersonal } from '../domain/letter.ts';
import { drawCode } from './letter-codes.ts';
import { joinLetter, type Notice, type Parts, prepareNotice, takeApart } from './letter-pages.ts';
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
  const codes = await Promise.all(personal.map((each) => drawCode(each.link)));
  let at = 0;
  const letters = personal.map((each, i) => {
    const side = codes[i]?.side ?? 0;
    const letter = { ...each, code: { at, side } };
    at += side * side;
    return letter;
  });
  const sheets = await engine.typeset({
    template: 'letter-personal.typ',
    data: { common, pages: body.pages, end: body.end, letters },
    files: { '/files/codes': Buffer.concat(codes.map((code) => code.dots)) },
    query: ['<part>'],
  });
  const leaves = takeApart(sheets.pdf);
  const parts = readParts(sheets.values['<part>'] ?? []);
  const made: SetLetter[] = [];
  for (const part of parts) {
    const own = part.list === undefined ? 0 : (part.end ?? part.list) - part.list;
    made.push({ pdf: joinLetter(await noticeFor(engine, common, body, own), leaves, part), pages: body.pages + own });
  }
  return made;
}

interface PartMark {
  letter: number;
  kind: 'first' | 'list' | 'end';
  page: number;
}

function readParts(marks: unknown[]): Parts[] {
  const parts: Parts[] = [];
  for (const { letter, kind, page } of marks as PartMark[]) {
    const part = parts[letter] ?? { first: 0 };
    part[kind] = page - 1;
    parts[letter] = part;
  }
  return parts;
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
  const body = { pages: set.pages, end: end?.y ?? 0, followedBy };
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

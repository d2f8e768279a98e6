/** Words and inline codes of one source or target, as XLIFF 2 (`two`) or 1.2 (`one`) writes them. */
import type { Coded } from './xliff.ts';

export type InlineReader = {
  open(name: string, attribute: (name: string) => string | undefined): void;
  close(name: string): void;
  /** @returns characters read so far */
  text(words: string): number;
  end(): Coded[];
  /** Parts of 1.2 (`<mrk mtype="seg">`) read so far: name → whether words stand in it. */
  parts: ReadonlyMap<string, boolean>;
  /** Whether blanks stand between two parts. */
  apart(): boolean;
};

type Frame = {
  children: Coded[];
  id: string;
  native: string;
  /** Begun by an element that has its end elsewhere (`sc`, `bx`, `bpt`): its name is not closed by its own tag. */
  apart: boolean;
};

/** A code nobody can put back: what holds it is refused as a whole. */
const UNKNOWN = '';

/**
 * Makes a reader.
 * @param data original data of the unit (XLIFF 2)
 * @param seam what goes between two parts of 1.2 that stand close to each other
 */
export function readInlines(dialect: 'one' | 'two', data: ReadonlyMap<string, string>, seam = ''): InlineReader {
  const root: Frame = { children: [], id: '', native: '', apart: false };
  const frames = [root];
  let characters = 0;
  /** Within `<ph>` of 1.2: its words are the code itself. */
  let native: { id: string; text: string } | undefined;
  /** Within an element whose words are not part of the text. */
  let silent = 0;
  const parts = new Map<string, boolean>();
  /** Names of the marks that are open; '' for those that are no part. */
  const marks: string[] = [];
  /** Since the end of a part: what stood there. */
  let between: 'nothing' | 'blanks' | undefined;
  let blanksBetween = false;

  const top = (): Frame => frames.at(-1) ?? root;
  const isWithinPart = () => marks.some((one) => one !== '');
  const fillParts = (): void => {
    for (const part of marks) if (part !== '') parts.set(part, true);
  };
  const add = (coded: Coded): void => {
    fillParts();
    if (!isWithinPart()) between = undefined;
    top().children.push(coded);
  };
  const addText = (text: string): void => {
    if (/\S/.test(text)) fillParts();
    if (!isWithinPart() && between !== undefined) between = /^\s+$/.test(text) ? 'blanks' : undefined;
    const { children } = top();
    const last = children.at(-1);
    if (last?.kind === 'text') last.text += text;
    else children.push({ kind: 'text', text });
  };
  const begin = (id: string, code: string, apart = false): void => {
    frames.push({ children: [], id, native: code, apart });
  };
  const finish = (more = ''): void => {
    const frame = frames.pop();
    if (!frame || frame === root) {
      frames[0] = root;
      return;
    }
    add({ kind: 'span', id: frame.id, native: frame.native + more, children: frame.children.map(withoutHalf) });
  };
  /** Codes begun within an element and not ended there cross it. */
  const finishOwn = (): void => {
    while (top().apart) spill(UNKNOWN);
    finish();
  };
  /** Lets go what was begun and not ended: its words follow its beginning. */
  const spill = (native: string | undefined): void => {
    const frame = frames.pop() ?? root;
    top().children.push(
      native === undefined
        ? { kind: 'code', id: frame.id, native: frame.native, half: 'open' }
        : { kind: 'code', id: frame.id, native },
      ...frame.children,
    );
  };
  const beginMark = (part: string): void => {
    if (part !== '') {
      if (between === 'blanks') blanksBetween = true;
      if (between === 'nothing' && seam !== '') addText(seam);
      between = undefined;
      // The same part twice would say its words twice.
      if (parts.has(part)) add({ kind: 'code', id: '', native: UNKNOWN });
      parts.set(part, false);
    }
    marks.push(part);
  };
  const endMark = (): void => {
    if (marks.pop() && !isWithinPart()) between = 'nothing';
  };
  /** Ends what `begin(…, true)` began, here or in an earlier segment. Codes that cross each other cannot be put back. */
  const finishApart = (id: string, more: string): void => {
    const frame = top();
    if (frame.apart && frame.id === id) finish(more);
    else if (!frames.some((one) => one.id === id)) add({ kind: 'code', id, native: more, half: 'close' });
    else add({ kind: 'code', id, native: UNKNOWN });
  };
  const dataOf = (ref: string | undefined): string => (ref === undefined ? '' : (data.get(ref) ?? ''));

  const openTwo = (name: string, attribute: (name: string) => string | undefined): void => {
    const id = numberOf(attribute('id'));
    switch (name) {
      case 'ph':
        add({
          kind: 'code',
          id,
          native: dataOf(attribute('dataRef')) || lineBreakOf(attribute('subType') === 'xlf:lb'),
        });
        return;
      case 'pc':
        begin(id, dataOf(attribute('dataRefStart')) + dataOf(attribute('dataRefEnd')));
        return;
      case 'sc':
        begin(id, dataOf(attribute('dataRef')), true);
        return;
      case 'ec':
        finishApart(numberOf(attribute('startRef')), dataOf(attribute('dataRef')));
        return;
      case 'cp':
        addText(signOf(attribute('hex')));
        return;
      case 'mrk':
      case 'sm':
      case 'em':
        return;
      default:
        add({ kind: 'code', id, native: UNKNOWN });
    }
  };
  const openOne = (name: string, attribute: (name: string) => string | undefined): void => {
    const id = numberOf(attribute('id'));
    const equiv = attribute('equiv-text') ?? '';
    switch (name) {
      case 'g':
        begin(id, equiv);
        return;
      case 'x':
        add({ kind: 'code', id, native: equiv || lineBreakOf(attribute('ctype') === 'lb') });
        return;
      case 'ph':
        native = { id, text: '' };
        return;
      case 'bx':
        begin(id, equiv, true);
        return;
      case 'ex':
        finishApart(numberOf(attribute('rid') ?? attribute('id')), '');
        return;
      case 'bpt':
        silent += 1;
        begin(id, UNKNOWN, true);
        return;
      case 'ept':
        silent += 1;
        finishApart(numberOf(attribute('rid') ?? attribute('id')), '');
        return;
      case 'mrk':
        beginMark(attribute('mtype') === 'seg' ? (attribute('mid') ?? '').slice(0, 40) || `at ${parts.size}` : '');
        return;
      default:
        silent += 1;
        add({ kind: 'code', id, native: UNKNOWN });
    }
  };

  return {
    open(name, attribute) {
      // Codes within codes (`<sub>`) are for tools that translate attributes; there are none here.
      if (silent > 0 || native) silent += 1;
      else if (dialect === 'two') openTwo(name, attribute);
      else openOne(name, attribute);
    },
    close(name) {
      if (silent > 0) silent -= 1;
      else if (native) {
        add({ kind: 'code', id: native.id, native: native.text.trim() });
        native = undefined;
      } else if (name === 'pc' || name === 'g') finishOwn();
      else if (name === 'mrk' && dialect === 'one') endMark();
    },
    text(words) {
      characters += words.length;
      if (native) {
        if (silent === 0) native.text += words;
      } else if (silent === 0) addText(words);
      return characters;
    },
    end() {
      while (frames.length > 1) spill(undefined);
      return root.children;
    },
    parts,
    apart: () => blanksBetween,
  };
}

/** An end within an element whose beginning is outside crosses it. */
function withoutHalf(coded: Coded): Coded {
  return coded.kind === 'code' && coded.half ? { kind: 'code', id: coded.id, native: UNKNOWN } : coded;
}

/** Our numbers are written with a letter in XLIFF 2, because an id may not be taken twice in a unit. */
function numberOf(id = ''): string {
  return id.replace(/^c(?=\d+$)/, '').slice(0, 40);
}

function lineBreakOf(isBreak: boolean): string {
  return isBreak ? '\\' : UNKNOWN;
}

function signOf(hex = ''): string {
  const code = /^[0-9A-Fa-f]{1,6}$/.test(hex) ? Number.parseInt(hex, 16) : Number.NaN;
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
}

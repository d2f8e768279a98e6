/**
 * Reads XLIFF 1.2, 2.0 and 2.1 as a stream. What comes from outside is not trusted: a document type is refused before it
 * can define anything (so there are no entities to expand and nothing to fetch), depth and amounts are bounded.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { type Refusal, refuse } from './refusal.ts';
import { MOST_CHARACTERS } from './rich-text.ts';
import type { XliffFile, XliffHead, XliffSegment } from './xliff.ts';
import { OWN_NOTE, segmentStates } from './xliff.ts';
import { blanksBetweenSentences } from './xliff-pieces.ts';
import { type InlineReader, readInlines } from './xliff-read-inline.ts';
import { partsOf, stateOfOne } from './xliff-read-one.ts';

/** A file that cannot be read. Carries the refusal an edge shows. */
export class XliffError extends Error {
  readonly refusal: Refusal;
  constructor(code: string, params: Refusal['params'] = {}) {
    super(code);
    this.name = 'XliffError';
    this.refusal = refuse(code, { ...params });
  }
}

/** Bytes of an uploaded file at most: a notice of a hundred pages in both languages is half a megabyte. */
export const XLIFF_BYTES = 20 * 2 ** 20;
const DEEPEST = 60;
const MOST_ELEMENTS = 300_000;
const MOST_SEGMENTS = 20_000;

const CORE = { one: 'urn:oasis:names:tc:xliff:document:1.2', two: 'urn:oasis:names:tc:xliff:document:2.0' } as const;
const METADATA = 'urn:oasis:names:tc:xliff:metadata:2.0';
const OWN = 'urn:fieldfix:notice';
/** Parts of a file that say nothing we take: other people's matches above all. */
const SKIPPED = new Set(['alt-trans', 'skeleton', 'skl', 'bin-unit', 'context-group']);
/** What a translator notes of one text at most: its first notes, and the beginning of each. */
const MOST_NOTES = 20;
const LONGEST_NOTE = 500;

type Attributes = (name: string) => string | undefined;
type OpenSegment = XliffSegment & {
  unit: string;
  approved: boolean;
  /** 1.2: the parts into which its source was cut, and whether blanks stand between them. */
  cut?: { parts: ReadonlyMap<string, boolean>; apart: boolean };
};
type State = {
  head?: XliffHead;
  core: string;
  files: number;
  units: Map<string, XliffSegment[]>;
  segments: number;
  unit?: string;
  data: Map<string, string>;
  dataId?: string;
  meta?: string;
  segment?: OpenSegment;
  inline?: InlineReader;
  notes: Map<string, string[]>;
  note?: string;
  /** Depth at which a part that is not ours began. */
  skipFrom?: number;
  depth: number;
  elements: number;
};

/**
 * Makes a reader: text in, in pieces of any size; the file out at the end.
 * @throws XliffError `xliff.doctype`, `xliff.damaged` {line}, `xliff.not-xliff` {root}, `xliff.version` {version}, `xliff.too-deep`,
 * `xliff.too-many`, `xliff.several-files`, `xliff.unit-twice` {name}, `xliff.text-too-long` {name, limit}, `xliff.no-language`
 */
export function makeXliffReader(): { write(text: string): void; end(): XliffFile } {
  const parser = new SaxesParser<{ xmlns: true }>({ xmlns: true });
  const state: State = {
    core: '',
    files: 0,
    units: new Map(),
    segments: 0,
    data: new Map(),
    notes: new Map(),
    depth: 0,
    elements: 0,
  };
  parser.on('error', () => {
    throw new XliffError('xliff.damaged', { line: parser.line });
  });
  parser.on('doctype', () => {
    throw new XliffError('xliff.doctype');
  });
  parser.on('opentag', (tag) => {
    state.depth += 1;
    state.elements += 1;
    if (state.depth > DEEPEST) throw new XliffError('xliff.too-deep', { line: parser.line });
    if (state.elements > MOST_ELEMENTS) throw new XliffError('xliff.too-many');
    if (state.skipFrom === undefined) openTag(state, tag);
  });
  parser.on('closetag', (tag) => {
    if (state.skipFrom === undefined) closeTag(state, tag.local);
    else if (state.skipFrom === state.depth) state.skipFrom = undefined;
    state.depth -= 1;
  });
  const text = (words: string): void => {
    if (state.skipFrom === undefined) addText(state, words);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  return {
    write: (piece) => {
      parser.write(piece);
    },
    end() {
      parser.close();
      if (!state.head) throw new XliffError('xliff.not-xliff', { root: '' });
      return { head: state.head, units: state.units, notes: state.notes };
    },
  };
}

function openTag(state: State, tag: SaxesTagNS): void {
  const attribute: Attributes = (name) => tag.attributes[name]?.value;
  if (!state.head) {
    state.head = readRoot(tag, attribute);
    state.core = tag.uri;
    return;
  }
  if (tag.uri === METADATA && !state.inline) {
    if (tag.local === 'meta') state.meta = attribute('type') ?? '';
    return;
  }
  if (tag.uri !== state.core || SKIPPED.has(tag.local)) {
    state.skipFrom = state.depth;
    return;
  }
  if (state.inline) {
    state.inline.open(tag.local, attribute);
    return;
  }
  const two = state.head.version !== '1.2';
  switch (tag.local) {
    case 'file':
      openFile(state, state.head, tag, attribute);
      return;
    case 'unit':
      if (two) openUnit(state, attribute('id') ?? '');
      return;
    case 'data':
      state.dataId = attribute('id') ?? '';
      state.data.set(state.dataId, '');
      return;
    case 'note':
      // Those of a file or a group stand before its first text, and are ours.
      if (two ? state.unit !== undefined : state.segment) state.note = isOwnNote(attribute) ? undefined : '';
      return;
    case 'segment':
      if (two) openSegment(state, state.unit ?? '', attribute('id') ?? '', attribute('state'));
      return;
    case 'ignorable':
      if (!two) return;
      openSegment(state, state.unit ?? '', attribute('id') ?? '', 'final');
      if (state.segment) state.segment.between = true;
      return;
    case 'trans-unit': {
      if (two) return;
      const id = attribute('id') ?? '';
      const [, name = id, part = '1'] = /^(.*)\.(\d{1,5})$/s.exec(id) ?? [];
      if (state.unit !== name) openUnit(state, name);
      openSegment(state, name, `s${part}`, undefined, attribute('approved') === 'yes');
      return;
    }
    case 'source':
    case 'seg-source':
    case 'target': {
      const { segment } = state;
      if (!segment) return;
      if (tag.local === 'target') readAboutTarget(segment, two, attribute);
      const blanks = segment.cut?.apart === true && blanksBetweenSentences(state.head.targetLanguage ?? '');
      state.inline = readInlines(two ? 'two' : 'one', state.data, blanks ? ' ' : '');
    }
  }
}

function readAboutTarget(segment: OpenSegment, two: boolean, attribute: Attributes): void {
  if (!two) {
    segment.state = stateOfOne(attribute('state'), segment.approved);
    return;
  }
  const order = attribute('order');
  if (order !== undefined) segment.order = /^\d{1,6}$/.test(order) ? Number(order) : 0;
}

function isOwnNote(attribute: Attributes): boolean {
  return attribute('category') === OWN_NOTE || attribute('from') === OWN_NOTE;
}

function readRoot(tag: SaxesTagNS, attribute: Attributes): XliffHead {
  if (tag.local !== 'xliff') throw new XliffError('xliff.not-xliff', { root: tag.name.slice(0, 60) });
  const version = attribute('version') ?? '';
  if (version === '1.2' && (tag.uri === CORE.one || tag.uri === '')) return { version, sourceLanguage: '' };
  if ((version === '2.0' || version === '2.1') && tag.uri === CORE.two) {
    const target = attribute('trgLang');
    return {
      version,
      sourceLanguage: languageCode(attribute('srcLang')),
      ...(target === undefined ? {} : { targetLanguage: languageCode(target) }),
    };
  }
  throw new XliffError('xliff.version', { version: version.slice(0, 20) || '?' });
}

/** Languages are compared as they are written here: `pt-BR`, whatever case a tool makes of it. */
function languageCode(text = ''): string {
  const [base = '', ...rest] = text.trim().slice(0, 40).replaceAll('_', '-').split('-');
  const region = (part: string) =>
    part.length === 2 ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1).toLowerCase();
  return [base.toLowerCase(), ...rest.map(region)].join('-');
}

function openFile(state: State, head: XliffHead, tag: SaxesTagNS, attribute: Attributes): void {
  state.files += 1;
  if (state.files > 1) throw new XliffError('xliff.several-files');
  const two = head.version !== '1.2';
  const id = /^notice-([1-9]\d{0,14})$/.exec((two ? attribute('id') : attribute('original')) ?? '')?.[1];
  if (id) head.noticeId = Number(id);
  if (!two) {
    head.sourceLanguage = languageCode(attribute('source-language'));
    const target = attribute('target-language');
    if (target !== undefined) head.targetLanguage = languageCode(target);
    const hash = Object.values(tag.attributes).find((one) => one.uri === OWN && one.local === 'source-sha256')?.value;
    if (hash) head.sourceHash = hash.slice(0, 64);
  }
  if (head.sourceLanguage === '') throw new XliffError('xliff.no-language');
}

function openUnit(state: State, name: string): void {
  if (state.units.has(name)) throw new XliffError('xliff.unit-twice', { name: name.slice(0, 60) });
  state.unit = name;
  state.data = new Map();
  state.units.set(name, []);
}

function openSegment(state: State, unit: string, id: string, said: string | undefined, approved = false): void {
  state.segments += 1;
  if (state.segments > MOST_SEGMENTS) throw new XliffError('xliff.too-many');
  // A segment without a state is `initial` (XLIFF 2.1, state).
  const known = segmentStates.find((one) => one === said) ?? 'initial';
  state.segment = { unit, id: id.slice(0, 60), state: known, approved, source: [] };
}

function addText(state: State, words: string): void {
  if (state.note !== undefined) state.note = (state.note + words).slice(0, LONGEST_NOTE);
  else if (state.inline) {
    if (state.inline.text(words) > MOST_CHARACTERS)
      throw new XliffError('xliff.text-too-long', { name: state.segment?.unit ?? '', limit: MOST_CHARACTERS });
  } else if (state.dataId !== undefined) {
    state.data.set(state.dataId, ((state.data.get(state.dataId) ?? '') + words).slice(0, 2_100));
  } else if (state.meta === 'source-sha256' && state.head) {
    state.head.sourceHash = ((state.head.sourceHash ?? '') + words).trim().slice(0, 64);
  }
}

function closeTag(state: State, name: string): void {
  const { segment, inline } = state;
  if (inline) {
    if (name !== 'source' && name !== 'seg-source' && name !== 'target') {
      inline.close(name);
      return;
    }
    const coded = inline.end();
    if (segment && name === 'source') segment.source = coded;
    else if (segment && name === 'seg-source') segment.cut = { parts: inline.parts, apart: inline.apart() };
    else if (segment && coded.length > 0) {
      segment.target = coded;
      const parts = partsOf(inline.parts, segment.cut?.parts);
      if (parts) segment.parts = parts;
    }
    state.inline = undefined;
    return;
  }
  if (name === 'note') keepNote(state);
  if (name === 'meta') state.meta = undefined;
  if (name === 'data') state.dataId = undefined;
  if ((name === 'segment' || name === 'ignorable' || name === 'trans-unit') && segment) {
    const { unit, approved: _, cut: __, ...rest } = segment;
    state.units.get(unit)?.push(rest);
    state.segment = undefined;
  }
}

function keepNote(state: State): void {
  const { note, unit } = state;
  state.note = undefined;
  const words = note?.replace(/\s+/g, ' ').trim();
  if (!words || unit === undefined) return;
  const kept = state.notes.get(unit) ?? [];
  if (kept.length < MOST_NOTES && !kept.includes(words)) state.notes.set(unit, [...kept, words]);
}
